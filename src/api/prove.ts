/** Step four of the story: fold every layer of the network on one input into one proof. */
import type { Engine } from '../algebra/engine.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { throwIfAborted } from '../errors.ts';
import { type EventListener, type ProgressEvent, stage } from '../events.ts';
import { ChainProver, type PreparedStep } from '../folding/chain.ts';
import { modelBlinding } from '../folding/commit.ts';
import { createBuffers } from '../folding/compute.ts';
import { restoreChain, startOfChain } from '../folding/position.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type IntegerResult, quantizeInput, runInteger } from '../ir/run.ts';
import { activationDigest, stepOutput } from '../layers/step.ts';
import { FoldPool, type PoolUse } from '../pool/pool.ts';
import { Checkpointer, type CheckpointOptions, checkResumable } from './checkpoints.ts';
import { commitWith } from './commit.ts';
import type { PlannedModel } from './plan.ts';
import { PUBLIC, type RunSalts, stepSalts } from './salts.ts';
import { defaultWorkers } from './workers.ts';

export interface ProveOptions {
  /** Threads; by default LAYERFOLD_WORKERS or the number of cores. */
  readonly workers?: number | undefined;
  /** Cancels after the step under way with E_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
  /** What hides private data; by default everything is public. */
  readonly salts?: RunSalts | undefined;
  /** Keeps the run's progress; with it a cancelled run saves one last checkpoint before it ends. */
  readonly checkpoints?: CheckpointOptions | undefined;
  /** A checkpoint of this model, plan, input and salts: the run goes on from it. It is verified first. */
  readonly resumeFrom?: FoldedProof | undefined;
}

export interface Proved {
  readonly proof: FoldedProof;
  /** The integer run's logits, values and class. */
  readonly output: IntegerResult;
  /** Seconds of the fold's parts, over all steps; `layers` is the time that it waited for their witnesses. */
  readonly seconds: Readonly<Record<string, number>>;
  /** What the threads did while the steps were folded. */
  readonly pool: PoolUse;
}

/**
 * Runs the network in integers, commits to it and folds all its steps. Memory does not grow with the depth.
 * @throws E_RANGE for an activation outside its range (before any folding), E_WORKER, E_ABORTED, E_REJECTED for a checkpoint
 *   that is false or of another run, and what saving a checkpoint throws
 */
export async function prove(planned: PlannedModel, input: Tensor, options: ProveOptions = {}): Promise<Proved> {
  const { system, model, engine } = planned;
  const { signal, on, salts = PUBLIC, resumeFrom } = options;
  const output = await stage(on, 'integers', async () => runInteger(model, input));
  const buffers = createBuffers(system);
  const pool = new FoldPool(system, model.plan.step, buffers, options.workers ?? defaultWorkers());
  const checkpointer = new Checkpointer(options.checkpoints);
  try {
    const { points, digest } = await commitWith(planned, pool, { ...options, salt: salts.model });
    throwIfAborted(signal);
    const { state } = quantizeInput(model, input);
    const inputDigest = activationDigest(nativeSponge(engine), model.plan.step, state, salts.input);
    if (resumeFrom) await checkResumable(resumeFrom, planned, { modelDigest: digest, inputDigest }, on);
    const wires = { stepsPerNetwork: BigInt(model.steps), modelDigest: digest };
    const seconds: Record<string, number> = {};
    const count = (part: string, s: number): void => {
      seconds[part] = (seconds[part] ?? 0) + s;
    };
    const position = resumeFrom
      ? restoreChain(engine, system, resumeFrom, buffers)
      : startOfChain(engine, system, wires, inputDigest);
    const prover = new ChainProver(engine, system, pool.compute, buffers, position, count);
    const from = prover.steps;
    const checkpoint = async (): Promise<void> => {
      const start = performance.now();
      await checkpointer.take(prover.proof(points.slice(prover.steps)));
      count('checkpoint', (performance.now() - start) / 1000);
    };
    const use = pool.span();
    await stage(on, 'fold', async () => {
      const start = performance.now();
      let waiting = start;
      const saltsOf = stepSalts(engine, salts, inputDigest);
      for await (const prepared of layersAhead(engine, model, pool, { state, from, salts, saltsOf })) {
        count('layers', (performance.now() - waiting) / 1000);
        await prover.step({ ...prepared, cmM: points[prover.steps]! });
        const complete = prover.steps === model.steps;
        on?.(stepEvent(model, from, prover.steps, (performance.now() - start) / 1000, use().each));
        const cancelled = signal?.aborted === true && !complete;
        if (options.checkpoints && (cancelled || checkpointer.due(prover.steps, complete))) await checkpoint();
        if (cancelled) break;
        waiting = performance.now();
      }
      await checkpointer.settle();
      if (prover.steps < model.steps) throwIfAborted(signal);
    });
    return { proof: prover.proof([]), output, seconds, pool: use() };
  } finally {
    await pool.close();
    await checkpointer.settle().catch(() => {});
  }
}

type AheadStep = Omit<PreparedStep, 'cmM'>;

interface Ahead {
  /** The network's input. */
  readonly state: Float64Array;
  /** Steps that are proven already; their activations are computed again, which costs next to nothing. */
  readonly from: number;
  readonly salts: RunSalts;
  readonly saltsOf: ReturnType<typeof stepSalts>;
}

/**
 * The steps' layer witnesses and commitments in order, made by the pool at most `window` ahead of the fold. The
 * activations between steps come from the slots alone, run in this thread at next to no cost.
 */
async function* layersAhead(
  engine: Engine,
  model: QuantizedModel,
  pool: FoldPool,
  { state: input, from, salts, saltsOf }: Ahead,
): AsyncGenerator<AheadStep> {
  const window = 2 * pool.workers;
  const queue: Promise<AheadStep>[] = [];
  let state = input;
  for (let j = 0; j < from; j++) state = stepOutput(model.plan.step, model.stepModel(j), state);
  for (let j = from, made = from; j < model.steps; j++) {
    for (; made < model.steps && queue.length < window; made++) {
      const entries = model.stepModel(made);
      const next = layersOf(pool, entries, modelBlinding(engine, salts.model, made), state, saltsOf(made));
      // a failure is met when the step's turn comes; until then it must not count as unhandled
      next.catch(() => {});
      queue.push(next);
      state = stepOutput(model.plan.step, entries, state);
    }
    yield await queue.shift()!;
  }
}

async function layersOf(
  pool: FoldPool,
  model: Float64Array,
  blinding: bigint,
  input: Float64Array,
  salts: readonly [bigint, bigint, bigint],
): Promise<AheadStep> {
  const { witness, commitment } = await pool.ahead('layers', { model, input, salts });
  return { model, modelBlinding: blinding, layers: witness, layerCommitment: commitment };
}

/** Layers of the network that the first `step` steps cover; the readout comes with the last. */
export function layersProven(model: QuantizedModel, step: number): number {
  return Math.min(model.layers, step * model.plan.step.slots + (step === model.steps ? 1 : 0));
}

function stepEvent(
  model: QuantizedModel,
  from: number,
  step: number,
  seconds: number,
  busy: readonly number[],
): ProgressEvent {
  return {
    type: 'step',
    from,
    step,
    steps: model.steps,
    layers: layersProven(model, step),
    seconds,
    secondsLeft: (seconds / (step - from)) * (model.steps - step),
    busy,
    rss: process.memoryUsage.rss(),
  };
}
