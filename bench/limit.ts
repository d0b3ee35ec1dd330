/**
 * How far a fold step is from its physical limit: its multiplications (step-operations.ts) times the best multiplication
 * measured in the same run, against the processor time that a step takes.
 */
import { existsSync } from 'node:fs';
import { buildPlan } from '../src/api/plan.ts';
import { developmentKeySource, loadModel, plan, quantize, readInputFile, transparentKeySource } from '../src/index.ts';
import { STANDARD } from '../src/machine/shape.ts';
import { machineShares } from './machine-shares.ts';
import type { BenchOptions } from './measure.ts';
import { pairLoop } from './multiplication.ts';
import { ARCHITECTURES } from './networks/architectures.ts';
import { measureNetwork } from './networks/measure.ts';
import { withProver } from './prover.ts';
import { run, ZATOR } from './stages.ts';
import { stepOperations } from './step-operations.ts';

const MACHINE = 'machine';

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
  if (wants(MACHINE)) await machineLimit(multiply, report);
}

/** A step of the tensor machine by its units, against the steps of a network that fills most of them. */
async function machineLimit(multiply: number, report: BenchOptions['report']): Promise<void> {
  const figure = (key: string, value: number, unit: string) => ({ name: `limit.${MACHINE}.${key}`, value, unit });
  const { system } = await buildPlan({ machine: STANDARD }, transparentKeySource());
  const units = Object.entries(machineShares(system, STANDARD));
  const total = units.reduce((sum, [, n]) => sum + n, 0);
  report(units.map(([unit, n]) => figure(`operations.${unit}`, n, '')));
  report(units.map(([unit, n]) => figure(unit, 1000 * n * multiply, 'ms')));
  const { model, input } = await measureNetwork(ARCHITECTURES.vgg11!());
  await withProver(async (fold) => {
    // the first run starts threads and makes tables
    await fold({ model, input });
    const start = process.cpuUsage();
    const seconds = await fold({ model, input });
    const { user, system: kernel } = process.cpuUsage(start);
    // its verification is one thread's
    const processor = ((user + kernel) / 1000 - 1000 * seconds.verify) / model.steps;
    report([
      figure('all', 1000 * total * multiply, 'ms'),
      figure('measured.processor', processor, 'ms'),
      figure('measured.clock', (1000 * seconds.fold) / model.steps, 'ms'),
      figure('distance', processor / (1000 * total * multiply), 'x'),
    ]);
  });
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
