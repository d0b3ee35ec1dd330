/** The view of a run in a terminal, as lines. How it is drawn is the reporter's test. */
import { describe, expect, it } from 'vitest';
import type { ItemEvent } from '../../src/events.ts';
import { LiveView, sparkline } from '../../src/show/live-view.ts';

const step = (n: number, seconds: number, busy: readonly number[], itemId?: string): ItemEvent => ({
  type: 'step',
  from: 0,
  step: n,
  steps: 8,
  layers: 8 * n,
  seconds,
  secondsLeft: (seconds / n) * (8 - n),
  busy,
  rss: 5e8,
  ...(itemId === undefined ? {} : { itemId }),
});

function viewOf(...events: readonly ItemEvent[]): LiveView {
  const view = new LiveView();
  for (const event of events) view.see(event);
  return view;
}

describe('live view', () => {
  it('tells what is done, how far the fold is, its last steps, the load of each thread, and memory', () => {
    const view = viewOf(
      { type: 'stage-end', stage: 'integers', seconds: 0.02 },
      { type: 'stage-end', stage: 'commit', seconds: 1.5 },
      { type: 'stage-start', stage: 'fold' },
      ...[0.3, 0.6, 1, 1.2, 1.5].map((seconds, k) => step(k + 1, seconds, [seconds, seconds / 2])),
    );
    expect(view.lines(120)).toMatchInlineSnapshot(`
      [
        "done: integer run 0.02 s, committing to the model 1.5 s",
        "folding  █████████████░░░░░░░  step 5/8  40 layers  3.33 steps/s  0.90 s left",
        "step times ▅█▁▅ 200 to 400 ms   workers █▅ 75 %   memory 500 MB",
      ]
    `);
    expect(Math.max(...view.lines(40).map((line) => line.length))).toBe(40);
    view.see({ type: 'stage-end', stage: 'fold', seconds: 2.4 });
    view.see({ type: 'stage-start', stage: 'verify' });
    expect(view.lines(120)).toMatchInlineSnapshot(`
      [
        "done: integer run 0.02 s, committing to the model 1.5 s, folding 2.4 s",
        "verifying ...",
      ]
    `);
  });

  it('takes the load over the last two seconds, and never above the whole', () => {
    const line = (view: LiveView): string => view.lines(120).at(-1)!;
    // idle for ten seconds, then one thread works all the time and the other not at all
    const late = viewOf(...[1, 5, 10, 11, 12, 13].map((at, k) => step(k + 1, at, [Math.max(0, at - 10), 0])));
    expect(line(late)).toContain('workers █▁ 50 %');
    expect(line(viewOf(step(1, 1, [0]), step(2, 2, [7])))).toContain('workers █ 100 %');
    expect(line(viewOf(step(1, 1, [1])))).toBe('memory 500 MB');
  });

  it('shows the items of a batch side by side while they are folded', () => {
    const view = viewOf(step(1, 1, [1], 'a'), step(2, 1, [1], 'b'), step(2, 2, [2], 'a'));
    expect(view.lines(120)).toMatchInlineSnapshot(`
      [
        "a  █████░░░░░░░░░░░░░░░  step 2/8  16 layers  1.00 steps/s  6.0 s left",
        "b  █████░░░░░░░░░░░░░░░  step 2/8  16 layers  2.00 steps/s  3.0 s left",
        "workers █ 100 %   memory 500 MB",
      ]
    `);
    view.see({ type: 'stage-end', stage: 'fold', seconds: 2, itemId: 'a' });
    expect(view.lines(120)).toHaveLength(2);
  });

  it('shows how far a stage of counted parts is', () => {
    const view = viewOf({
      ...{ type: 'progress', stage: 'groth16', done: 3000, total: 10_000 },
      ...{ unit: 'points', secondsLeft: 7 },
    });
    expect(view.lines(100)).toEqual(['final proof: Groth16  ██████░░░░░░░░░░░░░░  3,000 of 10,000 points  7.0 s left']);
  });
});

describe('sparkline', () => {
  it('goes from the least to the largest', () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([5, 5, 5])).toBe('▁▁▁');
    expect(sparkline([0, 100])).toBe('▁█');
  });
});
