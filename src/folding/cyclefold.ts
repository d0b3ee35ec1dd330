/**
 * Folding CycleFold instances, the prover's side (protocol section 4, the Ova form): the fresh commitment is joint,
 * Com(w || T), so that one scalar multiplication folds witness and error.
 */

import { add } from '../algebra/curve.ts';
import type { Engine, Points, RowKernels, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { grumpkinGenerators } from '../algebra/grumpkin-generators.ts';
import { type Affine, GRUMPKIN_PARAMS, Q } from '../algebra/params.ts';
import { type ConstraintMatrix, compile } from '../circuit/compile.ts';
import { fqValue, limbsOf } from '../circuit/gadgets/fq.ts';
import { plainScalar } from '../circuit/gadgets/grumpkin.ts';
import { ShapeBuilder } from '../circuit/shape.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import { invariant } from '../errors.ts';
import { keyRange } from './commit.ts';
import { type CycleFoldInput, cycleFoldCircuit } from './cyclefold-circuit.ts';
import { CYCLEFOLD_INPUTS, type CycleFoldInstance } from './instance.ts';
import { randomElements } from './random.ts';

/** z = (u, x, w) with its form values, the error vector e = Q(z) and the blinding scalar; internal form. */
export interface CycleFoldWitness {
  readonly z: Vec;
  readonly forms: Vec;
  readonly e: Vec;
  readonly blinding: Vec;
}

export interface CycleFoldRunning {
  readonly instance: CycleFoldInstance<bigint>;
  readonly witness: CycleFoldWitness;
}

/** A fresh instance before its challenge: its commitment, and what folding will add. */
export interface FreshCycleFold {
  readonly input: CycleFoldInput;
  readonly commitment: Affine;
  readonly added: CycleFoldWitness;
}

/** A fresh instance of which only the witness is known: w and its share of the commitment, which is being summed. */
export interface BegunCycleFold {
  readonly z: Vec;
  readonly forms: Vec;
  readonly sum: Promise<Affine | null>;
}

/** A sum of scalars times the points of CycleFold's commitment key from index `at` on. */
export type KeySum = (at: number, scalars: Vec) => Promise<Affine | null>;

/** The circuit, its kernels and the commitment key (w, then e, then the blinding generator). */
export class CycleFold {
  readonly matrix: ConstraintMatrix;
  readonly generators: readonly Affine[];
  /** The generators, for the kernels. */
  readonly key: Points;
  readonly #engine: Engine;
  readonly #rows: RowKernels;

  constructor(engine: Engine) {
    const shape = new ShapeBuilder(Q);
    cycleFoldCircuit(shape, () => []);
    this.matrix = compile(shape);
    const { fields, rows } = this.matrix.sizes;
    this.generators = grumpkinGenerators(fields + rows + 1);
    this.#engine = engine;
    this.#rows = engine.fq.rows(this.matrix.matrix);
    this.key = engine.grumpkin.encodePoints(this.generators);
  }

  /** The running instance before any fold: everything zero but the blinding scalar, which is 1. */
  defaultRunning(): CycleFoldRunning {
    const { fq } = this.#engine;
    const { fields, rows, forms } = this.matrix.sizes;
    const zeros = (n: number): Vec => fq.encode(new Array<bigint>(n).fill(0n));
    return {
      instance: {
        c: this.generators[fields + rows]!,
        u: 0n,
        x: Array.from({ length: CYCLEFOLD_INPUTS }, () => limbsOf(0n)),
      },
      witness: {
        z: zeros(1 + CYCLEFOLD_INPUTS + fields),
        forms: zeros(forms),
        e: zeros(rows),
        blinding: fq.encode([1n]),
      },
    };
  }

  /** Commitment to w and e of a witness. Never infinity but with probability 1/q, which is refused. */
  commit({ z, e, blinding }: Pick<CycleFoldWitness, 'z' | 'e' | 'blinding'>): Affine {
    const w = z.subarray((1 + CYCLEFOLD_INPUTS) * FIELD_BYTES);
    const point = this.#engine.grumpkin.msm(this.key, { kind: 'full', values: concat([w, e, blinding]) });
    invariant(point, 'a CycleFold commitment is infinity');
    return point;
  }

  /** Sums in this thread. */
  readonly sum: KeySum = async (at, scalars) =>
    this.#engine.grumpkin.msm(keyRange(this.key, at, scalars.length / FIELD_BYTES), { kind: 'full', values: scalars });

  /** The witness of an instance, which needs no running one; its share of the commitment is started. */
  begin(input: CycleFoldInput, sum: KeySum = this.sum): BegunCycleFold {
    const { fq } = this.#engine;
    const writer = new WitnessWriter(this.#engine, 'fq', { bits: 0, fields: this.matrix.sizes.fields });
    cycleFoldCircuit(writer, () => input);
    const { x, fields } = writer.finish();
    const ofWitness = sum(0, fields);
    // awaited in `fresh`: if the rest fails first, this failure must not stay unhandled
    ofWitness.catch(() => {});
    const z = concat([fq.encode([1n, ...x]), fields]);
    return { z, forms: this.#rows.forms(z), sum: ofWitness };
  }

  /** Witness and joint commitment of a fresh instance, the cross term taken against `running`. */
  async fresh(
    running: CycleFoldRunning,
    input: CycleFoldInput,
    sum: KeySum = this.sum,
    begun: BegunCycleFold = this.begin(input, sum),
  ): Promise<FreshCycleFold> {
    const { z, forms } = begun;
    const e = this.#rows.cross(running.witness.z, running.witness.forms, z, forms);
    const blinding = this.#engine.fq.encode(randomElements(Q, 1));
    const error = await sum(this.matrix.sizes.fields, concat([e, blinding]));
    const commitment = add(GRUMPKIN_PARAMS, await begun.sum, error);
    invariant(commitment, 'a CycleFold commitment is infinity');
    return { input, commitment, added: { z, forms, e, blinding } };
  }

  /** Folds with challenge s: n = n(s); C' = C + n C2, and everything else alike. Changes running's buffers. */
  fold(running: CycleFoldRunning, fresh: FreshCycleFold, s: bigint): CycleFoldRunning {
    const { fq, grumpkin } = this.#engine;
    const n = plainScalar(s);
    const k = fq.encode([n % Q]);
    for (const part of ['z', 'forms', 'e', 'blinding'] as const) {
      fq.axpy(running.witness[part], k, fresh.added[part]);
    }
    const product = grumpkin.msm(grumpkin.encodePoints([fresh.commitment]), { kind: 'full', values: k });
    const c = add(GRUMPKIN_PARAMS, running.instance.c, product);
    invariant(c, 'a folded CycleFold commitment is infinity');
    const x = running.instance.x.map((limbs, j) => limbsOf((fqValue(limbs) + n * fresh.input[j]!) % Q));
    return { instance: { c, u: running.instance.u + n, x }, witness: running.witness };
  }

  /** Form values of a witness. */
  forms({ z }: Pick<CycleFoldWitness, 'z'>): Vec {
    return this.#rows.forms(z);
  }

  /** Q(z) of a witness, recomputed. */
  errors({ z }: Pick<CycleFoldWitness, 'z'>): Vec {
    return this.#rows.quadratic(z, this.#rows.forms(z));
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
