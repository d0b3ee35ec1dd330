/** CurveKernels on the module's curve functions. Multi-scalar multiplication has its own file (msm.ts). */
import { invariant } from '../../errors.ts';
import { add, double } from '../curve.ts';
import {
  type CurveKernels,
  FIELD_BYTES,
  type FoldTerm,
  POINT_BYTES,
  type Points,
  type Scalars,
  type Vec,
} from '../engine.ts';
import { ROUND_BYTES } from '../kernels/curve/ladder.ts';
import { EXCEPTIONAL } from '../ladder.ts';
import type { Affine, CurveParams } from '../params.ts';
import type { WasmField } from './fields.ts';
import { fixedBase } from './fixed-base.ts';
import type { WasmModule } from './instance.ts';
import { Msm } from './msm.ts';
import { PointBytes, pointCount } from './point-bytes.ts';
import { foldPoints } from './point-folding.ts';
import { PointSums } from './point-sums.ts';

export class KernelCurve extends PointBytes implements CurveKernels {
  private readonly scalars: WasmField;
  private readonly params: CurveParams;
  private readonly scalarBits: number;
  private readonly sums: PointSums;
  private readonly multi: Msm;

  /** `base` and `scalars`: the fields of the coordinates and of the scalars. */
  constructor(module: WasmModule, prefix: string, params: CurveParams, base: WasmField, scalars: WasmField) {
    super(base);
    this.scalars = scalars;
    this.params = params;
    this.scalarBits = params.order.toString(2).length;
    this.sums = new PointSums(module, prefix, {
      degree: 1,
      add: (p, q) => this.encodePoints([add(params, this.decodePoints(p)[0]!, this.decodePoints(q)[0]!)]),
    });
    this.multi = new Msm(this.sums, scalars);
  }

  onCurve(points: Points): boolean {
    const { arena } = this.sums.module;
    return arena.scratch(() => this.sums.fn('on_curve')(arena.put(points), pointCount(points)) === 1);
  }

  sum(points: readonly (Affine | null)[]): Affine | null {
    if (points.length === 0) return null;
    const { arena } = this.sums.module;
    const sum = arena.scratch(() => {
      const at = arena.put(this.encodePoints(points));
      const starts = arena.putWords(Uint32Array.of(0, points.length));
      this.sums.sumSegments(at, starts, 1, points.length);
      return arena.take(at, POINT_BYTES);
    });
    return this.decodePoints(sum)[0]!;
  }

  msm(bases: Points, scalars: Scalars): Affine | null {
    return this.decodePoints(this.multi.sum(bases, scalars))[0]!;
  }

  shareTables(key: Points, memory: SharedArrayBuffer): void {
    this.multi.shareTables(key, memory);
  }

  ladder(start: Affine, points: Points): Vec {
    const n = pointCount(points);
    if (n === 0) return new Uint8Array();
    const { arena } = this.sums.module;
    return arena.scratch(() => {
      const [from, through] = [arena.put(this.encodePoints([start])), arena.put(points)];
      const [zs, rises] = [arena.alloc(2 * n * FIELD_BYTES), arena.alloc(2 * n * FIELD_BYTES)];
      const out = arena.alloc(n * ROUND_BYTES);
      // The chain of the batch inversion.
      arena.reserve((2 * n + 1) * FIELD_BYTES);
      invariant(this.sums.fn('ladder')(from, through, n, zs, rises, out) === 1, EXCEPTIONAL);
      return arena.take(out, n * ROUND_BYTES);
    });
  }

  foldPoints(left: Points, terms: readonly FoldTerm[]): Points {
    invariant(
      terms.every(({ points }) => points.length === left.length),
      'as many points in every term',
    );
    return foldPoints(this.sums, left, terms);
  }

  fixedBase(base: Affine, scalars: Vec): Points {
    return fixedBase(this.sums, this.scalars, this.scalarBits, scalars, (count) => {
      const powers: (Affine | null)[] = [base];
      while (powers.length < count) powers.push(double(this.params, powers[powers.length - 1]!));
      return this.encodePoints(powers);
    });
  }
}
