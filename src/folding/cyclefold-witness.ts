/**
 * The work in a fresh CycleFold instance, apart from the circuit's own building: its witness, which is short, and the two shares of the joint
 * commitment Com(w || T) (protocol section 4), which need nothing of each other, so that two threads can sum them side by side.
 */
import { concat } from '../algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Points, type RowKernels, type RowMatrix, type Vec } from '../algebra/engine.ts';
import { type Affine, Q } from '../algebra/params.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import { keyRange } from './commit.ts';
import { type CycleFoldInput, cycleFoldCircuit } from './cyclefold-circuit.ts';
import { randomElements } from './random.ts';

/** z = (u, x, w) with its form values; internal form. */
export interface CycleFoldValues {
  readonly z: Vec;
  readonly forms: Vec;
}

/** The cross term against a running instance and its blinding scalar, and the commitment to both. */
export interface CycleFoldError {
  readonly e: Vec;
  readonly blinding: Vec;
  readonly sum: Affine | null;
}

/** Who does it: this thread or another one. */
export interface CycleFoldWork {
  /** The share of w in the commitment. */
  commit(w: Vec): Promise<Affine | null>;
  cross(running: CycleFoldValues, fresh: CycleFoldValues): Promise<CycleFoldError>;
}

/** What the work needs to know; it can be sent to a thread. */
export interface CycleFoldFrame {
  readonly matrix: RowMatrix;
  /** Length of w. */
  readonly fields: number;
  /** For w, then e, then the blinding scalar. */
  readonly key: Points;
}

/** Blinding scalar of the fresh instance with these values. */
export type CycleFoldBlinding = (fresh: Pick<CycleFoldValues, 'z'>) => bigint;

const drawn: CycleFoldBlinding = () => randomElements(Q, 1)[0]!;

export class CycleFoldWriter {
  readonly #engine: Engine;
  readonly #frame: CycleFoldFrame;
  readonly #blindingOf: CycleFoldBlinding;
  readonly rows: RowKernels;

  /** @param blindingOf draws one, unless a fold must come out the same when it is made again */
  constructor(engine: Engine, frame: CycleFoldFrame, blindingOf = drawn) {
    this.#engine = engine;
    this.#frame = frame;
    this.#blindingOf = blindingOf;
    this.rows = engine.fq.rows(frame.matrix);
  }

  /** The values of a fresh instance, and w of them. */
  write(input: CycleFoldInput): CycleFoldValues & { readonly w: Vec } {
    const writer = new WitnessWriter(this.#engine, 'fq', { bits: 0, fields: this.#frame.fields });
    cycleFoldCircuit(writer, () => input);
    const { x, fields } = writer.finish();
    const z = concat([this.#engine.fq.encode([1n, ...x]), fields]);
    return { z, forms: this.rows.forms(z), w: fields };
  }

  commit(w: Vec): Affine | null {
    return this.#sum(0, w);
  }

  cross(running: CycleFoldValues, fresh: CycleFoldValues): CycleFoldError {
    const e = this.rows.cross(running.z, running.forms, fresh.z, fresh.forms);
    const blinding = this.#engine.fq.encode([this.#blindingOf(fresh)]);
    return { e, blinding, sum: this.#sum(this.#frame.fields, concat([e, blinding])) };
  }

  #sum(at: number, values: Vec): Affine | null {
    const key = keyRange(this.#frame.key, at, values.length / FIELD_BYTES);
    return this.#engine.grumpkin.msm(key, { kind: 'full', values });
  }
}
