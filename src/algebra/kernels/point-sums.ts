/**
 * Batches of affine additions in the module's memory (kernels of curve-sums.ts): rounds of independent additions P += Q
 * that halve what is left to be summed.
 */
import { add } from '../curve.ts';
import { POINT_BYTES } from '../engine.ts';
import type { Affine, CurveParams } from '../params.ts';
import type { WasmFunction, WasmModule } from '../wasm/module.ts';
import { ADDITION_BYTES, BATCH_BYTES } from './curve-sums.ts';

/** Additions that share one inversion: its 16 microseconds weigh little then, and the scratch memory stays in the cache. */
const BATCH = 2048;

/** Codec of single points, for the rare pairs that the batch formula cannot add. */
export interface PointCodec {
  readonly params: CurveParams;
  decode(points: Uint8Array): (Affine | null)[];
  encode(points: readonly (Affine | null)[]): Uint8Array;
}

/** Collects the additions of one round: addresses of P and Q. */
export type AddPair = (p: number, q: number) => void;

export class PointSums {
  readonly module: WasmModule;
  private readonly prefix: string;
  private readonly codec: PointCodec;

  constructor(module: WasmModule, prefix: string, codec: PointCodec) {
    this.module = module;
    this.prefix = prefix;
    this.codec = codec;
  }

  /**
   * Runs rounds of at most `capacity` additions until one is empty: `round(r, pair)` calls `pair` for every addition. Within a
   * round no P may be used a second time.
   */
  rounds(capacity: number, round: (r: number, pair: AddPair) => void): void {
    const { arena } = this.module;
    arena.scratch(() => {
      const list = arena.alloc((capacity + 1) * ADDITION_BYTES);
      const special = arena.alloc((capacity + 1) * ADDITION_BYTES);
      const scratch = arena.alloc((BATCH / 2 + 1) * BATCH_BYTES);
      for (let r = 0; ; r++) {
        const count = arena.view(list, capacity * ADDITION_BYTES, (view) => {
          const words = new Uint32Array(view.buffer, view.byteOffset, view.length / 4);
          let at = 0;
          round(r, (p, q) => {
            words[at++] = p;
            words[at++] = q;
          });
          return at / 2;
        });
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
      const points = [p, q].map((at) => this.codec.decode(arena.take(at, POINT_BYTES))[0]!);
      arena.write(p, this.codec.encode([add(this.codec.params, points[0]!, points[1]!)]));
    }
  }

  /** Sums each segment [starts[b], starts[b + 1]) of the points at `points` into its first point. */
  sumSegments(points: number, starts: Uint32Array): void {
    const capacity = starts[starts.length - 1]! >> 1;
    this.rounds(capacity, (r, pair) => {
      const stride = 2 ** r;
      for (let b = 0; b + 1 < starts.length; b++) {
        const end = starts[b + 1]!;
        for (let i = starts[b]!; i + stride < end; i += 2 * stride) {
          pair(points + i * POINT_BYTES, points + (i + stride) * POINT_BYTES);
        }
      }
    });
  }

  fn(name: string): WasmFunction {
    return this.module.fn(`${this.prefix}_${name}`);
  }
}
