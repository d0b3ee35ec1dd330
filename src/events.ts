/** What a run reports while it goes on. The library emits, it never prints; the command line renders. */
import { setImmediate } from 'node:timers/promises';
import type { ErrorFacts } from './errors.ts';

/** The stages of a run. */
export type StageName =
  | 'program'
  | 'integers'
  | 'circuit'
  | 'check'
  | 'commit'
  | 'trace'
  | 'fold'
  | 'verify'
  | 'compress'
  | 'write'
  | 'wrap-circuit'
  | 'setup'
  | 'wrap-prepare'
  | 'wrap-witness'
  | 'groth16'
  | 'final-verify'
  | 'members';

/** What the parts of a stage are that can be counted. */
export const PROGRESS_UNITS = ['steps', 'items', 'constraints', 'signals', 'points', 'parts'] as const;
/** What is counted. */
export type ProgressUnit = (typeof PROGRESS_UNITS)[number];

/** Everything that a run reports. */
export type ProgressEvent =
  | { readonly type: 'stage-start'; readonly stage: StageName }
  | { readonly type: 'stage-end'; readonly stage: StageName; readonly seconds: number }
  /** Part `done` of `total` of a stage that can be counted. */
  | {
      readonly type: 'progress';
      readonly stage: StageName;
      readonly done: number;
      readonly total: number;
      readonly unit: ProgressUnit;
      /** Estimate from the parts that are done. */
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'step';
      /** Steps that a resumed run found proven; 0 in any other. */
      readonly from: number;
      /** Steps proven so far, of `steps`. */
      readonly step: number;
      readonly steps: number;
      /** Layers of the network that those steps cover. */
      readonly layers: number;
      /** Since the fold began or was resumed. */
      readonly seconds: number;
      /** Estimate from the steps since then. */
      readonly secondsLeft: number;
      /** Seconds that each worker thread has worked since then. */
      readonly busy: readonly number[];
      /** Resident memory of the process, all its threads included, in bytes. */
      readonly rss: number;
    }
  | { readonly type: 'check'; readonly name: string }
  | CheckpointEvent
  | WarningEvent;

/** Stable codes of warnings (docs/errors.md). */
export type WarningCode = 'W_ONE_SAMPLE' | 'W_ZERO_WEIGHTS' | 'W_ROUNDED_INPUT' | 'W_OTHER_CLASS';

/** The result stands, but may not be what was meant: in the words of an error, which it is not. */
export type WarningEvent = { readonly type: 'warning'; readonly code: WarningCode; readonly message: string } & Omit<
  ErrorFacts,
  'cause'
>;

/** A checkpoint is complete on the disk. Digests are salted in private runs; the file itself never travels in an event. */
export type CheckpointEvent = {
  readonly type: 'checkpoint';
  /** From 1 on in every session of a run. */
  readonly seq: number;
  /** The same in all sessions of a run. */
  readonly runId: string;
  /** Of a batch; null in a single run. */
  readonly itemId: string | null;
  readonly step: number;
  readonly steps: number;
  readonly layers: number;
  /** Digests of the field are 0x and 64 hexadecimal digits. planDigest is pp: plan, circuits and commitment key. */
  readonly modelDigest: string;
  readonly planDigest: string;
  readonly inputDigest: string;
  /** Null of the machine, whose state has no activations. */
  readonly activationDigest: string | null;
  /** Relative to the run's folder. */
  readonly file: string;
  readonly bytes: number;
  /** Of the file; of the checkpoint before it, null for the first. */
  readonly sha256: string;
  readonly previousSha256: string | null;
  readonly selfVerified: boolean;
  readonly etaSecs: number;
  readonly rss: number;
};

/** An event of one run among several: of a batch's item. */
export type ItemEvent = ProgressEvent & { readonly itemId?: string | null };

/** Who hears what a run reports. */
export type EventListener = (event: ProgressEvent) => void;

/** Tells how far a stage is that begins now. */
export function counter(
  on: EventListener | undefined,
  name: StageName,
  unit: ProgressUnit,
): (done: number, total: number) => void {
  const start = performance.now();
  return (done, total) => {
    const secondsLeft = done > 0 ? (((performance.now() - start) / 1000) * (total - done)) / done : 0;
    if (done > 0) on?.({ type: 'progress', stage: name, done, total, unit, secondsLeft });
  };
}

/**
 * Runs `work` as a stage, with its two events. Many stages never leave the main thread; behind each of them the event loop
 * has its turn, so that a signal that came meanwhile is known before the next one begins.
 */
export async function stage<T>(on: EventListener | undefined, name: StageName, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  on?.({ type: 'stage-start', stage: name });
  const result = await work();
  on?.({ type: 'stage-end', stage: name, seconds: (performance.now() - start) / 1000 });
  // two: the first may come before the loop has looked for anything new
  await setImmediate();
  await setImmediate();
  return result;
}
