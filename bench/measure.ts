/**
 * Comparison of several ways to do the same: all are run in turns, so that whatever else the machine does meets them alike,
 * and what counts are the ratios of neighbouring runs, with their spread.
 */

export interface Contender {
  readonly name: string;
  run(): unknown;
}

/** One printed line: `name value unit`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a benchmark is told, and whom it tells. */
export interface BenchOptions {
  readonly rounds: number;
  /** Networks to fold. */
  readonly prove: readonly string[];
  /** Whether their final proofs are made too. */
  readonly wrap: boolean;
  /** A folder for the files that a benchmark makes; '' for none. */
  readonly write: string;
  /** Whether a measurement of that name is wanted. */
  wants(name: string): boolean;
  report(figures: readonly Figure[]): void;
}

const WARM_UP = 2;

let clock = (): number => performance.now();

/** From now on what counts is the processor time of this process, which other programs disturb less. */
export function useProcessorTime(): void {
  clock = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
}

/** What is measured of a run, in milliseconds. */
export interface Clock {
  /** Before the contender's in the name of a figure. */
  readonly name: string;
  now(): number;
}

/**
 * Runs the contenders in turns; the first one is measured against each of the others. `scale` and `unit` turn milliseconds
 * into what is printed, e.g. 1e6 / n and 'ns' for n operations a run. With several clocks each run is measured by all of them.
 */
export async function compare(
  name: string,
  contenders: readonly Contender[],
  rounds: number,
  { scale = 1, unit = 'ms', warmUp = WARM_UP, clocks = [] as readonly Clock[] } = {},
): Promise<Figure[]> {
  const all = clocks.length > 0 ? clocks : [{ name: '', now: clock }];
  const times = all.map(() => contenders.map(() => [] as number[]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const start = all.map(({ now }) => now());
      await run();
      if (round >= 0) for (const [k, { now }] of all.entries()) times[k]![i]!.push(now() - start[k]!);
    }
  }
  return all.flatMap((by, k) =>
    figuresOf(by.name === '' ? name : `${name}.${by.name}`, contenders, times[k]!, { scale, unit }),
  );
}

function figuresOf(
  name: string,
  contenders: readonly Contender[],
  times: readonly (readonly number[])[],
  { scale, unit }: { readonly scale: number; readonly unit: string },
): Figure[] {
  const ours = times[0]!;
  return contenders.flatMap((contender, i) => {
    const figure = { name: `${name}.${contender.name}`, value: median(times[i]!) * scale, unit };
    if (i === 0) return [figure];
    const ratios = ours.map((time, round) => times[i]![round]! / time).sort((a, b) => a - b);
    const ratio = (suffix: string, value: number) => ({ name: `${figure.name}.${suffix}`, value, unit: 'x' });
    return [
      figure,
      ratio('ratio', median(ratios)),
      ratio('ratio.low', ratios[0]!),
      ratio('ratio.high', ratios[ratios.length - 1]!),
    ];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
