/** events.ndjson: what a run tells of its work, thinned for deep networks, read with tolerance. */
import { describe, expect, it } from 'vitest';
import { Line } from '../../src/show/ndjson.ts';
import { EventLog, MAX_EVENTS_BYTES, parseEventLog } from '../../src/store/event-log.ts';

const step = (at: number, steps: number) =>
  ({
    type: 'step',
    from: 0,
    step: at,
    steps,
    layers: at,
    seconds: at / 4,
    secondsLeft: 1,
    busy: [1, 2],
    rss: 1e8 + at,
  }) as const;
const totals = { workers: 2, peakMemory: 5e8, proofBytes: 3e6, stepSeconds: { fold: 0.25 } };

describe('event log', () => {
  it('keeps stages, steps and totals, in the schema of --json', () => {
    const log = new EventLog();
    log.add({ type: 'stage-start', stage: 'fold' });
    for (const at of [1, 2, 3]) log.add(step(at, 3));
    log.add({ type: 'stage-end', stage: 'fold', seconds: 2 });
    log.add({ type: 'stage-end', stage: 'verify', seconds: 1 });
    log.add({ type: 'stage-end', stage: 'fold', seconds: 0.5 });
    log.total(totals);
    expect(parseEventLog(log.bytes())).toMatchObject({
      stages: [
        { stage: 'fold', seconds: 2.5 },
        { stage: 'verify', seconds: 1 },
      ],
      steps: [1, 2, 3].map((at) => ({ step: at, seconds: at / 4, rss: 1e8 + at })),
      totals,
    });
    const lines = new TextDecoder().decode(log.bytes()).trimEnd().split('\n').slice(0, -1);
    for (const line of lines) Line.parse(JSON.parse(line));
  });

  it('stays small at any depth, evenly thinned', () => {
    const log = new EventLog();
    for (let at = 1; at <= 100_000; at++) log.add(step(at, 100_000));
    const { steps } = parseEventLog(log.bytes());
    expect(log.bytes().length).toBeLessThan(MAX_EVENTS_BYTES);
    expect(steps.length).toBeGreaterThan(2048);
    expect(steps.length).toBeLessThanOrEqual(4097);
    const gaps = new Set(steps.map(({ step: at }, k) => at - (steps[k - 1]?.step ?? 0)));
    expect(gaps).toEqual(new Set([32]));
  });

  it('passes over what it does not know', () => {
    const text =
      '{"type":"step","step":-1}\nnot json\n\n{"type":"result","class":3}\n{"type":"stage-end","stage":"fold","seconds":1}';
    expect(parseEventLog(new TextEncoder().encode(text))).toEqual({
      stages: [{ stage: 'fold', seconds: 1 }],
      steps: [],
      totals: undefined,
    });
  });
});
