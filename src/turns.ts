/**
 * Long work on one thread, in pieces: a generator that yields wherever it may be left alone for a while. With an event loop
 * to serve (signals, sockets, a live view) it runs in turns with that; without, at once. What it computes is the same.
 */
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from './errors.ts';

export type Interruptible<T> = Generator<undefined, T, undefined>;

/** Milliseconds of a turn; a piece that takes longer makes it longer. */
const TURN = 50;

/** Runs the work in turns with the event loop. @throws E_ABORTED between two turns, and what the work throws */
export async function inTurns<T>(work: Interruptible<T>, signal?: AbortSignal): Promise<T> {
  for (let end = performance.now() + TURN; ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() < end) continue;
    await otherTurns(signal);
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
  }
}
