/**
 * Step four of the story: fold every layer of the network into one proof, on one input or on the items of a batch one
 * after the other.
 */
import { throwIfAborted } from '../errors.ts';
import { type EventListener, type ProgressEvent, stage } from '../events.ts';
import type { BatchTree } from '../folding/batch-tree.ts';
import { ChainProver } from '../folding/chain.ts';
import { clearBuffers, createBuffers } from '../folding/compute.ts';
import type { ChainBuffers } from '../folding/fresh-witness.ts';
import { restoreChain, startOfChain, startOfProgram } from '../folding/position.ts';
import { type FoldedProof, itemsBegun } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import type { StepSpec } from '../machine/spec.ts';
import { FoldPool, type PoolUse } from '../pool/fold-pool.ts';
import { Checkpointer, type CheckpointOptions, checkResumable } from './checkpoints.ts';
import { commitWith } from './commit.ts';
import { type RunItem, runItem, treeOf } from './items.ts';
import { MachineSteps } from './machine-steps.ts';
import { isMachineModel, openingOf, type ProvableModel, stepSpecOf } from './model.ts';
import type { PlannedModel, PlannedSlots } from './plan.ts';
import { plannedSteps } from './planned-memory.ts';
import { LayerPrefetch } from './prefetch.ts';
import type { RunSalts } from './salts.ts';
import { defaultWorkers } from './workers.ts';

/** Of a run: its threads, and how its progress is kept. */
export interface FoldOptions {
  /** Threads; by default LAYERFOLD_WORKERS or the number of cores. */
  readonly workers?: number | undefined;
  /** Cancels after the step under way with E_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
  /** Keeps the run's progress; with it a cancelled run saves one last checkpoint before it ends. */
  readonly checkpoints?: CheckpointOptions | undefined;
  /** A checkpoint of this model, plan, inputs and salts: the run goes on from it. It is verified first. */
  readonly resumeFrom?: FoldedProof | undefined;
}

/** Of `prove`. */
export interface ProveOptions extends FoldOptions {
  /** What hides private data; by default everything is public. */
  readonly salts?: RunSalts | undefined;
}

interface Folded {
  readonly proof: FoldedProof;
  /** Seconds of the fold's parts, over all steps; `layers` is the time that it waited for their witnesses. */
  readonly seconds: Readonly<Record<string, number>>;
  /** What the threads did while the steps were folded. */
  readonly pool: PoolUse;
}

/** A folded proof of one run. */
export interface Proved extends Folded {
  /** The integer run's logits, values and class. */
  readonly output: IntegerResult;
}

/** One folded proof of many runs of a network. */
export interface ProvedBatch extends Folded {
  /** Its root is in the proof; its paths show that an item is one of the batch. */
  readonly tree: BatchTree;
}

/**
 * Runs the network in integers, commits to it and folds all its steps. Memory does not grow with the depth.
 * @throws E_RANGE for an activation outside its range (before any folding), E_WORKER, E_ABORTED, E_REJECTED for a checkpoint
 *   that is false or of another run, and what saving a checkpoint throws
 */
export async function prove(planned: PlannedModel, input: Tensor, options: ProveOptions = {}): Promise<Proved> {
  return withThreads(planned, stepSpecOf(planned.model.plan), options, (threads) =>
    proveOn(threads, planned, input, options),
  );
}

/** The same on threads that serve several networks of one step circuit, one after the other. */
export async function proveOn(
  threads: FoldThreads,
  planned: PlannedModel,
  input: Tensor,
  options: Omit<ProveOptions, 'workers'> = {},
): Promise<Proved> {
  const item = await stage(options.on, 'integers', async () => runItem(planned, input, options.salts));
  return { ...(await foldItems(planned, threads, [item], undefined, options)), output: item.output };
}

/**
 * Folds the network on every item of a batch, one after the other, into ONE proof (protocol section 6).
 * @param items from `runItem`; at most 65,536
 * @throws as `prove`, and E_INPUT for no item or too many
 */
export async function proveBatch(
  planned: PlannedModel,
  items: readonly RunItem[],
  options: FoldOptions = {},
): Promise<ProvedBatch> {
  const tree = treeOf(planned, items);
  return withThreads(planned, stepSpecOf(planned.model.plan), options, async (threads) => {
    return { ...(await foldItems(planned, threads, items, tree, options)), tree };
  });
}

/** What folds, for as long as `withThreads` lasts. */
export interface FoldThreads {
  readonly pool: FoldPool;
  readonly buffers: ChainBuffers;
}

/** Threads start while `work` does its first things; they end with it. */
export async function withThreads<T>(
  { engine, system }: Pick<PlannedModel, 'engine' | 'system'>,
  step: StepSpec,
  { workers = defaultWorkers() }: Pick<FoldOptions, 'workers'>,
  work: (threads: FoldThreads) => Promise<T>,
): Promise<T> {
  const buffers = createBuffers(system);
  const pool = new FoldPool(engine, system, step, buffers, workers);
  try {
    return await work({ pool, buffers });
  } finally {
    await pool.close();
  }
}

async function foldItems(
  planned: PlannedModel,
  { pool, buffers }: FoldThreads,
  items: readonly RunItem[],
  tree: BatchTree | undefined,
  options: FoldOptions,
): Promise<Folded> {
  const { system, model, engine } = planned;
  const { signal, on, resumeFrom } = options;
  const checkpointer = new Checkpointer(options.checkpoints);
  try {
    const { points, digest } = await commitWith(planned, pool, { ...options, salt: items[0]!.salts.model });
    throwIfAborted(signal);
    const wires = { stepsPerNetwork: BigInt(model.steps), modelDigest: digest };
    if (resumeFrom) {
      const item = items[itemsBegun(resumeFrom.statement.steps, wires.stepsPerNetwork) - 1];
      const inputDigest = item?.digests.hIn;
      await checkResumable(resumeFrom, planned, { modelDigest: digest, root: tree?.root ?? 0n, inputDigest }, on);
    }
    const seconds: Record<string, number> = {};
    const count = (part: string, s: number): void => {
      seconds[part] = (seconds[part] ?? 0) + s;
    };
    if (!resumeFrom) clearBuffers(buffers);
    const position = resumeFrom
      ? restoreChain(engine, system, resumeFrom, buffers, tree)
      : isMachineModel(model)
        ? startOfProgram(engine, system, wires, openingOf(model), tree)
        : startOfChain(engine, system, wires, items[0]!.digests.hIn, tree);
    const prover = new ChainProver(engine, system, pool.compute, buffers, position, count);
    const from = prover.steps;
    const machine = isMachineModel(model)
      ? new MachineSteps(
          {
            ...{ planned: { ...planned, model }, pool, points, modelDigest: digest, items, on, signal },
            plannedOf: plannedBy(options, items, model.steps),
          },
          from,
        )
      : undefined;
    const prefetch = machine ?? new LayerPrefetch(planned as PlannedSlots, pool, points, items, from);
    const steps = items.length * model.steps;
    const checkpoint = async (): Promise<void> => {
      const start = performance.now();
      const proven = ((prover.steps - 1) % model.steps) + 1;
      const memory = await machine?.memoryAfter(prover.steps);
      await checkpointer.take({ ...prover.proof(points.slice(proven)), ...(memory && { memory }) });
      count('checkpoint', (performance.now() - start) / 1000);
    };
    const use = pool.span();
    await stage(on, 'fold', async () => {
      const start = performance.now();
      let waiting = start;
      for (let prepared = await prefetch.next(); prepared; prepared = await prefetch.next()) {
        count('layers', (performance.now() - waiting) / 1000);
        await prover.step(prepared, () => prefetch.fill());
        const complete = prover.steps === steps;
        const at = { from, step: prover.steps, steps, seconds: (performance.now() - start) / 1000 };
        on?.(stepEvent(model, at, use().each));
        const cancelled = signal?.aborted === true && !complete;
        if (options.checkpoints && (cancelled || checkpointer.due(prover.steps, complete))) await checkpoint();
        if (cancelled) break;
        waiting = performance.now();
      }
      await checkpointer.settle();
      if (prover.steps < steps) throwIfAborted(signal);
    }).finally(() => prover.settle());
    return { proof: prover.proof([]), seconds, pool: use() };
  } finally {
    await checkpointer.settle().catch(() => {});
  }
}

/** What an item's checkpoints are to show. Of the one under way that was fixed when its challenges were. */
function plannedBy(
  { checkpoints, resumeFrom }: FoldOptions,
  items: readonly RunItem[],
  steps: number,
): (item: number) => readonly number[] {
  const under = resumeFrom && Math.floor(resumeFrom.statement.steps / steps);
  return (item) =>
    item === under && resumeFrom && resumeFrom.statement.steps % steps !== 0
      ? (resumeFrom.memory?.planned ?? []).map((planned) => planned.steps)
      : plannedSteps(checkpoints?.every, items[item]!.salts, item * steps, steps);
}

/**
 * Layers that the first `step` steps cover, over all networks of a batch; the readout comes with a network's last. Of a program its
 * steps: they have no layers, and nobody who hears of them may learn how many operations a private network has.
 */
export function layersProven(model: ProvableModel, step: number): number {
  if (isMachineModel(model)) return step;
  const whole = Math.floor(step / model.steps);
  const into = step % model.steps;
  const some = into * model.plan.step.slots;
  return whole * model.layers + Math.min(model.layers, some);
}

function stepEvent(
  model: ProvableModel,
  { from, step, steps, seconds }: Record<'from' | 'step' | 'steps' | 'seconds', number>,
  busy: readonly number[],
): ProgressEvent {
  return {
    type: 'step',
    from,
    step,
    steps,
    layers: layersProven(model, step),
    seconds,
    secondsLeft: (seconds / (step - from)) * (steps - step),
    busy,
    rss: process.memoryUsage.rss(),
  };
}
