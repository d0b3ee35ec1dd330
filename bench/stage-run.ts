/** One run of `bench -- stages` in its own process: MODEL LAYERS WORKERS; prints one line of JSON. */
import {
  developmentKeySource,
  encodeProof,
  loadModel,
  plan,
  prove,
  quantize,
  readInputFile,
  verify,
} from '../src/index.ts';

/** Seconds by stage, bytes. */
export interface StageRun {
  readonly steps: number;
  readonly circuit: number;
  readonly commit: number;
  readonly fold: number;
  readonly verify: number;
  /** Seconds over all steps that the main thread spends in each part. */
  readonly parts: Readonly<Record<string, number>>;
  readonly peak: number;
  readonly proofBytes: number;
}

const [model, layers, workers] = process.argv.slice(2) as [string, string, string];
const own = model.includes('/');
const depth = Number(layers);
const loaded = await loadModel(
  own ? { path: `${model}/model.onnx`, layers: depth } : { network: model, layers: depth },
);
const input = loaded.sample ?? (await readInputFile(`${model}/input.json`, loaded.graph))[0]!;
const quantized = quantize(loaded, loaded.plan ? {} : { samples: [input] });
const seconds: Record<string, number> = {};
const on = (event: { type: string; stage?: string; seconds?: number }): void => {
  if (event.type === 'stage-end') seconds[event.stage!] = event.seconds!;
};
const planned = await plan(quantized, developmentKeySource(), on);
const proved = await prove(planned, input, { workers: Number(workers), on });
await verify(proved.proof, planned, { on });
const result: StageRun = {
  steps: quantized.steps,
  circuit: seconds.circuit!,
  commit: seconds.commit!,
  fold: seconds.fold!,
  verify: seconds.verify!,
  parts: proved.seconds,
  peak: 1024 * process.resourceUsage().maxRSS,
  proofBytes: encodeProof(proved.proof).length,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
