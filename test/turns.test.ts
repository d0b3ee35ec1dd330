/** Work in pieces computes the same in turns as at once; in turns others are served, and a signal ends it. */
import { expect, it } from 'vitest';
import { inScope } from '../src/circuit/constraint-system.ts';
import { atOnce, type Interruptible, inTurns, kept, together } from '../src/turns.ts';
import { R1csShape } from '../src/wrap/r1cs/shape.ts';
import { foldErrorOfAsync } from './helpers/errors.ts';

/** Pieces that do nothing but pass the time: so many, or fewer where others are served meanwhile. */
function* work(pieces: number, told: string[] = []): Interruptible<string> {
  for (let k = 0; k < pieces && told.length === 0; k++) {
    for (const piece = performance.now() + 5; performance.now() < piece; );
    yield;
  }
  told.push('done');
  return 'result';
}

it('runs to its end either way', async () => {
  expect([atOnce(work(4)), await inTurns(work(4))]).toEqual(['result', 'result']);
});

it('lets timers come between', async () => {
  const told: string[] = [];
  setTimeout(() => told.push('timer'), 10);
  await inTurns(work(2000, told));
  expect(told).toEqual(['timer', 'done']);
});

it('ends between two turns when the signal fires', async () => {
  const stop = new AbortController();
  const told: string[] = [];
  setTimeout(() => stop.abort(), 10);
  expect((await foldErrorOfAsync(() => inTurns(work(2000, told), stop.signal))).code).toBe('E_ABORTED');
  expect(told).toEqual([]);
});

it('throws what the work throws', async () => {
  function* failing(): Interruptible<void> {
    yield;
    throw new RangeError('mine');
  }
  expect(() => atOnce(failing())).toThrow(RangeError);
  await expect(inTurns(failing())).rejects.toThrow(RangeError);
});

it('waits for what other threads make, in turns only', async () => {
  function* waiting(promise: Promise<number>): Interruptible<number> {
    return 1 + (yield* kept(promise));
  }
  const later = new Promise<number>((resolve) => setTimeout(() => resolve(41), 10));
  expect(await inTurns(waiting(later))).toBe(42);
  await expect(inTurns(waiting(Promise.reject(new RangeError('theirs'))))).rejects.toThrow('theirs');
  expect(() => atOnce(waiting(later))).toThrow('runs in turns');
  const stop = new AbortController();
  stop.abort();
  expect((await foldErrorOfAsync(() => inTurns(waiting(later), stop.signal))).code).toBe('E_ABORTED');
});

it('goes on side by side, and ends together where one fails', async () => {
  const later = (ms: number) => new Promise<number>((resolve) => setTimeout(() => resolve(ms), ms));
  const both = await together<[number, string]>(
    undefined,
    () => later(5),
    async () => 'at once',
  );
  expect(both).toEqual([5, 'at once']);
  const told: string[] = [];
  const failed = together(
    undefined,
    async () => {
      await later(1);
      throw new RangeError('the first');
    },
    async (signal) => {
      await inTurns(work(2000, told), signal);
    },
  );
  await expect(failed).rejects.toThrow('the first');
  expect(told).toEqual([]);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 5);
  const aborted = together(stop.signal, (signal) => inTurns(work(2000, told), signal));
  expect((await foldErrorOfAsync(() => aborted)).code).toBe('E_ABORTED');
});

it('counts what a scope around it makes as that scope, and what comes between as another', () => {
  const cs = new R1csShape();
  function* rows(): Interruptible<void> {
    for (let k = 0; k < 3; k++) {
      const x = cs.field();
      cs.row([x, x]);
      yield;
    }
  }
  for (const [k] of [...inScope(cs, 'inside', rows())].entries()) if (k < 2) cs.row([cs.field(), cs.constant(1n)]);
  const { scopes } = cs.finish();
  expect(scopes.map(({ name, constraints }) => [name, constraints])).toEqual([
    ['', 2],
    ['inside', 3],
  ]);
});
