/**
 * events.ndjson of a run folder: when each stage ended, how long steps took, how much memory the process had. It is the
 * part of --json's lines that tells of work and never of data, so that it may be kept beside private runs.
 *
 * Deep networks have more steps than anyone plots: beyond a limit every second one is dropped, and so on.
 */
import { z } from 'zod';
import type { ProgressEvent } from '../events.ts';
import { entriesOf } from './bounded.ts';
import { jsonIfWhole, linesOf } from './json.ts';

export const EVENTS_FILE = 'events.ndjson';
export const MAX_EVENTS_BYTES = 2 ** 24;
const MOST_STEPS = 4096;
/** Characters of a line with as little in it as can be. */
const SHORTEST_LINE = '{"type":"stage-end","stage":"","seconds":0}'.length;

const amount = z.number().nonnegative();
const stageEnd = z.object({ type: z.literal('stage-end'), stage: z.string().max(40), seconds: amount });
const step = z.object({
  type: z.literal('step'),
  from: amount,
  step: amount,
  steps: amount,
  seconds: amount,
  rss: amount,
});
const totals = z.object({
  type: z.literal('totals'),
  workers: amount,
  peakMemory: amount,
  proofBytes: amount,
  /** Seconds of a step's parts, means over the steps. */
  stepSeconds: entriesOf(z.string().max(40), amount, 100),
});
const lineSchema = z.discriminatedUnion('type', [stageEnd, step, totals]);

export type RunTotals = Omit<z.infer<typeof totals>, 'type'>;
type StepTime = Pick<z.infer<typeof step>, 'from' | 'step' | 'steps' | 'seconds' | 'rss'>;

export interface Timeline {
  /** In the order of their first end; a stage that ran several times is summed up. */
  readonly stages: readonly { readonly stage: string; readonly seconds: number }[];
  /** Seconds since the fold began, or was resumed after step `from`; in order, not every step of a deep network. */
  readonly steps: readonly StepTime[];
  readonly totals: RunTotals | undefined;
}

/** Collects the lines of one run. */
export class EventLog {
  readonly #stages: string[] = [];
  #steps: { readonly step: number; readonly line: string }[] = [];
  #stride = 1;
  #totals: string[] = [];

  add(event: ProgressEvent): void {
    if (event.type === 'stage-end') this.#stages.push(line(event));
    if (event.type !== 'step' || event.step % this.#stride !== 0) return;
    this.#steps.push({ step: event.step, line: line(event) });
    if (this.#steps.length <= MOST_STEPS) return;
    this.#stride *= 2;
    this.#steps = this.#steps.filter(({ step: at }) => at % this.#stride === 0);
  }

  total(sums: RunTotals): void {
    this.#totals = [line({ type: 'totals', ...sums })];
  }

  /** The file: steps, stages, totals. */
  bytes(): Uint8Array {
    const lines = [...this.#steps.map((entry) => entry.line), ...this.#stages, ...this.#totals];
    return new TextEncoder().encode(lines.join(''));
  }
}

function line(body: { readonly type: string }): string {
  return `${JSON.stringify({ schema: 'layerfold/line/1', time: new Date().toISOString(), ...body })}\n`;
}

/** What a file of such lines tells; a line that is none of them is passed over, so that --json's own output can be read. */
export function parseEventLog(bytes: Uint8Array): Timeline {
  const stages = new Map<string, number>();
  const steps: StepTime[] = [];
  let sums: RunTotals | undefined;
  for (const text of linesOf(new TextDecoder().decode(bytes))) {
    if (text.length < SHORTEST_LINE) continue;
    const parsed = lineSchema.safeParse(jsonIfWhole(text));
    if (!parsed.success) continue;
    const { data } = parsed;
    if (data.type === 'stage-end') stages.set(data.stage, (stages.get(data.stage) ?? 0) + data.seconds);
    else if (data.type === 'step') steps.push(data);
    else sums = data;
  }
  return {
    stages: [...stages].map(([stage, seconds]) => ({ stage, seconds })),
    steps: steps.sort((a, b) => a.step - b.step),
    totals: sums,
  };
}
