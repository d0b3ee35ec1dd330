/**
 * KZG-compatible commitments [p(tau)]_1 to the blocks of a step (protocol section 2). Commitments are sums of points,
 * so each part of a block is committed where and when it is known: layers ahead of the fold, the chain's part in it.
 */
import { type Engine, POINT_BYTES, type Points, type Scalars, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { hash, nativeSponge } from '../algebra/sponge.ts';
import { invariant } from '../errors.ts';
import { type Layout, MODEL_BLINDING, WITNESS_BLINDING } from './layout.ts';

/** Scalars for the powers of tau from `at` on. */
export interface Piece {
  readonly at: number;
  readonly scalars: Scalars;
}

export function scalarCount(scalars: Scalars): number {
  if (scalars.kind === 'bits') return scalars.bits.length;
  return scalars.kind === 'small' ? scalars.values.length : scalars.values.length / 32;
}

/** The points that `scalars` multiplies when it starts at index `at`. Throws E_BUG beyond the key. */
export function keyRange(key: Points, at: number, count: number): Points {
  invariant((at + count) * POINT_BYTES <= key.length, 'a commitment reaches beyond its key');
  return key.subarray(at * POINT_BYTES, (at + count) * POINT_BYTES);
}

export function commitPieces(engine: Engine, key: Points, pieces: readonly Piece[]): Affine | null {
  const { g1 } = engine;
  return g1.sum(pieces.map(({ at, scalars }) => g1.msm(keyRange(key, at, scalarCount(scalars)), scalars)));
}

/** Where the model block and its blinding entry stand. */
export function modelPieces(layout: Layout, model: Float64Array, blinding: Vec): Piece[] {
  return [
    { at: 0, scalars: { kind: 'small', values: model } },
    { at: 2 ** layout.modelLog - MODEL_BLINDING, scalars: { kind: 'full', values: blinding } },
  ];
}

/** Where the layers' part of P stands. */
export function layerPieces(
  layout: Layout,
  part: { readonly bits: Uint8Array; readonly small: Float64Array; readonly fields: Vec },
): Piece[] {
  const fields = 2 ** layout.bitLog;
  return [
    { at: 0, scalars: { kind: 'bits', bits: part.bits } },
    { at: fields, scalars: { kind: 'small', values: part.small } },
    { at: fields + part.small.length, scalars: { kind: 'full', values: part.fields } },
  ];
}

/** Where the blinding entries of P stand. */
export function blindingPiece({ witnessLog }: Layout, blinding: Vec): Piece {
  return { at: 2 ** witnessLog - WITNESS_BLINDING, scalars: { kind: 'full', values: blinding } };
}

/** H(salt, j): the blinding entry of layer step j; salt 0 for a public model. Never zero. */
export function modelBlinding(engine: Engine, salt: bigint, j: number): bigint {
  const blinding = hash(nativeSponge(engine), 'model-blinding', [salt, BigInt(j)]);
  invariant(blinding !== 0n, 'a model blinding is zero');
  return blinding;
}

/** Commitment to the model block of layer step j. */
export function commitModel(
  engine: Engine,
  key: Points,
  layout: Layout,
  model: Float64Array,
  blinding: bigint,
): Affine {
  const point = commitPieces(engine, key, modelPieces(layout, model, engine.fr.encode([blinding])));
  invariant(point, 'a model commitment is infinity');
  return point;
}
