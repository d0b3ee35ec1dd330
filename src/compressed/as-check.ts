/** Checks of a compressed proof that are texts of circuits run on values. */
import { FoldError } from '../errors.ts';
import { rejected } from '../folding/verify-claim.ts';

/**
 * A row of the circuit's text that does not hold is the check's failure. So is what an invariant of it refuses of a proof, a value that is
 * too long or an exceptional addition: that is no fault of this program.
 */
export function asCheck<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FoldError && ['E_BUG', 'E_REJECTED'].includes(error.code)) throw rejected(name, error.message);
    throw error;
  }
}
