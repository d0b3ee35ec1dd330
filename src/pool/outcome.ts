/** Errors of the library keep their code and facts on the way out of a thread, where an Error would lose them. */
import { threadId } from 'node:worker_threads';
import { type ErrorCode, type ErrorFacts, FoldError } from '../errors.ts';

/** `seconds`: how long the thread `thread` worked on it. */
export type Outcome<T> = { readonly seconds: number; readonly thread: number } & (
  | { readonly value: T }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly facts: ErrorFacts } }
);

/** In the thread: runs a task; a FoldError becomes data, anything else is thrown on. */
export function outcome<T>(task: () => T): Outcome<T> {
  const start = performance.now();
  const work = () => ({ seconds: (performance.now() - start) / 1000, thread: threadId });
  try {
    const value = task();
    return { value, ...work() };
  } catch (error) {
    if (!(error instanceof FoldError)) throw error;
    const facts: Record<string, string> = {};
    for (const key of ['expected', 'got', 'hint'] as const) {
      const fact = error[key];
      if (fact !== undefined) facts[key] = fact;
    }
    return { failure: { code: error.code, message: error.message, facts }, ...work() };
  }
}

/** In the main thread: the value, or the error as it was. */
export function unwrap<T>(result: Outcome<T>): T {
  if ('value' in result) return result.value;
  const { code, message, facts } = result.failure;
  throw new FoldError(code, message, facts);
}
