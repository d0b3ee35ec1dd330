/**
 * KZG-compatible commitments [p(tau)]_1 to the blocks of a step (protocol section 2). Commitments are sums of points,
 * so each part of a block is committed where and when it is known: layers ahead of the fold, the chain's part in it.
 */
import { type Engine, POINT_BYTES, type Points, type Scalars, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { hash, nativeSponge } from '../algebra/sponge.ts';
import { invariant } from '../errors.ts';
import { MODEL, TRACE } from './blocks.ts';
import type { BlockLayout, Layout } from './layout.ts';

/** Scalars for the powers of tau from `at` on. */
export interface ScalarRange {
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

export function commitRanges(engine: Engine, key: Points, ranges: readonly ScalarRange[]): Affine | null {
  const { g1 } = engine;
  return g1.sum(ranges.map(({ at, scalars }) => g1.msm(keyRange(key, at, scalarCount(scalars)), scalars)));
}

/** Values of a part of a block whose bits and entries are known as what they are. */
export interface BlockValues {
  readonly bits: Uint8Array;
  /** Small integers; they come first after the bits. */
  readonly small: Float64Array;
  readonly fields: Vec;
}

/** A block, or a part of one, of small integers alone. */
export function smallValues(small: Float64Array): BlockValues {
  return { bits: new Uint8Array(0), small, fields: new Uint8Array(0) };
}

/** Where the layers' part of a block stands. */
export function layerRanges({ fields }: BlockLayout, { bits, small, fields: full }: BlockValues): ScalarRange[] {
  const ranges: ScalarRange[] = [
    { at: 0, scalars: { kind: 'bits', bits } },
    { at: fields.at, scalars: { kind: 'small', values: small } },
    { at: fields.at + small.length, scalars: { kind: 'full', values: full } },
  ];
  return ranges.filter(({ scalars }) => scalarCount(scalars) > 0);
}

/** Where the blinding entries of a block stand. */
export function blindingRange({ blinding }: BlockLayout, values: Vec): ScalarRange {
  return { at: blinding.at, scalars: { kind: 'full', values } };
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
  { blocks }: Pick<Layout, 'blocks'>,
  model: Float64Array,
  blinding: bigint,
): Affine {
  return commitWhole(engine, key, blocks[MODEL]!, smallValues(model), blinding);
}

/** H(seed, item, j): the blinding entry of a trace. A new seed for each run; from it a resumed run makes the same commitments. */
export function traceBlinding(engine: Engine, seed: bigint, item: number, j: number): bigint {
  const blinding = hash(nativeSponge(engine), 'trace-blinding', [seed, BigInt(item), BigInt(j)]);
  invariant(blinding !== 0n, 'a trace blinding is zero');
  return blinding;
}

/** Commitment to a machine's trace. */
export function commitTrace(
  engine: Engine,
  key: Points,
  { blocks }: Pick<Layout, 'blocks'>,
  trace: BlockValues,
  blinding: bigint,
): Affine {
  return commitWhole(engine, key, blocks[TRACE]!, trace, blinding);
}

/** To a block that is known ahead, with its one blinding entry. */
function commitWhole(engine: Engine, key: Points, block: BlockLayout, values: BlockValues, blinding: bigint): Affine {
  const ranges = [...layerRanges(block, values), blindingRange(block, engine.fr.encode([blinding]))];
  const point = commitRanges(engine, key, ranges);
  invariant(point, 'a commitment is infinity');
  return point;
}
