/** CurveKernels on the module's curve functions. Multi-scalar multiplication has its own file (msm.ts). */
import { FoldError, invariant } from '../../errors.ts';
import { add, double } from '../curve.ts';
import type { CurveKernels, Points, Scalars, Vec } from '../engine.ts';
import { POINT_BYTES } from '../engine.ts';
import type { Affine, CurveParams } from '../params.ts';
import type { WasmField } from '../wasm/fields.ts';
import type { WasmModule } from '../wasm/module.ts';
import { fixedBase } from './fixed-base.ts';
import { Msm } from './msm.ts';
import { PointSums } from './point-sums.ts';

export class KernelCurve implements CurveKernels {
  private readonly base: WasmField;
  private readonly scalars: WasmField;
  private readonly params: CurveParams;
  private readonly scalarBits: number;
  private readonly sums: PointSums;
  private readonly multi: Msm;

  /** `base` and `scalars`: the fields of the coordinates and of the scalars. */
  constructor(module: WasmModule, prefix: string, params: CurveParams, base: WasmField, scalars: WasmField) {
    this.base = base;
    this.scalars = scalars;
    this.params = params;
    this.scalarBits = params.order.toString(2).length;
    this.sums = new PointSums(module, prefix, {
      degree: 1,
      add: (p, q) => this.encodePoints([add(params, this.decodePoints(p)[0]!, this.decodePoints(q)[0]!)]),
    });
    this.multi = new Msm(this.sums, scalars);
  }

  encodePoints(points: readonly (Affine | null)[]): Points {
    invariant(!points.some((p) => p?.x === 0n && p.y === 0n), 'the point (0, 0) would read as infinity');
    return this.base.encode(points.flatMap((p) => (p ? [p.x, p.y] : [0n, 0n])));
  }

  decodePoints(points: Points): (Affine | null)[] {
    const coordinates = this.base.decode(points);
    return Array.from({ length: pointCount(points) }, (_, i) => {
      const [x, y] = [coordinates[2 * i]!, coordinates[2 * i + 1]!];
      return x === 0n && y === 0n ? null : { x, y };
    });
  }

  fromCanonicalPoints(bytes: Uint8Array): Points {
    if (bytes.length % POINT_BYTES !== 0) {
      throw new FoldError('E_FORMAT', 'Points have a wrong total length.', {
        expected: `a multiple of ${POINT_BYTES} bytes`,
        got: `${bytes.length} bytes`,
      });
    }
    return this.base.fromCanonical(bytes);
  }

  toCanonicalPoints(points: Points): Uint8Array {
    pointCount(points);
    return this.base.toCanonical(points);
  }

  onCurve(points: Points): boolean {
    const { arena } = this.sums.module;
    return arena.scratch(() => this.sums.fn('on_curve')(arena.put(points), pointCount(points)) === 1);
  }

  msm(bases: Points, scalars: Scalars): Affine | null {
    return this.decodePoints(this.multi.sum(bases, scalars))[0]!;
  }

  shareTables(key: Points, memory: SharedArrayBuffer): void {
    this.multi.shareTables(key, memory);
  }

  fixedBase(base: Affine, scalars: Vec): Points {
    return fixedBase(this.sums, this.scalars, this.scalarBits, scalars, (count) => {
      const powers: (Affine | null)[] = [base];
      while (powers.length < count) powers.push(double(this.params, powers[powers.length - 1]!));
      return this.encodePoints(powers);
    });
  }
}

/** Number of points of a Points. */
function pointCount(points: Points): number {
  invariant(points.length % POINT_BYTES === 0, `points of ${points.length} bytes`);
  return points.length / POINT_BYTES;
}
