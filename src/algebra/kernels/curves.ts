/** CurveKernels on the module's curve functions. Multi-scalar multiplication has its own file (msm.ts). */
import { FoldError, invariant } from '../../errors.ts';
import { double } from '../curve.ts';
import type { CurveKernels, Points, Scalars, Vec } from '../engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../engine.ts';
import type { Affine, CurveParams } from '../params.ts';
import { count, type WasmField } from '../wasm/fields.ts';
import type { WasmModule } from '../wasm/module.ts';
import { bucketSums } from './buckets.ts';
import { DigitReader, sortByScalar } from './digits.ts';
import { Msm } from './msm.ts';
import { PointSums } from './point-sums.ts';

/** Scalars per turn of fixedBase; bounds its scratch memory (about 30 MB). */
const FIXED_BASE_CHUNK = 1 << 14;
const MAX_FIXED_BITS = 12;

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
    const codec = {
      params,
      decode: (points: Points) => this.decodePoints(points),
      encode: (points: readonly (Affine | null)[]) => this.encodePoints(points),
    };
    this.sums = new PointSums(module, prefix, codec);
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

  /**
   * Signed windows of w bits: entry d of window k is (d + 1) 2^(w k) base, so that a product is one addition per window. The
   * additions of all scalars run side by side.
   */
  fixedBase(base: Affine, scalars: Vec): Points {
    const n = count(scalars);
    const out = new Uint8Array(n * POINT_BYTES);
    if (n === 0) return out;
    const { arena } = this.sums.module;
    const bits = this.fixedWindowBits(n);
    const windows = Math.floor(this.scalarBits / bits) + 1;
    arena.scratch(() => {
      const table = this.windowTable(base, bits, windows);
      for (let from = 0; from < n; from += FIXED_BASE_CHUNK) {
        const part = scalars.subarray(from * FIELD_BYTES, (from + FIXED_BASE_CHUNK) * FIELD_BYTES);
        out.set(this.lookUp(table, part, bits, windows), from * POINT_BYTES);
      }
    });
    return out;
  }

  private fixedWindowBits(n: number): number {
    const cost = (bits: number) => (Math.floor(this.scalarBits / bits) + 1) * (n + 2 ** (bits - 1));
    let best = 2;
    for (let bits = 3; bits <= MAX_FIXED_BITS; bits++) if (cost(bits) < cost(best)) best = bits;
    return best;
  }

  /** Address of the table: for each window the multiples 1 .. 2^(bits - 1) of 2^(bits window) base. */
  private windowTable(base: Affine, bits: number, windows: number): number {
    const { arena } = this.sums.module;
    const entries = 2 ** (bits - 1);
    const table = arena.alloc(windows * entries * POINT_BYTES);
    const at = (window: number, multiple: number) => table + (window * entries + multiple - 1) * POINT_BYTES;
    let power: Affine | null = base;
    for (let window = 0; window < windows; window++) {
      for (let j = 0; j < bits; j++, power = double(this.params, power)) {
        arena.write(at(window, 2 ** j), this.encodePoints([power]));
      }
    }
    // Round r makes the multiples between m = 2^(r + 1) and 2 m: copies of 1 .. m - 1, to which m is added.
    this.sums.rounds((windows * entries) / 2, (r, pair) => {
      const m = 2 ** (r + 1);
      if (m >= entries) return;
      for (let window = 0; window < windows; window++) {
        arena.view(at(window, 1), (2 * m - 1) * POINT_BYTES, (view) => {
          view.copyWithin(m * POINT_BYTES, 0, (m - 1) * POINT_BYTES);
        });
        for (let d = m + 1; d < 2 * m; d++) pair(at(window, d), at(window, m));
      }
    });
    return table;
  }

  private lookUp(table: number, scalars: Vec, bits: number, windows: number): Points {
    const { arena } = this.sums.module;
    const n = count(scalars);
    const words = new Uint32Array(this.scalars.toCanonical(scalars).buffer);
    const reader = new DigitReader({ words, perScalar: words.length / n, negative: new Uint8Array(n) }, bits);
    const digits = Array.from({ length: windows }, () => reader.next());
    return arena.scratch(() => {
      const out = arena.alloc(n * POINT_BYTES);
      bucketSums(this.sums, table, sortByScalar(digits, bits), out);
      return arena.take(out, n * POINT_BYTES);
    });
  }
}

/** Number of points of a Points. */
function pointCount(points: Points): number {
  invariant(points.length % POINT_BYTES === 0, `points of ${points.length} bytes`);
  return points.length / POINT_BYTES;
}
