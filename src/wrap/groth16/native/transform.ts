/**
 * Fourier transforms over Fr in a module's memory (kernels: src/algebra/kernels/sweeps/fourier.ts): tables of one size, and the step from
 * values on the roots of unity of order n to values on the odd roots of order 2 n, where the prover divides.
 */
import { FIELD_BYTES, type Vec } from '../../../algebra/engine.ts';
import { field } from '../../../algebra/field.ts';
import { SLOT_BYTES } from '../../../algebra/kernels/field/limbs.ts';
import { FR } from '../../../algebra/module/engine.ts';
import type { WasmField } from '../../../algebra/module/fields.ts';
import type { WasmModule } from '../../../algebra/module/instance.ts';
import { R } from '../../../algebra/params.ts';
import { rootOfUnity } from '../qap.ts';

const F = field(R);
/** Levels up to this many slots are run block by block: a block (160 kB) and its twiddles stay in the second-level cache. */
const BLOCK_LOG = 11;

export class Transform {
  private readonly module: WasmModule;
  private readonly fr: WasmField;
  private readonly power: number;
  private readonly slots: number;
  private readonly twiddles: number;
  private readonly work: number;

  /**
   * Transforms of 2^power elements, power >= 1. Takes 72 bytes of the module's memory per element, for as long as the
   * surrounding arena.scratch lasts.
   */
  constructor(module: WasmModule, fr: WasmField, power: number) {
    this.module = module;
    this.fr = fr;
    this.power = power;
    this.slots = 2 ** (power - 1);
    this.twiddles = this.twiddleTable();
    this.work = module.arena.alloc(this.slots * SLOT_BYTES);
  }

  /** out[i] = f g^i sum_j w^(i j) in[j] in place at `address`; `inverse` takes 1 / w for w. Internal form. */
  run(address: number, { inverse, f, g }: { readonly inverse: boolean; readonly f: bigint; readonly g: bigint }): void {
    const { arena } = this.module;
    const [load, join] = [this.fn('load'), this.fn('join')];
    load(address, this.work, this.slots, inverse ? 2 * this.slots - 1 : 0);
    this.levels();
    const upper = F.mul(f, F.pow(g, BigInt(this.slots)));
    arena.scratch(() => {
      const factors = arena.put(this.fr.encode([f, F.mul(f, g), upper, F.mul(upper, g), F.mul(g, g)]));
      join(this.work, this.twiddlesOf(this.slots), address, this.slots, factors);
    });
  }

  /**
   * Values on the roots of unity of order n, scaled by `scale`, to those of the same polynomial on the odd roots of order 2 n,
   * in place: its coefficients are made, coefficient i is multiplied by the i-th power of the root.
   */
  toOddRoots(address: number, scale: bigint): void {
    const size = F.inv(1n << BigInt(this.power));
    this.run(address, { inverse: true, f: F.mul(scale, size), g: rootOfUnity(this.power + 1) });
    this.run(address, { inverse: false, f: 1n, g: 1n });
  }

  private levels(): void {
    const level = this.fn('level');
    const block = Math.min(this.slots, 2 ** BLOCK_LOG);
    for (let from = 0; from < this.slots; from += block) {
      for (let half = 1; half < block; half *= 2) {
        level(this.work + from * SLOT_BYTES, this.twiddlesOf(half), half, block / (2 * half));
      }
    }
    for (let half = block; half < this.slots; half *= 2) {
      level(this.work, this.twiddlesOf(half), half, this.slots / (2 * half));
    }
  }

  /** Entry h + j, h a power of two and j < h, is w^j for w of order 2 h: entry k is entry 2 k of the level above. */
  private twiddleTable(): number {
    const { arena } = this.module;
    const table = arena.alloc(2 * this.slots * FIELD_BYTES);
    arena.write(table + this.slots * FIELD_BYTES, this.powers(rootOfUnity(this.power), this.slots));
    arena.view(table, 2 * this.slots * FIELD_BYTES, (view) => {
      const words = new BigUint64Array(view.buffer, table, view.length / 8);
      for (let k = this.slots - 1; k > 0; k--) {
        for (let w = 0; w < 4; w++) words[4 * k + w] = words[8 * k + w]!;
      }
    });
    return table;
  }

  private twiddlesOf(half: number): number {
    return this.twiddles + half * FIELD_BYTES;
  }

  /** (1, k, k^2, ...) */
  private powers(k: bigint, count: number): Vec {
    const out = new Uint8Array(count * FIELD_BYTES);
    out.set(this.fr.encode([1n]));
    for (let n = 1, step = k; n < count; n *= 2, step = F.mul(step, step)) {
      const next = out.subarray(n * FIELD_BYTES, 2 * n * FIELD_BYTES);
      this.fr.axpy(next, this.fr.encode([step]), out.subarray(0, n * FIELD_BYTES));
    }
    return out;
  }

  private fn(name: string) {
    return this.module.fn(`${FR}_fourier_${name}`);
  }
}
