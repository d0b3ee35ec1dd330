/**
 * Batches of affine additions in the module's memory (kernels of curve-sums.ts): rounds of independent additions P += Q
 * that halve what is left to be summed.
 */
import { POINT_BYTES } from '../engine.ts';
import { ADDITION_BYTES, BATCH_BYTES } from '../kernels/curve/addition-batch.ts';
import type { WasmFunction, WasmModule } from './instance.ts';

/** Additions that share one inversion: its 3 microseconds weigh nothing then, and the scratch memory stays in the cache. */
const BATCH = 2048;

/** What is done with single points, outside the module; packed, internal form. */
export interface SinglePoints {
  /** Degree of the coordinates' field over the prime field: 1, and 2 in G2. */
  readonly degree: number;
  /** The sum of any two, for the rare pairs that the batch formula cannot add. */
  add(p: Uint8Array, q: Uint8Array): Uint8Array;
  /** sum 2^i points[i]; absent where the module has a kernel for it. */
  horner?(points: Uint8Array): Uint8Array;
}

/** Collects the additions of one round: addresses of P and Q. */
export type AddPair = (p: number, q: number) => void;

export class PointSums {
  readonly module: WasmModule;
  readonly pointBytes: number;
  private readonly prefix: string;
  private readonly single: SinglePoints;

  constructor(module: WasmModule, prefix: string, single: SinglePoints) {
    this.module = module;
    this.prefix = prefix;
    this.single = single;
    this.pointBytes = POINT_BYTES * single.degree;
  }

  /**
   * Runs rounds of at most `capacity` additions until one is empty: `round(r, pair)` calls `pair` for every addition. Within a
   * round no P may be used a second time.
   */
  rounds(capacity: number, round: (r: number, pair: AddPair) => void): void {
    const { arena } = this.module;
    this.listed(capacity, (r, list) =>
      arena.view(list, capacity * ADDITION_BYTES, (view) => {
        const words = new Uint32Array(view.buffer, view.byteOffset, view.length / 4);
        let at = 0;
        round(r, (p, q) => {
          words[at++] = p;
          words[at++] = q;
        });
        return at / 2;
      }),
    );
  }

  /** The same; `fill(r, list)` writes the addresses of P and Q to `list` and returns the number of additions. */
  listed(capacity: number, fill: (r: number, list: number) => number): void {
    const { arena } = this.module;
    arena.scratch(() => {
      const list = arena.alloc((capacity + 1) * ADDITION_BYTES);
      const special = arena.alloc((capacity + 1) * ADDITION_BYTES);
      const scratch = arena.alloc((BATCH / 2 + 1) * BATCH_BYTES * this.single.degree);
      for (let r = 0; ; r++) {
        const count = fill(r, list);
        if (count === 0) return;
        this.addAll(list, count, special, scratch);
      }
    });
  }

  private addAll(list: number, count: number, special: number, scratch: number): void {
    const [settle, addBatch] = [this.fn('settle'), this.fn('add_batch')];
    const regular = settle(list, count, special);
    for (let from = 0; from < regular; from += BATCH) {
      addBatch(list + from * ADDITION_BYTES, Math.min(BATCH, regular - from), scratch);
    }
    this.addSpecial(special);
  }

  /** Additions of equal and opposite points, one by one. */
  private addSpecial(special: number): void {
    const { arena } = this.module;
    const read = (address: number, words: number): Uint32Array =>
      arena.view(address, 4 * words, (view) => new Uint32Array(view.slice().buffer));
    const [count] = read(special, 1);
    const addresses = read(special + ADDITION_BYTES, 2 * count!);
    for (let i = 0; i < addresses.length; i += 2) {
      const [p, q] = [addresses[i]!, addresses[i + 1]!];
      arena.write(p, this.single.add(arena.take(p, this.pointBytes), arena.take(q, this.pointBytes)));
    }
  }

  /**
   * Sums each segment [starts[b], starts[b + 1]) of the points at `points` into its first point. `starts`: address of
   * `segments` + 1 words; `count`: points in all segments.
   */
  sumSegments(points: number, starts: number, segments: number, count: number): void {
    const pairs = this.module.fn('segment_pairs');
    this.listed(count >> 1, (r, list) => pairs(points, this.pointBytes, starts, segments, 2 ** r, list));
  }

  /** Address of one point, sum of 2^i points[i] over the n points at `points`. */
  horner(points: number, n: number): number {
    const { arena } = this.module;
    const out = arena.alloc(this.pointBytes);
    if (this.single.horner) arena.write(out, this.single.horner(arena.take(points, n * this.pointBytes)));
    else this.fn('horner')(points, n, out);
    return out;
  }

  fn(name: string): WasmFunction {
    return this.module.fn(`${this.prefix}_${name}`);
  }
}
