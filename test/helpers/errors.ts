/** The FoldError that a call throws, for assertions on code, message and facts. */
import { FoldError } from '../../src/errors.ts';

export function foldErrorOf(call: () => unknown): FoldError {
  try {
    call();
  } catch (error) {
    if (error instanceof FoldError) return error;
    throw error;
  }
  throw new Error('expected a FoldError, but nothing was thrown');
}

export async function foldErrorOfAsync(call: () => Promise<unknown>): Promise<FoldError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof FoldError) return error;
    throw error;
  }
  throw new Error('expected a FoldError, but nothing was thrown');
}
