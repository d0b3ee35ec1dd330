/**
 * Folding CycleFold instances, the prover's side (protocol section 4, the Ova form): the fresh commitment is joint,
 * Com(w || T), so that one scalar multiplication folds witness and error.
 */

import { concat } from '../algebra/concat.ts';
import type { Engine, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { grumpkinGenerators, prepareGenerators } from '../algebra/grumpkin-generators.ts';
import { type Affine, Q } from '../algebra/params.ts';
import { type ConstraintMatrix, compile } from '../circuit/compile.ts';
import { fqValue, limbsOf } from '../circuit/gadgets/fq.ts';
import { plainScalar } from '../circuit/gadgets/grumpkin.ts';
import { ShapeBuilder } from '../circuit/shape.ts';
import { invariant } from '../errors.ts';
import { type CycleFoldInput, cycleFoldCircuit } from './cyclefold-circuit.ts';
import {
  type CycleFoldBlinding,
  type CycleFoldFrame,
  type CycleFoldValues,
  type CycleFoldWork,
  CycleFoldWriter,
} from './cyclefold-witness.ts';
import { CYCLEFOLD_INPUTS, type CycleFoldInstance } from './instance.ts';

/** z and its form values, the error vector e = Q(z) and the blinding scalar; internal form. */
export interface CycleFoldWitness extends CycleFoldValues {
  readonly e: Vec;
  readonly blinding: Vec;
}

export interface CycleFoldRunning {
  readonly instance: CycleFoldInstance<bigint>;
  readonly witness: CycleFoldWitness;
}

/** A fresh instance before it is known what it is folded into: its values, and the commitment to w, being summed. */
export interface BegunCycleFold extends CycleFoldValues {
  readonly sum: Promise<Affine | null>;
}

/** A fresh instance before its challenge: its commitment, and what folding will add. */
export interface FreshCycleFold {
  readonly input: CycleFoldInput;
  readonly commitment: Affine;
  readonly added: CycleFoldWitness;
}

/** The circuit, its kernels and the commitment key (w, then e, then the blinding generator). */
export class CycleFold {
  readonly matrix: ConstraintMatrix;
  readonly generators: readonly Affine[];
  /** For threads that do the work of a fresh instance. */
  readonly frame: CycleFoldFrame;
  /** The work of a fresh instance in this thread. */
  readonly work: CycleFoldWork;
  readonly #engine: Engine;
  readonly #writer: CycleFoldWriter;

  constructor(engine: Engine) {
    const shape = new ShapeBuilder(Q);
    cycleFoldCircuit(shape, () => []);
    this.matrix = compile(shape);
    const { fields, rows } = this.matrix.sizes;
    // one more: where the final proof's chain of additions starts
    prepareGenerators(engine.fr, fields + rows + 2);
    this.generators = grumpkinGenerators(fields + rows + 1);
    this.#engine = engine;
    this.frame = { matrix: this.matrix.matrix, fields, key: engine.grumpkin.encodePoints(this.generators) };
    this.#writer = new CycleFoldWriter(engine, this.frame);
    this.work = workOf(this.#writer);
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
    const point = this.#engine.grumpkin.msm(this.frame.key, { kind: 'full', values: concat([w, e, blinding]) });
    invariant(point, 'a CycleFold commitment is infinity');
    return point;
  }

  /** The work of a fresh instance in this thread, with blinding scalars that are not drawn. */
  workWith(blindingOf: CycleFoldBlinding): CycleFoldWork {
    return workOf(new CycleFoldWriter(this.#engine, this.frame, blindingOf));
  }

  /** What of a fresh instance needs no running one. */
  begin(input: CycleFoldInput, work: CycleFoldWork = this.work): BegunCycleFold {
    const { w, ...values } = this.#writer.write(input);
    const sum = work.commit(w);
    // awaited later: should another part fail first, this failure must not stay unhandled
    sum.catch(() => {});
    return { ...values, sum };
  }

  /** Witness and joint commitment of a fresh instance, the cross term taken against the running `witness`. */
  async fresh(
    { witness }: Pick<CycleFoldRunning, 'witness'>,
    input: CycleFoldInput,
    work: CycleFoldWork = this.work,
    { z, forms, sum }: BegunCycleFold = this.begin(input, work),
  ): Promise<FreshCycleFold> {
    const { e, blinding, sum: ofError } = await work.cross(valuesOf(witness), { z, forms });
    const commitment = this.#engine.grumpkin.sum([await sum, ofError]);
    invariant(commitment, 'a CycleFold commitment is infinity');
    return { input, commitment, added: { z, forms, e, blinding } };
  }

  /** Folds with challenge s, n = n(s): adds n times the fresh witness in the buffers of the running one. */
  foldWitness(running: CycleFoldWitness, { added }: FreshCycleFold, s: bigint): void {
    const { fq } = this.#engine;
    const k = fq.encode([plainScalar(s) % Q]);
    for (const part of ['z', 'forms', 'e', 'blinding'] as const) fq.axpy(running[part], k, added[part]);
  }

  /** The instance of that: C' = C + n C2, and u and x alike. */
  foldInstance(
    running: CycleFoldInstance<bigint>,
    { commitment, input }: FreshCycleFold,
    s: bigint,
  ): CycleFoldInstance<bigint> {
    const { fq, grumpkin } = this.#engine;
    const n = plainScalar(s);
    const values = fq.encode([n % Q]);
    const product = grumpkin.msm(grumpkin.encodePoints([commitment]), { kind: 'full', values });
    const c = grumpkin.sum([running.c, product]);
    invariant(c, 'a folded CycleFold commitment is infinity');
    const x = running.x.map((limbs, j) => limbsOf((fqValue(limbs) + n * input[j]!) % Q));
    return { c, u: running.u + n, x };
  }

  /** Form values of a witness. */
  forms({ z }: Pick<CycleFoldWitness, 'z'>): Vec {
    return this.#writer.rows.forms(z);
  }

  /** Q(z) of a witness, recomputed. */
  errors({ z }: Pick<CycleFoldWitness, 'z'>): Vec {
    return this.#writer.rows.quadratic(z, this.#writer.rows.forms(z));
  }
}

const workOf = (writer: CycleFoldWriter): CycleFoldWork => ({
  commit: async (w) => writer.commit(w),
  cross: async (running, fresh) => writer.cross(running, fresh),
});

/** What of a running witness a cross term is taken against. */
const valuesOf = ({ z, forms }: CycleFoldWitness): CycleFoldValues => ({ z, forms });
