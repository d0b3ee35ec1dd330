/** CurveKernels on the module's curve functions. Multi-scalar multiplication has its own file (msm.ts). */
import { add } from '../curve.ts';
import type { CurveKernels, Points, Scalars, Vec } from '../engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../engine.ts';
import { ladderRounds } from '../ladder.ts';
import type { Affine, CurveParams } from '../params.ts';
import { JACOBIAN_BYTES } from './assembler.ts';
import { count, type WasmField } from './fields.ts';
import type { WasmFunction, WasmModule } from './instance.ts';
import { WasmMsm } from './msm.ts';
import { PointBytes, pointCount } from './point-bytes.ts';

/** Points made per turn of fixedBase; bounds its scratch memory (about 4 MB). */
const FIXED_BASE_CHUNK = 1 << 14;
/** Making one table entry costs about this many additions (its own, and its share of the batch inversion). */
const TABLE_ENTRY_COST = 1.5;

export class WasmCurve extends PointBytes implements CurveKernels {
  private readonly module: WasmModule;
  private readonly prefix: string;
  private readonly coordinates: WasmField;
  private readonly scalars: WasmField;
  private readonly params: CurveParams;
  private readonly scalarBits: number;
  private readonly sums: WasmMsm;

  /** `base` and `scalars`: the fields of the coordinates and of the scalars. */
  constructor(module: WasmModule, prefix: string, params: CurveParams, base: WasmField, scalars: WasmField) {
    super(base);
    this.module = module;
    this.prefix = prefix;
    this.coordinates = base;
    this.scalars = scalars;
    this.params = params;
    this.scalarBits = params.order.toString(2).length;
    this.sums = new WasmMsm(module, prefix, scalars);
  }

  onCurve(points: Points): boolean {
    const { arena } = this.module;
    return arena.scratch(() => this.fn('on_curve')(arena.put(points), pointCount(points)) === 1);
  }

  sum(points: readonly (Affine | null)[]): Affine | null {
    return points.reduce<Affine | null>((sum, point) => add(this.params, sum, point), null);
  }

  msm(bases: Points, scalars: Scalars): Affine | null {
    return this.decodePoints(this.sums.sum(bases, scalars))[0]!;
  }

  /** This engine keeps no tables. */
  shareTables(): void {}

  ladder(start: Affine, points: Points): Vec {
    const rounds = this.decodePoints(points).map((point) => point ?? { x: 0n, y: 0n });
    return this.coordinates.encode(ladderRounds(this.coordinates.modulus, start, rounds));
  }

  /**
   * Windows of w bits: entry d of window k is d 2^(w k) base, so that a product is one addition per window. w grows with
   * the number of scalars, since the table is paid once: 22 additions each for 2^17 scalars.
   */
  fixedBase(base: Affine, scalars: Vec): Points {
    const n = count(scalars);
    const out = new Uint8Array(n * POINT_BYTES);
    if (n === 0) return out;
    const { arena } = this.module;
    const bits = this.windowBits(n);
    const windows = Math.ceil(this.scalarBits / bits);
    const stride = (2 ** bits - 1) * POINT_BYTES;
    arena.scratch(() => {
      const table = this.windowTable(base, bits, windows);
      const digits = arena.put(this.scalars.toCanonical(scalars));
      for (let from = 0; from < n; from += FIXED_BASE_CHUNK) {
        const part = Math.min(FIXED_BASE_CHUNK, n - from);
        arena.scratch(() => {
          const sums = arena.alloc(part * JACOBIAN_BYTES);
          this.fn('fixed_base')(table, stride, bits, windows, digits + from * FIELD_BYTES, sums, part);
          out.set(this.toAffine(sums, part), from * POINT_BYTES);
        });
      }
    });
    return out;
  }

  private windowBits(n: number): number {
    const cost = (bits: number) => Math.ceil(this.scalarBits / bits) * (n + TABLE_ENTRY_COST * 2 ** bits);
    let best = 1;
    for (let bits = 2; bits <= 12; bits++) if (cost(bits) < cost(best)) best = bits;
    return best;
  }

  /** Address of the affine table: for each window the multiples 1 .. 2^bits - 1. */
  private windowTable(base: Affine, bits: number, windows: number): number {
    const { arena } = this.module;
    const entries = 2 ** bits - 1;
    const table = arena.alloc(windows * entries * POINT_BYTES);
    arena.scratch(() => {
      const first = arena.put(this.encodePoints([base]));
      const multiples = arena.alloc((entries + 1) * JACOBIAN_BYTES);
      for (let window = 0; window < windows; window++) {
        this.fn('multiples')(first, multiples, entries + 1);
        arena.write(table + window * entries * POINT_BYTES, this.toAffine(multiples, entries));
        // The next window's unit is 2^bits times this one's: the multiple behind the last entry.
        arena.write(first, this.toAffine(multiples + entries * JACOBIAN_BYTES, 1));
      }
    });
    return table;
  }

  private toAffine(jacobian: number, n: number): Points {
    const { arena } = this.module;
    return arena.scratch(() => {
      const affine = arena.alloc(n * POINT_BYTES);
      // wasmcurves keeps n inverses and n + 1 prefix products on the heap.
      arena.reserve((2 * n + 1) * FIELD_BYTES);
      this.fn('batchToAffine')(jacobian, n, affine);
      return arena.take(affine, n * POINT_BYTES);
    });
  }

  private fn(name: string): WasmFunction {
    return this.module.fn(`${this.prefix}_${name}`);
  }
}
