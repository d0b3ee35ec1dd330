/**
 * How far a fold step is from its physical limit: its multiplications (step-operations.ts) times the best multiplication
 * measured in the same run, against the processor time that a step takes.
 */
import { existsSync } from 'node:fs';
import { developmentKeySource, loadModel, plan, quantize, readInputFile } from '../src/index.ts';
import type { BenchOptions } from './measure.ts';
import { pairLoop } from './multiplication.ts';
import { run, ZATOR } from './stages.ts';
import { stepOperations } from './step-operations.ts';

/** Enough steps for a mean. */
const LAYERS = 256;
/** A loop of half a millisecond fits between two interruptions; the fastest of many counts. */
const LOOP = 20_000;
const TRIES = 1000;

export async function limit({ wants, report }: BenchOptions): Promise<void> {
  const multiply = await bestMultiplication();
  report([{ name: 'limit.multiplication', value: 1e9 * multiply, unit: 'ns' }]);
  for (const model of ['digits512', ZATOR]) {
    const name = model === ZATOR ? 'zator512' : model;
    if (!wants(name) || (model === ZATOR && !existsSync(ZATOR))) continue;
    const operations = Object.entries(stepOperations(await systemOf(model)));
    const milliseconds = operations.map(([part, n]) => [part, 1000 * n * multiply] as const);
    const total = milliseconds.reduce((sum, [, ms]) => sum + ms, 0);
    const measured = run(model, LAYERS, 2);
    const { main, threads } = measured.settled;
    const processor = 1000 * (main + threads);
    const figure = (key: string, value: number, unit: string) => ({ name: `limit.${name}.${key}`, value, unit });
    report([
      ...operations.map(([part, n]) => figure(`operations.${part}`, n, '')),
      ...milliseconds.map(([part, ms]) => figure(part, ms, 'ms')),
      figure('all', total, 'ms'),
      figure('measured.processor', processor, 'ms'),
      figure('measured.start', (1000 * measured.processor.all) / measured.steps - processor, 'ms'),
      figure('distance', processor / total, 'x'),
    ]);
  }
}

/** Seconds of one multiplication, when nobody disturbs the machine. */
async function bestMultiplication(): Promise<number> {
  const loop = await pairLoop('mul');
  loop(LOOP);
  const times = Array.from({ length: TRIES }, () => {
    const start = performance.now();
    loop(LOOP);
    return performance.now() - start;
  });
  return Math.min(...times) / 1000 / LOOP;
}

async function systemOf(model: string) {
  const own = model.includes('/');
  const loaded = await loadModel(
    own ? { path: `${model}/model.onnx`, layers: LAYERS } : { network: model, layers: LAYERS },
  );
  const input = loaded.sample ?? (await readInputFile(`${model}/input.json`, loaded.graph))[0]!;
  // pixels are never negative: the plan that many of them give
  return (await plan(quantize(loaded, loaded.plan ? {} : { samples: [input], signed: false }), developmentKeySource()))
    .system;
}
