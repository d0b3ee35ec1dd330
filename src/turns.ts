/**
 * Long work on one thread, in pieces: a generator that yields wherever it may be left alone for a while. With an event loop
 * to serve (signals, sockets, a live view) it runs in turns with that; without, at once. What it computes is the same. Where it has
 * given a part of it to other threads it yields the promise of that, and is left alone until it is kept: such work runs in turns only.
 */
import { setImmediate } from 'node:timers/promises';
import { invariant, throwIfAborted } from './errors.ts';

export type Interruptible<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** Milliseconds of a turn; a piece that takes longer makes it longer. */
const TURN = 50;

/** Runs the work in turns with the event loop; `onTurn` is told between two of them. @throws E_ABORTED between two turns, and what the work throws */
export async function inTurns<T>(work: Interruptible<T>, signal?: AbortSignal, onTurn?: () => void): Promise<T> {
  for (let end = performance.now() + TURN; ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (value) {
      await value;
      throwIfAborted(signal);
      continue;
    }
    if (performance.now() < end) continue;
    await otherTurns(signal);
    onTurn?.();
    end = performance.now() + TURN;
  }
}

/** Lets the event loop do what has come up meanwhile. @throws E_ABORTED */
export async function otherTurns(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  throwIfAborted(signal);
}

/** Runs the work to its end. */
export function atOnce<T>(work: Interruptible<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    invariant(!value, 'work that waits for other threads runs in turns');
  }
}

/** What a promise brings, in the midst of such work. */
export function* kept<T>(promise: Promise<T>): Interruptible<T> {
  let result: { readonly value: T } | undefined;
  yield promise.then((value) => {
    result = { value };
  });
  invariant(result, 'the work went on before its promise was kept');
  return result.value;
}

/**
 * Runs works beside each other. When one fails the others are told to end, and what is thrown, once all have, is what failed first.
 * @throws E_ABORTED, and what a work throws
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal | undefined,
  ...works: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> }
): Promise<T> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  let first: { readonly error: unknown } | undefined;
  const running = works.map((work) =>
    work(stop.signal).catch((error) => {
      first ??= { error };
      end();
    }),
  );
  const results = await Promise.all(running);
  signal?.removeEventListener('abort', end);
  if (first) throw first.error;
  return results as unknown as T;
}
