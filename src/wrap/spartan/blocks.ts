/** The committed vectors of a folded witness, block by block, padded and blinded as their commitments have them. */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { invariant } from '../../errors.ts';
import { rangeOf } from '../../folding/layout.ts';
import type { SpartanSystem } from './products.ts';

/** Opening of the folded instance U*. All vectors in the engine's internal form. */
export interface FoldedWitness {
  /** (u, x, M, B, F) without padding. */
  readonly z: Vec;
  /** The blinding entries of each block. */
  readonly blinding: readonly Vec[];
}

/** Coefficients of the committed polynomials: 2^log elements of each block, padded, the blinding entries last. */
export type CommittedBlocks = readonly Vec[];

export function committedBlocks(
  { matrix, layout }: Pick<SpartanSystem, 'matrix' | 'layout'>,
  { z, blinding }: FoldedWitness,
): CommittedBlocks {
  return layout.blocks.map((block, k) => {
    const entries = blinding[k]!;
    invariant(entries.length === block.blinding.count * FIELD_BYTES, 'length of the blinding entries');
    const out = zeros(2 ** block.log);
    if (block.bits) out.set(slice(z, ...rangeOf(matrix, block.bits.part)));
    out.set(slice(z, ...rangeOf(matrix, block.fields.part)), block.fields.at * FIELD_BYTES);
    out.set(entries, block.blinding.at * FIELD_BYTES);
    return out;
  });
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

/** The elements of these indices, in their order. */
export function take(source: Vec, indices: Uint32Array): Vec {
  const out = zeros(indices.length);
  gather(source, indices, out);
  return out;
}

/** The n-fold repetition of one element. */
export function repeated(engine: Engine, value: bigint, n: number): Vec {
  const out = zeros(n);
  const element = engine.fr.encode([value]);
  for (let k = 0; k < n; k++) out.set(element, k * FIELD_BYTES);
  return out;
}
