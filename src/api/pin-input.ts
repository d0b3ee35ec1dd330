/**
 * An input that the verifier holds, and the digest of the proven one. The digest covers the state before the first step: the
 * input's numbers, rounded to the plan's fraction, in their order and with zeros behind them, under a salt that is 0 where
 * the input is public. The step plan is all that this takes; it is as trusted as the model digest or the key that fixes it.
 */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Tensor } from '../ir/graph.ts';
import { type DataSpec, stepText } from './specs.ts';
import { hex, inputDigest } from './statement.ts';

/** Of `pinInput`. */
export interface PinInputOptions {
  /** What hides a private input; 0 of a public one, as which the input is taken without it. */
  readonly salt?: bigint | undefined;
  readonly on?: EventListener | undefined;
}

/**
 * Checks that a proven digest is that of this input; tells the check `input-digest`.
 * @param proven of a VERIFIED proof: `statement.inputDigest` of a final one, `statement.z.hIn` of a folded one, `item.hIn` of a
 *   member of a batch
 * @throws E_REJECTED for another input, E_INPUT for more numbers than the network's state holds
 */
export function pinInput(step: DataSpec, input: Tensor, proven: bigint, { salt, on }: PinInputOptions = {}): void {
  const digest = digestOf(step, input, salt ?? 0n);
  if (digest !== proven)
    throw new FoldError('E_REJECTED', 'The proof is of another input.', {
      expected: `input digest ${hex(digest)}`,
      got: hex(proven),
      ...(salt === undefined && { hint: 'The digest of a private input has a salt: without it no input fits.' }),
    });
  on?.({ type: 'check', name: 'input-digest' });
}

/** Numbers that the plan cannot hold were never proven. */
function digestOf(step: DataSpec, input: Tensor, salt: bigint): bigint {
  try {
    return inputDigest(step, input, salt);
  } catch (cause) {
    if (!(cause instanceof FoldError) || cause.code !== 'E_RANGE') throw cause;
    const { message, expected = '', got = '' } = cause;
    throw new FoldError('E_REJECTED', `The proof is of another input: its plan does not hold this one (${message})`, {
      ...{ expected, got, cause },
      hint: `The plan holds multiples of ${stepText(step)}: scale the input as for the network.`,
    });
  }
}
