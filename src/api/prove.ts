/** Step four of the story: fold every layer of the network on one input into one proof. */
import type { Engine } from '../algebra/engine.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { throwIfAborted } from '../errors.ts';
import { type EventListener, type ProgressEvent, stage } from '../events.ts';
import { ChainProver, type PreparedStep } from '../folding/chain.ts';
import { modelBlinding } from '../folding/commit.ts';
import { createBuffers } from '../folding/compute.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type IntegerResult, quantizeInput, runInteger } from '../ir/run.ts';
import { activationDigest, stepOutput } from '../layers/step.ts';
import { FoldPool } from '../pool/pool.ts';
import { commitWith } from './commit.ts';
import type { PlannedModel } from './plan.ts';
import { PUBLIC, type RunSalts, stepSalts } from './salts.ts';
import { defaultWorkers } from './workers.ts';

export interface ProveOptions {
  /** Threads; by default LAYERFOLD_WORKERS or the number of cores. */
  readonly workers?: number | undefined;
  /** Cancels between steps with E_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
  /** What hides private data; by default everything is public. */
  readonly salts?: RunSalts | undefined;
}

export interface Proved {
  readonly proof: FoldedProof;
  /** The integer run's logits, values and class. */
  readonly output: IntegerResult;
  /** Seconds of the fold's parts, over all steps. */
  readonly seconds: Readonly<Record<string, number>>;
}

/**
 * Runs the network in integers, commits to it and folds all its steps. Memory does not grow with the depth.
 * @throws E_RANGE for an activation outside its range (before any folding), E_WORKER, E_ABORTED
 */
export async function prove(planned: PlannedModel, input: Tensor, options: ProveOptions = {}): Promise<Proved> {
  const { system, model, engine } = planned;
  const { signal, on, salts = PUBLIC } = options;
  const output = await stage(on, 'integers', async () => runInteger(model, input));
  const buffers = createBuffers(system);
  const pool = new FoldPool(system, model.plan.step, buffers, options.workers ?? defaultWorkers());
  try {
    const { points, digest } = await commitWith(planned, pool, { ...options, salt: salts.model });
    throwIfAborted(signal);
    const { state } = quantizeInput(model, input);
    const wires = { stepsPerNetwork: BigInt(model.steps), modelDigest: digest, root: 0n };
    const seconds: Record<string, number> = {};
    const prover = new ChainProver(
      engine,
      system,
      pool.compute,
      buffers,
      wires,
      activationDigest(nativeSponge(engine), model.plan.step, state, salts.input),
      (part, s) => {
        seconds[part] = (seconds[part] ?? 0) + s;
      },
    );
    await stage(on, 'fold', async () => {
      const start = performance.now();
      for await (const prepared of layersAhead(engine, model, pool, state, salts)) {
        throwIfAborted(signal);
        await prover.step({ ...prepared, cmM: points[prover.steps]! });
        on?.(stepEvent(model, prover.steps, (performance.now() - start) / 1000));
      }
    });
    return { proof: prover.proof([]), output, seconds };
  } finally {
    await pool.close();
  }
}

type AheadStep = Omit<PreparedStep, 'cmM'>;

/**
 * The steps' layer witnesses and commitments in order, made by the pool at most `window` ahead of the fold. The
 * activations between steps come from the slots alone, run in this thread at next to no cost.
 */
async function* layersAhead(
  engine: Engine,
  model: QuantizedModel,
  pool: FoldPool,
  input: Float64Array,
  salts: RunSalts,
): AsyncGenerator<AheadStep> {
  const ofStep = stepSalts(salts);
  const window = 2 * pool.workers;
  const queue: Promise<AheadStep>[] = [];
  let state = input;
  for (let j = 0, made = 0; j < model.steps; j++) {
    for (; made < model.steps && queue.length < window; made++) {
      const entries = model.stepModel(made);
      const next = layersOf(pool, entries, modelBlinding(engine, salts.model, made), state, ofStep.next());
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

function stepEvent(model: QuantizedModel, step: number, seconds: number): ProgressEvent {
  return {
    type: 'step',
    step,
    steps: model.steps,
    layers: Math.min(model.layers, step * model.plan.step.slots + (step === model.steps ? 1 : 0)),
    seconds,
    secondsLeft: (seconds / step) * (model.steps - step),
    rss: process.memoryUsage.rss(),
  };
}
