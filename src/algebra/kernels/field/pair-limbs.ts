/** Pieces of code on the nine limbs of a pair (pair-field.ts), one in each 64-bit lane: products, carries, subtraction of p. */
import type { Scope } from '../assembly/assembler.ts';
import { type Code, type I32, i64x2, type Local, type V128, v128 } from '../assembly/code.ts';
import { LIMB_BITS, LIMBS } from './limbs.ts';

/** Adds turn i of a product to the columns i .. i + 8, which stand in columns[0 .. 8]. */
export type Row = (columns: readonly Local<'v128'>[], i: number) => Code;

/** columns[j] += factor * limb j of the slot, for j >= from; columns from `fresh` on are set, not added to. */
export function addProducts(
  columns: readonly Local<'v128'>[],
  factor: Local<'v128'>,
  operand: Local<'v128'>,
  slot: I32,
  { from = 0, fresh = LIMBS }: { readonly from?: number; readonly fresh?: number } = {},
): Code {
  return columns.map((column, j) => {
    if (j < from) return [];
    const load = j % 2 === 0 || j === from ? operand.set(v128.load(slot, 16 * (j >> 1))) : [];
    const product = (j % 2 === 0 ? i64x2.mulLow : i64x2.mulHigh)(factor.get, operand.get);
    return [load, column.set(j >= fresh ? product : i64x2.add(column.get, product))];
  });
}

export function limbLocals(s: Scope): Local<'v128'>[] {
  return s.locals('v128', LIMBS);
}

/** The limbs of a slot, one per 64-bit lane. */
export function limbsAt(slot: I32): V128[] {
  return Array.from({ length: LIMBS }, (_, i) => v128.loadWords(slot, 8 * i));
}

/** Carries sums of limbs (each < 2^64 - 2^36, the value < 2^261) and stores them. `lowWords`: 2^29 - 1 in every 32-bit word. */
export function storeTight(s: Scope, sums: readonly V128[], out: Local<'i32'>, lowWords: I32): Code[] {
  const [mask, carry, sum, even] = s.locals('v128', 4);
  const code: Code[] = [mask.set(v128.load(lowWords))];
  sums.forEach((limb, i) => {
    code.push(sum.set(i === 0 ? limb : i64x2.add(limb, carry.get)));
    if (i < LIMBS - 1) code.push(carry.set(i64x2.shrU(sum.get, LIMB_BITS)));
    const tight = v128.and(sum.get, mask.get);
    if (i % 2 === 0) code.push(even.set(tight));
    else code.push(v128.store(out.get, 8 * (i - 1), v128.pick(even.get, tight, [0, 2, 4, 6])));
  });
  code.push(v128.store(out.get, 8 * (LIMBS - 1), v128.pick(even.get, even.get, [0, 2, 0, 2])));
  return code;
}

/** limbs -= p where the value is at least p; `complement` is R - p, whose sum overflows limb 8 then. `lowLanes`: 2^29 - 1 in every 64-bit lane. */
export function subtractIfAbove(s: Scope, limbs: readonly Local<'v128'>[], complement: I32, lowLanes: I32): Code {
  const [mask, sum, above, zero] = s.locals('v128', 4);
  const differences = limbLocals(s);
  const constants = limbsAt(complement);
  const code: Code[] = [mask.set(v128.load(lowLanes))];
  limbs.forEach((limb, i) => {
    const plain = i64x2.add(limb.get, constants[i]!);
    code.push(sum.set(i === 0 ? plain : i64x2.add(plain, i64x2.shrU(sum.get, LIMB_BITS))));
    code.push(differences[i]!.set(v128.and(sum.get, mask.get)));
  });
  code.push(above.set(i64x2.sub(zero.get, i64x2.shrU(sum.get, LIMB_BITS))));
  limbs.forEach((limb, i) => {
    code.push(limb.set(v128.select(differences[i]!.get, limb.get, above.get)));
  });
  return code;
}
