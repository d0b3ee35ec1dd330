/**
 * The one interface behind which all fast arithmetic lives. Nothing above this file knows an engine.
 *
 * Data layout: a `Vec` holds n field elements of 32 bytes each in the engine's INTERNAL form (for example
 * Montgomery); only the engine reads those bytes. A `Points` holds n affine points, 64 bytes each (x, y),
 * internal form too, the point at infinity being 64 zero bytes; the field's zero is 32 zero bytes. Both are plain Uint8Array, usually over a
 * SharedArrayBuffer, so that the threads of the pool share them. An engine instance belongs to one thread.
 * All engines of one run must be of one kind: internal forms are not exchanged between kinds or written to disk.
 */

import type { ModuleImage } from './module/instance.ts';
import type { Affine } from './params.ts';

/** n field elements, 32 bytes each, internal form. */
export type Vec = Uint8Array;
/** n affine points, 64 bytes each, internal form. */
export type Points = Uint8Array;

export const FIELD_BYTES = 32;
export const POINT_BYTES = 64;

/** Room for tables of about 24,000 points of a key; pages that stay untouched cost nothing. */
export const SHARED_TABLE_BYTES = 16 * 2 ** 20;

/** Scalars of a multi-scalar multiplication, by kind, because the kinds cost very different amounts. */
export type Scalars =
  /** One byte per scalar, each 0 or 1. */
  | { readonly kind: 'bits'; readonly bits: Uint8Array }
  /** Exact integers, |v| <= 2^53. */
  | { readonly kind: 'small'; readonly values: Float64Array }
  /** Elements of the curve's scalar field, internal form. */
  | { readonly kind: 'full'; readonly values: Vec };

/**
 * Rows of one constraint system in the flat form the kernels sweep (made by circuit/compile.ts).
 * A variable index addresses z; an operand index addresses z for o < variables and form o - variables else.
 * Form f = sum over k in [formStart[f], formStart[f+1]) of coefficients[formCoef[k]] * z[formVar[k]].
 * Row i = sum over k in [rowStart[i], rowStart[i+1]) of coefficients[prodCoef[k]] * op[prodA[k]] * op[prodB[k]].
 * S-box k is the row op[boxIn[k]]^5 - z[boxOut[k]] u^4, u = z[0].
 */
export interface RowMatrix {
  readonly variables: number;
  readonly formStart: Uint32Array;
  readonly formVar: Uint32Array;
  readonly formCoef: Uint32Array;
  readonly rowStart: Uint32Array;
  readonly prodA: Uint32Array;
  readonly prodB: Uint32Array;
  readonly prodCoef: Uint32Array;
  readonly boxIn: Uint32Array;
  readonly boxOut: Uint32Array;
  /** Distinct coefficients, 32-byte little-endian canonical; index 0 is 1 and index 1 is -1. */
  readonly coefficients: Uint8Array;
}

/**
 * Sweeps over one RowMatrix. `from`/`to` bound the forms or rows, so that workers can share a sweep. `into`, here and below:
 * a Vec of the result's length that takes it and is returned, instead of a new one.
 */
export interface RowKernels {
  /** Values of forms [from, to) at z. */
  forms(z: Vec, from?: number, to?: number, into?: Vec): Vec;
  /** Quadratic rows [from, to), q(z); `forms` are all the form values at z. */
  quadratic(z: Vec, forms: Vec, from?: number, to?: number): Vec;
  /** S-boxes [from, to) at z. */
  boxes(z: Vec, forms: Vec, from?: number, to?: number, into?: Vec): Vec;
  /**
   * For S-boxes [from, to), l1 and out1 their operands at z1, l2 and out2 at z2, and a weight each: the weighted sums of
   * l1^4 l2, l1^3 l2^2, l1^2 l2^3, l1 l2^4, out1 and out2.
   */
  boxSums(z1: Vec, forms1: Vec, z2: Vec, forms2: Vec, weights: Vec, from?: number, to?: number): Vec;
  /** Rows [from, to) of the quadratic rows' cross term T: q(z1 + X z2) = q(z1) + X T + X^2 q(z2). */
  cross(z1: Vec, forms1: Vec, z2: Vec, forms2: Vec, from?: number, to?: number, into?: Vec): Vec;
}

export interface FieldKernels {
  readonly modulus: bigint;

  // conversions
  encode(values: readonly bigint[]): Vec;
  decode(v: Vec): bigint[];
  /** 32-byte little-endian canonical integers to internal form. Throws E_FORMAT on a value >= modulus. */
  fromCanonical(bytes: Uint8Array): Vec;
  toCanonical(v: Vec): Uint8Array;
  /** Exact integers |v| <= 2^53 to internal form. */
  fromSmall(values: Float64Array, into?: Vec): Vec;
  /** Bytes 0/1 to internal form. */
  fromBits(bits: Uint8Array, into?: Vec): Vec;

  // elementwise; operands of equal length, a new Vec is returned
  add(a: Vec, b: Vec): Vec;
  sub(a: Vec, b: Vec): Vec;
  mul(a: Vec, b: Vec): Vec;
  /** Inverses; 0 maps to 0. */
  inverse(v: Vec): Vec;

  // sweeps; k, u are single elements
  /** y += k x, in place. */
  axpy(y: Vec, k: Vec, x: Vec): void;
  /** y[i] += k where bits[i] is 1, in place. */
  axpyBits(y: Vec, k: Vec, bits: Uint8Array): void;
  /** sum a[i] b[i]. */
  dot(a: Vec, b: Vec): Vec;
  /** Rows b(b - u) of a bit block. */
  bitRows(b: Vec, u: Vec): Vec;
  /** Cross term of the bit rows against a fresh block of bits with u = 1: b2 ? b1 - u1 : -b1. */
  bitCross(b1: Vec, u1: Vec, bits2: Uint8Array, into?: Vec): Vec;
  /** All 2^n values eq(point, i); coordinate j weighs bit j of i. */
  eqTable(point: Vec): Vec;
  /**
   * The n+1 coefficients, lowest first, of h(X) = <eq(rho + X delta), values>; values has 2^n elements
   * (protocol section 3, step 1). n = 0 is not allowed.
   */
  linePolynomial(values: Vec, rho: Vec, delta: Vec): Vec;
  rows(matrix: RowMatrix): RowKernels;
}

/** Points that are folded in by a challenge. */
export interface FoldTerm {
  readonly points: Points;
  readonly r: bigint;
}

export interface CurveKernels {
  /** Affine points from bigints; null is infinity. Does not check that they are on the curve. */
  encodePoints(points: readonly (Affine | null)[]): Points;
  decodePoints(points: Points): (Affine | null)[];
  /** 64-byte little-endian canonical x, y (all zero: infinity) to internal form; throws E_FORMAT on non-canonical bytes. */
  fromCanonicalPoints(bytes: Uint8Array): Points;
  toCanonicalPoints(points: Points): Uint8Array;
  /** True when every point is on the curve or infinity. */
  onCurve(points: Points): boolean;
  /** The sum of a few points; safe for equal, opposite and infinite ones. */
  sum(points: readonly (Affine | null)[]): Affine | null;
  /** sum scalars[i] bases[i]; safe for equal, opposite and infinite points. */
  msm(bases: Points, scalars: Scalars): Affine | null;
  /**
   * Threads that sum over the same key in shared memory make tables of its multiples together: each calls this once with
   * the key and one memory of SHARED_TABLE_BYTES, zero at the start, before the first sum.
   */
  shareTables(key: Points, memory: SharedArrayBuffer): void;
  /**
   * The rounds acc <- (acc + points[k]) + acc from acc = start: for each of them the slopes of both additions and the
   * x-coordinates of acc + points[k] and of the new acc, 4 elements of the coordinates' field a round. Points need not be on the
   * curve. Throws E_BUG where an addition is exceptional (equal x-coordinates).
   */
  ladder(start: Affine, points: Points): Vec;
  /**
   * left[i] + the sum of n(r) points[i] over the terms, for every i. n(r): the scalar of a challenge of 128 bits (protocol section 5).
   * Terms that are folded in at once share their doublings. Safe for all points.
   */
  foldPoints(left: Points, terms: readonly FoldTerm[]): Points;
  /** scalars[i] * base for every i, by fixed-base windows. Scalars: internal form. */
  fixedBase(base: Affine, scalars: Vec): Points;
}

/** Native Poseidon over Fr with circomlib's constants; t (2..17) is the width. */
export interface PoseidonKernel {
  /** Makes the tables of width t, which else its first use does, so that the engine's image has them. */
  prepare(t: number): void;
  /** Permutes t elements into a new Vec. */
  permute(t: number, state: Vec): Vec;
  /** Also writes x^5 of every S-box in order of execution to `trace` from element `at` on; returns the new state. */
  permuteTraced(t: number, state: Vec, trace: Vec, at: number): Vec;
  /** As `permute`; `powers` takes x^2 of every S-box in order of execution, then x^4 of every one, then x^5. */
  permutePowers(t: number, state: Vec, powers: Vec): Vec;
}

/**
 * What another thread makes an engine of the same kind from (`createEngine`) without assembling code or generating tables:
 * a message to it shares the code and copies the rest.
 */
export interface EngineImage {
  readonly module: ModuleImage;
  /** Poseidon's tables by width, of the widths that were used. */
  readonly poseidon: Map<number, Vec>;
}

export interface Engine {
  readonly name: string;
  readonly fr: FieldKernels;
  readonly fq: FieldKernels;
  /** Scalars in Fr. */
  readonly g1: CurveKernels;
  /** Scalars in Fq. */
  readonly grumpkin: CurveKernels;
  readonly poseidon: PoseidonKernel;
  /** What other threads make theirs from. */
  readonly image: EngineImage;
}
