/**
 * The steps' layer witnesses and commitments, made by the pool ahead of the fold. They depend on nothing that the fold does, so
 * they are what threads do while the fold has no work for them.
 */
import type { Engine } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { ofChainBlock } from '../folding/blocks.ts';
import type { PreparedStep } from '../folding/chain.ts';
import { layerRanges, modelBlinding, smallValues } from '../folding/commit.ts';
import type { Layout } from '../folding/layout.ts';
import { layerWires } from '../folding/state.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { quantizeInput } from '../ir/run.ts';
import { stepOutput } from '../layers/step-witness.ts';
import { commitInBackground } from '../pool/compute.ts';
import type { FoldPool } from '../pool/fold-pool.ts';
import type { RunItem } from './items.ts';
import type { PlannedSlots } from './plan.ts';
import { stepSalts } from './salts.ts';

/** One step of the chain as its layers see it. */
interface StepTask {
  readonly model: Float64Array;
  /** Commitment to its model block. */
  readonly cmM: Affine;
  readonly blinding: bigint;
  readonly input: Float64Array;
  readonly salts: readonly [bigint, bigint, bigint];
}

/**
 * The steps of all items in order, from step `from` of the chain on. The activations between steps come from the slots
 * alone, run in this thread at next to no cost; those of steps that are proven already too.
 */
function* stepTasks(
  engine: Engine,
  model: QuantizedModel,
  points: readonly Affine[],
  items: readonly RunItem[],
  from: number,
): Generator<StepTask> {
  for (let q = Math.floor(from / model.steps); q < items.length; q++) {
    const { input, salts, digests } = items[q]!;
    const saltsOf = stepSalts(engine, salts, digests.hIn);
    let { state } = quantizeInput(model, input);
    for (let j = 0; j < model.steps; j++) {
      const entries = model.stepModel(j);
      const blinding = modelBlinding(engine, salts.model, j);
      const task = { model: entries, cmM: points[j]!, blinding, input: state, salts: saltsOf(j) };
      if (q * model.steps + j >= from) yield task;
      state = stepOutput(model.plan.step, entries, state);
    }
  }
}

/** At most two steps for each worker are under way or wait to be taken, in the order of the chain. */
export class LayerPrefetch {
  readonly #engine: Engine;
  readonly #pool: FoldPool;
  readonly #layout: Layout;
  readonly #tasks: Generator<StepTask>;
  readonly #queue: Promise<PreparedStep>[] = [];
  #begun = 0;
  #ended = false;

  /**
   * The steps of all items from step `from` of the chain on.
   * @param points commitments to the model blocks of a network's steps
   */
  constructor(
    { engine, model, system }: PlannedSlots,
    pool: FoldPool,
    points: readonly Affine[],
    items: readonly RunItem[],
    from: number,
  ) {
    this.#engine = engine;
    this.#pool = pool;
    this.#layout = system.layout;
    this.#tasks = stepTasks(engine, model, points, items, from);
  }

  /** Starts work on further steps; to be called while this thread would only wait for others. Never throws. */
  fill(): void {
    while (!this.#ended && this.#queue.length < 2 * this.#pool.workers) {
      const next = this.#start();
      if (!next) return;
      // a failure is met when the step's turn comes; until then it must not count as unhandled
      next.catch(() => {});
      this.#queue.push(next);
    }
  }

  #start(): Promise<PreparedStep> | undefined {
    try {
      const task = this.#tasks.next();
      this.#ended = task.done === true;
      return task.done ? undefined : layersOf(this.#engine, this.#pool, this.#layout, task.value, this.#begun++);
    } catch (error) {
      this.#ended = true;
      return Promise.reject(error);
    }
  }

  /** The next step; undefined after the last. */
  async next(): Promise<PreparedStep | undefined> {
    if (this.#queue.length === 0) this.fill();
    const next = this.#queue.shift();
    return next && this.#pool.waitFor(next);
  }
}

async function layersOf(
  engine: Engine,
  pool: FoldPool,
  layout: Layout,
  { model, cmM, blinding, input, salts }: StepTask,
  turn: number,
): Promise<PreparedStep> {
  const { digests, bits, small, fields } = await pool.run('layers', { model, input, salts }, 'later', turn);
  const values = { bits, small, fields };
  const commitment = await commitInBackground(engine, pool, layerRanges(ofChainBlock(layout.blocks), values), turn);
  const ofModel = { values: smallValues(model), commitment: cmM, blinding: [blinding] };
  return { wires: layerWires(digests), blocks: [ofModel, { values, commitment }] };
}
