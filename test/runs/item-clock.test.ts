/** What the items of a batch in one proof took, when another machine goes on in the middle of one. */
import { expect, it } from 'vitest';
import { ItemClock } from '../../src/runs/batch-files.ts';

const step = (from: number, at: number, seconds: number) =>
  ({ type: 'step', from, step: at, steps: 6, layers: at, seconds, secondsLeft: 0, busy: [], rss: 0 }) as const;

it('adds up what each machine tells by its own clock', () => {
  const clock = new ItemClock(3, () => {}, 0);
  for (const [at, seconds] of [
    [1, 1],
    [3, 3],
    [5, 5.5],
  ] as const)
    clock.on(step(0, at, seconds));
  expect(clock.seconds).toEqual([3, 2.5]);
  clock.on(step(5, 6, 0.25));
  expect(clock.seconds).toEqual([3, 2.75]);
});
