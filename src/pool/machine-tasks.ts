/**
 * What the threads of a fold do for the tensor machine: a step's trace and its share of the block P. The run's memory is shared and
 * comes with each task.
 */
import type { Engine, Points } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { type BlockValues, commitTrace } from '../folding/commit.ts';
import type { Layout } from '../folding/layout.ts';
import { ChallengeWriter, type MachineState } from '../machine/challenge-writer.ts';
import type { Memory } from '../machine/memory.ts';
import type { MachineShape } from '../machine/shape.ts';
import { TraceWriter } from '../machine/trace-writer.ts';

/** A step of a run on the machine. */
export interface MachineTask {
  readonly memory: Memory;
  readonly j: number;
  /** Its model entries. */
  readonly model: Float64Array;
}

/** What of a step's blocks depends on the run: the trace, and the layers' share of P. */
export interface MachineWitness {
  readonly trace: BlockValues;
  readonly share: BlockValues;
  /** What leaves the step. */
  readonly next: MachineState<bigint>;
}

const NO_FIELDS = new Uint8Array(0);
const NO_BITS = new Uint8Array(0);
const NO_INTEGERS = new Float64Array(0);

export class MachineTasks {
  readonly #engine: Engine;
  readonly #key: Points;
  readonly #layout: Pick<Layout, 'blocks'>;
  readonly #shape: MachineShape;
  readonly #challenges: ChallengeWriter;

  constructor(engine: Engine, key: Points, layout: Pick<Layout, 'blocks'>, shape: MachineShape) {
    this.#engine = engine;
    this.#key = key;
    this.#layout = layout;
    this.#shape = shape;
    this.#challenges = new ChallengeWriter(engine, shape);
  }

  /** Commitment to the trace of a step. */
  commit(task: MachineTask, blinding: bigint): Affine {
    return commitTrace(this.#engine, this.#key, this.#layout, this.#trace(task), blinding);
  }

  write(task: MachineTask, state: MachineState<bigint>): MachineWitness {
    const trace = this.#trace(task);
    const { fields, next } = this.#challenges.write(task.j, task.model, trace.small, state);
    return { trace, share: { bits: NO_BITS, small: NO_INTEGERS, fields }, next };
  }

  #trace({ memory, j, model }: MachineTask): BlockValues {
    const writer = new TraceWriter({ shape: this.#shape, nodeOf: () => '' }, memory);
    return { ...writer.write(j, model), fields: NO_FIELDS };
  }
}
