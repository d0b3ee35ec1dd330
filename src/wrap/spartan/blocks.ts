/** The committed vectors M and P of a folded witness, padded and blinded as their commitments have them. */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { invariant } from '../../errors.ts';
import { MODEL_BLINDING, WITNESS_BLINDING } from '../../folding/layout.ts';
import type { SpartanSystem } from './products.ts';

/** Opening of the folded instance U*. All vectors in the engine's internal form. */
export interface FoldedWitness {
  /** (u, x, M, B, F) without padding. */
  readonly z: Vec;
  readonly modelBlinding: Vec;
  readonly witnessBlinding: Vec;
}

/** Coefficients of the committed polynomials. */
export interface CommittedBlocks {
  /** 2^modelLog elements, the blinding entry last. */
  readonly model: Vec;
  /** 2^witnessLog elements: bits at 0, fields at 2^bitLog, the four blinding entries last. */
  readonly witness: Vec;
}

export function committedBlocks(
  { matrix, layout }: Pick<SpartanSystem, 'matrix' | 'layout'>,
  { z, modelBlinding, witnessBlinding }: FoldedWitness,
): CommittedBlocks {
  const { offsets, sizes } = matrix;
  invariant(modelBlinding.length === MODEL_BLINDING * FIELD_BYTES, 'length of the model blinding');
  invariant(witnessBlinding.length === WITNESS_BLINDING * FIELD_BYTES, 'length of the witness blinding');
  const model = zeros(2 ** layout.modelLog);
  model.set(slice(z, offsets.model, offsets.model + sizes.model));
  model.set(modelBlinding, model.length - modelBlinding.length);
  const witness = zeros(2 ** layout.witnessLog);
  witness.set(slice(z, offsets.bits, offsets.bits + sizes.bits));
  witness.set(slice(z, offsets.fields, offsets.fields + sizes.fields), 2 ** layout.bitLog * FIELD_BYTES);
  witness.set(witnessBlinding, witness.length - witnessBlinding.length);
  return { model, witness };
}

/** Elements [from, to), a view. */
export function slice(v: Vec, from: number, to: number): Vec {
  return v.subarray(from * FIELD_BYTES, to * FIELD_BYTES);
}

/** n zeros. */
export function zeros(n: number): Vec {
  return new Uint8Array(n * FIELD_BYTES);
}

/** A copy of v with zeros up to n elements. */
export function padded(v: Vec, n: number): Vec {
  const out = zeros(n);
  out.set(v);
  return out;
}

/** Copies elements of `source` by index to the given positions of `target` (0, 1, 2, ... by default). */
export function gather(source: Vec, indices: Uint32Array, target: Vec, positions?: Uint32Array): void {
  for (let k = 0; k < indices.length; k++) {
    const from = indices[k]! * FIELD_BYTES;
    target.set(source.subarray(from, from + FIELD_BYTES), (positions ? positions[k]! : k) * FIELD_BYTES);
  }
}

/** The n-fold repetition of one element. */
export function repeated(engine: Engine, value: bigint, n: number): Vec {
  const out = zeros(n);
  const element = engine.fr.encode([value]);
  for (let k = 0; k < n; k++) out.set(element, k * FIELD_BYTES);
  return out;
}
