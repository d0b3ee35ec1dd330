/** Settings of the environment, which errors name as such: the words of an option's error would speak of something nobody typed. */
import { command } from './command.ts';
import { FoldError } from './errors.ts';

/** A setting as `parse` reads it; undefined where it is not set. @throws E_USAGE naming the variable */
export function setting<T>(env: NodeJS.ProcessEnv, name: string, parse: (text: string) => T): T | undefined {
  const text = env[name];
  if (!text) return undefined;
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof FoldError)) throw cause;
    const { code, message, expected = '', got = text } = cause;
    const hint = command`unset ${name}`;
    throw new FoldError(code, `The environment's ${name}: ${message}`, { expected, got, hint, cause });
  }
}
