/**
 * How folding gains from workers: one and two of them in turns, measured; more of them by Amdahl's law, computed
 * from what was measured, since nothing can be measured on cores that are not there.
 *
 * Three times matter of a step: M, the main thread's own work; W, the threads' work, both as processor time, so that other
 * programs on the machine do not count; and `alone`, for how long the fold had nothing asked of the pool. They are taken
 * when the threads have started and their tables stand; `fold` is the whole fold, start included.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { BenchOptions, Figure } from './measure.ts';
import type { StageRun } from './stage-run.ts';
import { run, ZATOR } from './stages.ts';

const LAYERS = 512;
/** By their names; the zator512 network is not bundled. */
const CASES: readonly (readonly [name: string, model: string, networks: number])[] = [
  ['digits512', 'digits512', 1],
  ['batch', 'digits512', 3],
  ...(existsSync(ZATOR) ? [['zator512', ZATOR, 1] as const] : []),
];
const COMPUTED_FOR = [1, 2, 4, 8];

export async function scaling({ rounds, wants, report }: BenchOptions): Promise<void> {
  for (const [name, model, networks] of CASES) {
    if (!wants(`scaling.${name}`)) continue;
    const runs = Array.from({ length: Math.min(rounds, 3) }, (): [StageRun, StageRun] => [
      run(model, LAYERS, 1, networks),
      run(model, LAYERS, 2, networks),
    ]);
    report(figuresOf(name, runs));
  }
}

function figuresOf(of: string, runs: readonly [StageRun, StageRun][]): Figure[] {
  const name = (what: string): string => `scaling.${of}.${what}`;
  const figures: Figure[] = [];
  const say = (what: string, values: readonly number[], unit: string): void => {
    const sorted = [...values].sort((a, b) => a - b);
    figures.push({ name: name(what), value: sorted[sorted.length >> 1]!, unit });
    if (sorted.length > 1) {
      figures.push({ name: name(`${what}.low`), value: sorted[0]!, unit });
      figures.push({ name: name(`${what}.high`), value: sorted[sorted.length - 1]!, unit });
    }
  };
  for (const side of [0, 1] as const) {
    const own = runs.map((pair) => pair[side]);
    const label = (what: string): string => `measured.${side + 1}w.${what}`;
    say(
      label('fold'),
      own.map((r) => r.fold),
      's',
    );
    for (const key of ['step', 'main', 'threads'] as const) {
      say(
        label(key),
        own.map((r) => 1000 * r.settled[key]),
        'ms',
      );
    }
    say(
      label('alone'),
      own.map((r) => (100 * r.pool.alone) / r.pool.seconds),
      '%',
    );
    for (const worker of own[0]!.pool.each.keys()) {
      say(
        label(`idle.${worker + 1}`),
        own.map((r) => 100 * (1 - r.pool.each[worker]! / r.pool.seconds)),
        '%',
      );
    }
  }
  say(
    'measured.ratio',
    runs.map(([one, two]) => one.settled.step / two.settled.step),
    'x',
  );
  say(
    'measured.fold.ratio',
    runs.map(([one, two]) => one.fold / two.fold),
    'x',
  );
  const share = runs.map(([{ settled }]) => settled.main / (settled.main + settled.threads));
  say(
    'measured.sequential',
    share.map((s) => 100 * s),
    '%',
  );
  const s = [...share].sort((a, b) => a - b)[share.length >> 1]!;
  for (const w of COMPUTED_FOR) {
    figures.push({ name: name(`computed.${w}w.speedup`), value: 1 / (s + (1 - s) / w), unit: 'x' });
  }
  figures.push({ name: name('cores'), value: availableParallelism(), unit: '' });
  return figures;
}
