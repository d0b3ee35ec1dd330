/**
 * Sums and multiples in G2 of BN254, the points of order r on the twist y^2 = x^3 + 3 / (9 + i) over Fq2. Only a Groth16 key and
 * its prover need them; the engine has no G2. A point takes 128 bytes: x0, x1, y0, y1; infinity is all zero.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { invariant } from '../../errors.ts';
import type { Scalars, Vec } from '../engine.ts';
import { POINT_BYTES } from '../engine.ts';
import { R } from '../params.ts';
import { count, type WasmField } from './fields.ts';
import { fixedBase } from './fixed-base.ts';
import type { WasmModule } from './instance.ts';
import { PointSums } from './point-sums.ts';
import { magnitudesOf, windowSums } from './windows.ts';

export const G2 = 'g2';
const TWIST_POINT_BYTES = 2 * POINT_BYTES;
const SCALAR_BITS = R.toString(2).length;

export type TwistPoint = typeof bn254.G2.Point.BASE;
const { Point } = bn254.G2;

export class KernelTwist {
  private readonly base: WasmField;
  private readonly scalars: WasmField;
  private readonly sums: PointSums;

  /** `base` and `scalars`: Fq and Fr. */
  constructor(module: WasmModule, base: WasmField, scalars: WasmField) {
    this.base = base;
    this.scalars = scalars;
    this.sums = new PointSums(module, G2, {
      degree: 2,
      add: (p, q) => this.encode([this.decode(p)[0]!.add(this.decode(q)[0]!)]),
      horner: (points) => this.encode([this.decode(points).reduceRight((sum, p) => sum.double().add(p), Point.ZERO)]),
    });
  }

  /** Internal form of points of @noble/curves. */
  encode(points: readonly TwistPoint[]): Uint8Array {
    const affine = points.map((p) => p.toAffine());
    return this.base.encode(affine.flatMap(({ x, y }) => [x.c0, x.c1, y.c0, y.c1]));
  }

  /** Does not check that they are on the curve. */
  decode(points: Uint8Array): TwistPoint[] {
    const c = this.base.decode(points);
    return Array.from({ length: points.length / TWIST_POINT_BYTES }, (_, i) => {
      const [x0, x1, y0, y1] = c.slice(4 * i, 4 * i + 4) as [bigint, bigint, bigint, bigint];
      return Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
    });
  }

  /**
   * sum scalars[i] bases[i], safe for equal, opposite and infinite points. Full scalars are not halved by the endomorphism:
   * half the windows of twice the points are as many additions.
   */
  msm(bases: Uint8Array, scalars: Exclude<Scalars, { kind: 'bits' }>): TwistPoint {
    invariant(bases.length === TWIST_POINT_BYTES * scalarCount(scalars), `${bases.length} bytes of points`);
    const magnitudes = scalars.kind === 'small' ? magnitudesOf(scalars.values) : this.magnitudes(scalars.values);
    const { arena } = this.sums.module;
    return arena.scratch(() => {
      const sum = windowSums(this.sums, arena.put(bases), magnitudes);
      return this.decode(arena.take(sum, TWIST_POINT_BYTES))[0]!;
    });
  }

  /** scalars[i] * base for every i. */
  fixedBase(base: TwistPoint, scalars: Vec): Uint8Array {
    return fixedBase(this.sums, this.scalars, SCALAR_BITS, scalars, (n) => {
      const powers = [base];
      while (powers.length < n) powers.push(powers[powers.length - 1]!.double());
      return this.encode(powers);
    });
  }

  private magnitudes(values: Vec) {
    const words = new Uint32Array(this.scalars.toCanonical(values).buffer);
    return { words, perScalar: 8, negative: new Uint8Array(count(values)) };
  }
}

function scalarCount(scalars: Exclude<Scalars, { kind: 'bits' }>): number {
  return scalars.kind === 'small' ? scalars.values.length : count(scalars.values);
}
