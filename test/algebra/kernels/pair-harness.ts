/** A module with nothing but one field's pair and packed arithmetic, and access to its memory, for the tests of single kernels. */
import { field } from '../../../src/algebra/field.ts';
import { Assembler } from '../../../src/algebra/kernels/assembly/assembler.ts';
import { MONTGOMERY_BITS, SLOT_BYTES } from '../../../src/algebra/kernels/field/limbs.ts';
import { PackedField } from '../../../src/algebra/kernels/field/packed-field.ts';
import { PairField } from '../../../src/algebra/kernels/field/pair-field.ts';

export type Pair = readonly [bigint, bigint];

export async function pairHarness(modulus: bigint) {
  const asm = new Assembler();
  new PairField(asm, 'f', modulus);
  new PackedField(asm, 'f', modulus);
  const slots = Array.from({ length: 3 }, () => asm.reserve(SLOT_BYTES));
  const packed = Array.from({ length: 3 }, () => asm.reserve(32));
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { instance } = await WebAssembly.instantiate(asm.build(), { env: { memory } });
  const call = (name: string, ...args: number[]): number =>
    (instance.exports[`f_${name}`] as (...a: number[]) => number)(...args);
  const words = (at: number, count: number) => new Uint32Array(memory.buffer, at, count);
  const F = field(modulus);

  const writePacked = (at: number, value: bigint) => {
    for (let w = 0; w < 8; w++) words(at, 8)[w] = Number((value >> BigInt(32 * w)) & 0xffffffffn);
  };
  const readPacked = (at: number) => words(at, 8).reduceRight((value, word) => (value << 32n) | BigInt(word), 0n);
  /** Any limbs, tight or not, for the two lanes. */
  const writeLimbs = (slot: number, lanes: readonly (readonly number[])[]) => {
    lanes.forEach((limbs, lane) => {
      limbs.forEach((limb, i) => {
        words(slots[slot]!, 20)[2 * i + lane] = limb;
      });
    });
  };
  const readLimbs = (slot: number, lane: number) =>
    Array.from({ length: 9 }, (_, i) => words(slots[slot]!, 20)[2 * i + lane]!);
  return {
    F,
    /** R^-1 */
    unscale: F.inv(F.create(1n << BigInt(MONTGOMERY_BITS))),
    writeLimbs,
    readLimbs,
    load: (slot: number, [a, b]: Pair) => {
      writePacked(packed[0]!, a);
      writePacked(packed[1]!, b);
      call('pair_load', packed[0]!, packed[1]!, slots[slot]!);
    },
    store: (slot: number, kind: 'pair_store' | 'pair_store_wide'): Pair => {
      call(kind, slots[slot]!, packed[0]!, packed[1]!);
      return [readPacked(packed[0]!), readPacked(packed[1]!)];
    },
    pair: (kernel: string, ...operands: number[]) => {
      call(`pair_${kernel}`, ...operands.map((slot) => slots[slot]!));
    },
    packed: (kernel: string, ...values: bigint[]): bigint => {
      values.forEach((value, i) => {
        writePacked(packed[i]!, value);
      });
      call(kernel, ...values.map((_, i) => packed[i]!), packed[2]!);
      return readPacked(packed[2]!);
    },
    isCanonical: (value: bigint): boolean => {
      writePacked(packed[0]!, value);
      return call('is_canonical', packed[0]!) === 1;
    },
  };
}
