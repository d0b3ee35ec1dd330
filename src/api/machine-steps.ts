/**
 * The steps of a program's runs, made ready ahead of the fold. A run is gone through twice: first all of its traces are committed,
 * from which its challenges are squeezed; then each step is written again, now with what depends on them. Between the two only
 * the memory's vectors are kept.
 */

import type { Affine } from '../algebra/params.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { invariant, throwIfAborted } from '../errors.ts';
import { counter, type EventListener, stage } from '../events.ts';
import { ofChainBlock } from '../folding/blocks.ts';
import type { PreparedStep } from '../folding/chain.ts';
import { layerRanges, modelBlinding, smallValues, traceBlinding } from '../folding/commit.ts';
import { challengesOf } from '../folding/memory.ts';
import type { PrefixMemory } from '../folding/planned.ts';
import type { MachineState } from '../machine/challenge-writer.ts';
import { startDigest } from '../machine/interface.ts';
import type { Memory } from '../machine/memory.ts';
import { modelLayout } from '../machine/program.ts';
import { sharedDoubles } from '../machine/run-step.ts';
import { commitInBackground } from '../pool/compute.ts';
import type { FoldPool } from '../pool/fold-pool.ts';
import type { MachineWitness } from '../pool/machine-tasks.ts';
import type { RunItem } from './items.ts';
import { type MachineModel, takeMemory } from './model.ts';
import type { PlannedModel } from './plan.ts';
import { type PlannedMemory, planMemory } from './planned-memory.ts';
import { traceSeed } from './salts.ts';

/** Of a run of a program. */
export interface ProgramRun {
  readonly planned: PlannedModel & { readonly model: MachineModel };
  readonly pool: FoldPool;
  /** Commitments to the model blocks of the steps. */
  readonly points: readonly Affine[];
  readonly modelDigest: bigint;
  readonly items: readonly RunItem[];
  /** After how many of its steps an item's checkpoints show its memory. */
  readonly plannedOf: (item: number) => readonly number[];
  readonly on?: EventListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One item between the passes. */
interface TracedItem {
  readonly memory: Memory;
  readonly cmT: readonly Affine[];
  readonly blindings: readonly bigint[];
  /** Of its planned checkpoints. */
  readonly toShow: PlannedMemory;
  /** Where its first step begins. */
  readonly start: MachineState<bigint>;
}

/** Model entries of steps under way, in shared memory, which threads get without a copy for each task; used again and again. */
class SharedEntries {
  readonly #places: Float64Array[];

  /** @param steps under way at most */
  constructor(steps: number, size: number) {
    this.#places = Array.from({ length: steps }, () => sharedDoubles(size));
  }

  /** The entries of a step; those of the step so many before it are no longer needed. */
  put(step: number, entries: Float64Array): Float64Array {
    const place = this.#places[step % this.#places.length]!;
    place.set(entries);
    return place;
  }
}

/** At most two steps for each worker are under way or wait to be taken, in the order of the chain. */
export class MachineSteps {
  readonly #run: ProgramRun;
  readonly #steps: number;
  readonly #queue: Promise<PreparedStep>[] = [];
  readonly #entries: SharedEntries;
  /** The next step to be started, and the next one to be taken. */
  #at: number;
  #taken: number;
  #item: Promise<TracedItem> | undefined;
  /** Items by their numbers, as long as steps of theirs are taken. */
  readonly #traced = new Map<number, Promise<TracedItem>>();
  /** What enters the next step to be started. */
  #state: Promise<MachineState<bigint>> | undefined;

  /** @param from the step of the chain that comes first: the ones before it are proven */
  constructor(run: ProgramRun, from: number) {
    this.#run = run;
    // those in the queue, and the one that was taken from it
    this.#entries = new SharedEntries(2 * run.pool.workers + 1, modelLayout(run.planned.model.program.shape).size);
    this.#steps = run.items.length * run.planned.model.steps;
    this.#at = from;
    this.#taken = from;
    if (from % run.planned.model.steps !== 0) this.#begin(from);
  }

  /** Starts work on further steps; to be called while this thread would only wait for others. Never throws. */
  fill(): void {
    while (this.#at < this.#steps && this.#queue.length < 2 * this.#run.pool.workers) {
      const next = this.#start(this.#at++);
      // a failure is met when the step's turn comes; until then it must not count as unhandled
      next.catch(() => {});
      this.#queue.push(next);
    }
  }

  /** The next step; undefined after the last. */
  async next(): Promise<PreparedStep | undefined> {
    if (this.#queue.length === 0) this.fill();
    const index = Math.floor(this.#taken++ / this.#run.planned.model.steps);
    for (const before of this.#traced.keys()) if (before < index) this.#traced.delete(before);
    const next = this.#queue.shift();
    return next && this.#run.pool.waitFor(next);
  }

  /**
   * What a checkpoint has of the memory after as many steps of the chain as were taken; undefined where a network ends, and where none
   * is planned.
   */
  async memoryAfter(steps: number): Promise<PrefixMemory | undefined> {
    const { model } = this.#run.planned;
    const index = Math.floor(steps / model.steps);
    const own = steps % model.steps;
    const item = await (own === 0 ? undefined : this.#traced.get(index));
    if (!item || item.toShow.planned.length === 0) return undefined;
    const live = item.toShow.liveAfter(own);
    return { traces: item.cmT.slice(own), planned: item.toShow.planned, ...(live && { live }) };
  }

  /** The item of a step of the chain. What enters that step follows from those before it in its network: they are written again. */
  #begin(step: number): void {
    const { pool, planned } = this.#run;
    const { model } = planned;
    const index = Math.floor(step / model.steps);
    const item = traceItem(this.#run, index);
    this.#traced.set(index, item);
    const entering = async (): Promise<MachineState<bigint>> => {
      const { memory, start } = await item;
      let state = start;
      for (let j = 0; j < step % model.steps; j++)
        state = (await pool.run('machineStep', { memory, j, model: model.stepModel(j), state }, 'later', step)).next;
      return state;
    };
    this.#item = item;
    this.#state = entering();
    this.#state.catch(() => {});
  }

  #start(step: number): Promise<PreparedStep> {
    const { pool, planned } = this.#run;
    const { model } = planned;
    const j = step % model.steps;
    if (j === 0) this.#begin(step);
    const [item, state] = [this.#item, this.#state];
    invariant(item && state, 'a step of no item');
    const entries = this.#entries.put(step, model.stepModel(j));
    const written = (async (): Promise<[MachineWitness, MachineState<bigint>]> => {
      const [{ memory }, entering] = await Promise.all([item, state]);
      return [await pool.run('machineStep', { memory, j, model: entries, state: entering }, 'later', step), entering];
    })();
    this.#state = written.then(([{ next }]) => next);
    this.#state.catch(() => {});
    return prepare(this.#run, step, entries, item, written);
  }
}

async function prepare(
  { planned, pool, points, items }: ProgramRun,
  step: number,
  entries: Float64Array,
  item: Promise<TracedItem>,
  written: Promise<[MachineWitness, MachineState<bigint>]>,
): Promise<PreparedStep> {
  const { engine, system, model } = planned;
  const j = step % model.steps;
  const { salts } = items[Math.floor(step / model.steps)]!;
  const [{ trace, share, next }, enter] = await written;
  const { cmT, blindings, toShow } = await item;
  const ranges = layerRanges(ofChainBlock(system.layout.blocks), share);
  const commitment = await commitInBackground(engine, pool, ranges, step);
  return {
    wires: { position: BigInt(j), enter: { ...enter }, leave: { ...next } },
    ...(j === 0 && { salts: [salts.input, salts.output], planned: toShow.digest }),
    blocks: [
      {
        values: smallValues(entries),
        commitment: points[j]!,
        blinding: [modelBlinding(engine, salts.model, j)],
      },
      { values: trace, commitment: cmT[j]!, blinding: [blindings[j]!] },
      { values: share, commitment },
    ],
  };
}

/** The first pass of an item. */
async function traceItem(run: ProgramRun, index: number): Promise<TracedItem> {
  const { planned, pool, modelDigest, items, on, signal } = run;
  const { engine, system, model } = planned;
  const { input, salts, digests } = items[index]!;
  return stage(on, 'trace', async () => {
    const { steps } = model;
    const memory = takeMemory(model, input);
    const seed = traceSeed(engine, salts, digests.hIn);
    const blindings = Array.from({ length: steps }, (_, j) => traceBlinding(engine, seed, index, j));
    const cmT: Affine[] = [];
    const told = counter(on, 'trace', 'steps');
    const window = 2 * pool.workers;
    const entries = new SharedEntries(window, modelLayout(model.program.shape).size);
    for (let from = 0; from < steps; from += window) {
      throwIfAborted(signal);
      const count = Math.min(window, steps - from);
      const some = Array.from({ length: count }, (_, k) => {
        const j = from + k;
        const own = entries.put(j, model.stepModel(j));
        return pool.run('commitTrace', { memory, j, model: own, blinding: blindings[j]! }, 'later');
      });
      cmT.push(...(await pool.waitFor(Promise.all(some))));
      told(cmT.length, steps);
    }
    const sponge = nativeSponge(engine);
    const toShow = planMemory(model, input, memory, run.plannedOf(index));
    const { alpha, gamma, rho } = challengesOf(sponge, { pp: system.pp, modelDigest }, cmT, toShow.digest);
    const start = {
      hIn: startDigest(sponge, 'inputs', salts.input),
      o: startDigest(sponge, 'outputs', salts.output),
      ...{ k: 0n, sum: 0n, alpha, gamma, rho },
    };
    return { memory, cmT, blindings, toShow, start };
  });
}
