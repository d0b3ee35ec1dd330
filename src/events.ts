/** What a run reports while it goes on. The library emits, it never prints; the command line renders. */

export type StageName =
  | 'integers'
  | 'circuit'
  | 'check'
  | 'commit'
  | 'fold'
  | 'verify'
  | 'write'
  | 'wrap-circuit'
  | 'setup'
  | 'wrap-prepare'
  | 'wrap-witness'
  | 'groth16'
  | 'final-verify';

export type ProgressEvent =
  | { readonly type: 'stage-start'; readonly stage: StageName }
  | { readonly type: 'stage-end'; readonly stage: StageName; readonly seconds: number }
  /** Part `done` of `total` of a stage that can be counted. */
  | { readonly type: 'progress'; readonly stage: StageName; readonly done: number; readonly total: number }
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
      /** Resident memory of the process, all its threads included, in bytes. */
      readonly rss: number;
    }
  | { readonly type: 'check'; readonly name: string };

export type EventListener = (event: ProgressEvent) => void;

/** Runs `work` as a stage, with its two events. */
export async function stage<T>(on: EventListener | undefined, name: StageName, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  on?.({ type: 'stage-start', stage: name });
  const result = await work();
  on?.({ type: 'stage-end', stage: name, seconds: (performance.now() - start) / 1000 });
  return result;
}
