/** Packages that only work on many machines needs. They are not installed with layerfold, and loaded where they are first used. */
import { FoldError } from '../errors.ts';

/**
 * @param what needs them, for the error
 * @throws E_QUEUE naming the command that installs them
 */
export async function loadOptional<T>(what: string, packages: readonly string[], load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new FoldError('E_QUEUE', `A package for ${what} is not installed.`, {
      expected: packages.join(' and '),
      got: (cause as Error).message.slice(0, 200),
      hint: ['npm install', ...packages].join(' '),
      cause,
    });
  }
}
