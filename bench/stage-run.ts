/** One run of a whole network, or of several in one chain, in its own process: MODEL LAYERS WORKERS NETWORKS; prints one line of JSON. */
import { readFileSync } from 'node:fs';
import { invariant } from '../src/errors.ts';
import {
  developmentKeySource,
  encodeProof,
  loadModel,
  plan,
  prove,
  proveBatch,
  quantize,
  readInputFile,
  runItem,
  verify,
} from '../src/index.ts';
import type { PoolUse } from '../src/pool/fold-pool.ts';

/** Seconds by stage, bytes. */
export interface StageRun {
  readonly steps: number;
  readonly circuit: number;
  readonly commit: number;
  readonly fold: number;
  readonly verify: number;
  /** Seconds over all steps that the main thread spends in each part. */
  readonly parts: Readonly<Record<string, number>>;
  readonly pool: PoolUse;
  /** Seconds of processor time while folding: of all threads, and of the main one (0 where the system does not tell). */
  readonly processor: { readonly all: number; readonly main: number };
  /** Seconds of a step, by the clock and as processor time, when threads have started and tables stand: after the first `SETTLED`
   * steps; of several networks after the first one, when code is compiled too. */
  readonly settled: Settled;
  readonly peak: number;
  readonly proofBytes: number;
}

interface Settled {
  readonly step: number;
  readonly main: number;
  readonly threads: number;
}

const SETTLED = 8;

/** Processor time so far, of all threads and of the main one, in seconds. */
function processorSeconds(): { all: number; main: number } {
  const { user, system } = process.cpuUsage();
  let main = 0;
  try {
    main = Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  } catch {
    // only Linux has it
  }
  return { all: (user + system) / 1e6, main };
}

const [model, layers, workers, networks] = process.argv.slice(2) as [string, string, string, string];
const own = model.includes('/');
const depth = Number(layers);
const loaded = await loadModel(
  own ? { path: `${model}/model.onnx`, layers: depth } : { network: model, layers: depth },
);
const input = loaded.sample ?? (await readInputFile(`${model}/input.json`, loaded.graph))[0]!;
// pixels are never negative: the plan that many of them give
const quantized = quantize(loaded, loaded.plan ? {} : { samples: [input], signed: false });
const lone = Number(networks) === 1;
const seconds: Record<string, number> = {};
const at: Record<string, ReturnType<typeof processorSeconds>> = {};
let last = { step: 0, time: 0, ...processorSeconds() };
let settled = last;
const on = (event: { type: string; stage?: string; seconds?: number; step?: number }): void => {
  if (event.type === 'step') {
    last = { step: event.step!, time: performance.now() / 1000, ...processorSeconds() };
    if (event.step === (lone ? SETTLED : quantized.steps)) settled = last;
  }
  if (event.stage === 'fold' && event.type.startsWith('stage')) at[event.type] = processorSeconds();
  if (event.type === 'stage-end') seconds[event.stage!] = event.seconds!;
};
const planned = await plan(quantized, developmentKeySource(), on);
const options = { workers: Number(workers), on };
const proved = lone
  ? await prove(planned, input, options)
  : await proveBatch(
      planned,
      Array.from({ length: Number(networks) }, () => runItem(planned, input)),
      options,
    );
await verify(proved.proof, planned, { on });
const [start, end] = [at['stage-start'], at['stage-end']];
invariant(start && end, 'a run has a fold');
const settledStep = (): Settled => {
  const steps = last.step - settled.step;
  const main = (last.main - settled.main) / steps;
  return { step: (last.time - settled.time) / steps, main, threads: (last.all - settled.all) / steps - main };
};
const result: StageRun = {
  steps: Number(networks) * quantized.steps,
  circuit: seconds.circuit!,
  commit: seconds.commit!,
  fold: seconds.fold!,
  verify: seconds.verify!,
  parts: proved.seconds,
  pool: proved.pool,
  processor: { all: end.all - start.all, main: end.main - start.main },
  settled: settledStep(),
  peak: 1024 * process.resourceUsage().maxRSS,
  proofBytes: encodeProof(proved.proof).length,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
