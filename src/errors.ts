/**
 * The one error class of the library. Every failure a user can meet carries a stable code, what was
 * expected, what came and what to do next. `docs/errors.md` lists the codes.
 */

/** Stable codes and the exit code of the command line for each (docs/errors.md). */
export const EXIT_CODES = {
  E_USAGE: 2,
  E_INPUT: 2,
  E_FILE: 2,
  E_FORMAT: 2,
  E_RUN_EXISTS: 2,
  E_UNSUPPORTED: 3,
  E_RANGE: 3,
  E_PLAN: 3,
  E_TOO_LARGE: 3,
  E_NO_KEY: 4,
  E_KEY: 4,
  E_MEMORY: 4,
  E_DISK: 4,
  E_LOCKED: 4,
  E_WORKER: 4,
  E_QUEUE: 4,
  E_REJECTED: 1,
  E_ABORTED: 130,
  E_BUG: 70,
} as const;

/** The code of an error: stable, for programs. */
export type ErrorCode = keyof typeof EXIT_CODES;

/** What is told with an error besides its sentence. */
export interface ErrorFacts {
  /** What would have been right. */
  readonly expected?: string;
  /** What came instead. */
  readonly got?: string;
  /** What to do: where possible a command that can be pasted. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error with a stable `code`; `message` is one sentence, the facts stand beside it. */
export class FoldError extends Error {
  readonly code: ErrorCode;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'FoldError';
    this.code = code;
    this.expected = facts.expected;
    this.got = facts.got;
    this.hint = facts.hint;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** An internal invariant: a failure is our bug, never the user's. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition)
    throw new FoldError('E_BUG', message, { hint: 'Please report this with the command that led to it.' });
}

/** Throws E_ABORTED when the signal has fired; called between units of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FoldError('E_ABORTED', 'The run was cancelled.', { cause: signal.reason });
}
