/**
 * The work in a fresh CycleFold instance, apart from the circuit's own building, so that a thread can do it: witness and
 * cross term, each with its share of the joint commitment Com(w || T) (protocol section 4).
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

/** A fresh instance's witness and the commitment to that; the cross term too where the running instance was known. */
export interface BegunCycleFold extends CycleFoldValues {
  readonly sum: Affine | null;
  readonly error?: CycleFoldError;
}

/** Who does it: this thread or another one. */
export interface CycleFoldWork {
  /** `running`: what it is going to be folded into, if that is known already. */
  begin(input: CycleFoldInput, running?: CycleFoldValues): Promise<BegunCycleFold>;
  cross(running: CycleFoldValues, begun: CycleFoldValues): Promise<CycleFoldError>;
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
export type CycleFoldBlinding = (begun: Pick<CycleFoldValues, 'z'>) => bigint;

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

  begin(input: CycleFoldInput, running?: CycleFoldValues): BegunCycleFold {
    const writer = new WitnessWriter(this.#engine, 'fq', { bits: 0, fields: this.#frame.fields });
    cycleFoldCircuit(writer, () => input);
    const { x, fields } = writer.finish();
    const z = concat([this.#engine.fq.encode([1n, ...x]), fields]);
    const begun = { z, forms: this.rows.forms(z), sum: this.#sum(0, fields) };
    return running ? { ...begun, error: this.cross(running, begun) } : begun;
  }

  cross(running: CycleFoldValues, begun: CycleFoldValues): CycleFoldError {
    const e = this.rows.cross(running.z, running.forms, begun.z, begun.forms);
    const blinding = this.#engine.fq.encode([this.#blindingOf(begun)]);
    return { e, blinding, sum: this.#sum(this.#frame.fields, concat([e, blinding])) };
  }

  #sum(at: number, values: Vec): Affine | null {
    const key = keyRange(this.#frame.key, at, values.length / FIELD_BYTES);
    return this.#engine.grumpkin.msm(key, { kind: 'full', values });
  }
}
