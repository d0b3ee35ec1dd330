/**
 * Folding CycleFold instances, the prover's side (protocol section 4, the Ova form): the fresh commitment is joint,
 * Com(w || T), so that one scalar multiplication folds witness and error.
 */

import { concat } from '../algebra/concat.ts';
import type { Engine, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { grumpkinGenerators } from '../algebra/grumpkin-generators.ts';
import { type Affine, Q } from '../algebra/params.ts';
import { type ConstraintMatrix, compile } from '../circuit/compile.ts';
import { fqValue, limbsOf } from '../circuit/gadgets/fq.ts';
import { plainScalar } from '../circuit/gadgets/grumpkin.ts';
import { ShapeBuilder } from '../circuit/shape.ts';
import { invariant } from '../errors.ts';
import { type CycleFoldInput, cycleFoldCircuit } from './cyclefold-circuit.ts';
import {
  type BegunCycleFold,
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

  /** Witness and joint commitment of a fresh instance, the cross term taken against `running`. */
  async fresh(
    running: CycleFoldRunning,
    input: CycleFoldInput,
    work: CycleFoldWork = this.work,
    begun: Promise<BegunCycleFold> = work.begin(input, valuesOf(running.witness)),
  ): Promise<FreshCycleFold> {
    const { z, forms, sum, error } = await begun;
    const { e, blinding, sum: ofError } = error ?? (await work.cross(valuesOf(running.witness), { z, forms }));
    const commitment = this.#engine.grumpkin.sum([sum, ofError]);
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
    const c = grumpkin.sum([running.instance.c, product]);
    invariant(c, 'a folded CycleFold commitment is infinity');
    const x = running.instance.x.map((limbs, j) => limbsOf((fqValue(limbs) + n * fresh.input[j]!) % Q));
    return { instance: { c, u: running.instance.u + n, x }, witness: running.witness };
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
  begin: async (input, running) => writer.begin(input, running),
  cross: async (running, begun) => writer.cross(running, begun),
});

/** What of a running witness a cross term is taken against. */
export const valuesOf = ({ z, forms }: CycleFoldWitness): CycleFoldValues => ({ z, forms });
