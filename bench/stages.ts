/**
 * End to end, stage by stage: whole networks folded and verified, each run in a process of its own so that its peak
 * memory is its own. One round each; `--only digits512` and the like choose. Minutes for the deep ones.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, Figure } from './measure.ts';
import type { StageRun } from './stage-run.ts';

/** From the package's folder, in which npm runs this. */
export const ZATOR = resolve('../shared/models/zator512');

interface Case {
  readonly name: string;
  readonly model: string;
  readonly layers: number;
  readonly workers: number;
}

const CASES: readonly Case[] = [
  { name: 'digits512.64.2w', model: 'digits512', layers: 64, workers: 2 },
  { name: 'digits512.512.1w', model: 'digits512', layers: 512, workers: 1 },
  { name: 'digits512.512.2w', model: 'digits512', layers: 512, workers: 2 },
  { name: 'zator512.512.2w', model: ZATOR, layers: 512, workers: 2 },
  { name: 'synthetic.64.2w', model: 'synthetic', layers: 64, workers: 2 },
  { name: 'synthetic.512.2w', model: 'synthetic', layers: 512, workers: 2 },
  { name: 'synthetic.2048.2w', model: 'synthetic', layers: 2048, workers: 2 },
];

export async function stages({ wants, report }: BenchOptions): Promise<void> {
  for (const { name, model, layers, workers } of CASES) {
    if (!wants(name) || (model === ZATOR && !existsSync(ZATOR))) continue;
    report(figuresOf(name, run(model, layers, workers)));
  }
}

/** @param networks that many in one chain, on the same input */
export function run(model: string, layers: number, workers: number, networks = 1): StageRun {
  const script = fileURLToPath(new URL('stage-run.js', import.meta.url));
  const args = [script, model, String(layers), String(workers), String(networks)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

function figuresOf(name: string, r: StageRun): Figure[] {
  const figure = (key: string, value: number, unit: string): Figure => ({ name: `${name}.${key}`, value, unit });
  const parts = Object.entries(r.parts).map(([part, s]) => figure(`step.${part}`, (1000 * s) / r.steps, 'ms'));
  return [
    figure('circuit', r.circuit, 's'),
    figure('commit', r.commit, 's'),
    figure('fold', r.fold, 's'),
    figure('step', (1000 * r.fold) / r.steps, 'ms'),
    ...parts,
    figure('workers.busy', (100 * r.pool.busy) / (r.pool.workers * r.pool.seconds), '%'),
    figure('verify', r.verify, 's'),
    figure('peak', r.peak / 2 ** 20, 'MiB'),
    figure('proof', r.proofBytes / 2 ** 20, 'MiB'),
  ];
}
