/**
 * Between packed elements (32 bytes: four 64-bit words) and the nine 29-bit limbs of a pair, for both elements at once.
 * Limb i starts at bit 29 i: it lies in one word, or across two.
 */
import type { Scope } from '../assembly/assembler.ts';
import { type Code, type I32, i64x2, type Local, type V128, v128 } from '../assembly/code.ts';
import { LIMB_BITS, LIMBS } from './limbs.ts';

const WORD_BITS = 64;
const WORDS = 4;

/** Stores the elements at a and b (any 256-bit integers) as a tight pair. `mask`: 2^29 - 1 in every 32-bit word. */
export function unpackWords(s: Scope, mask: V128, a: I32, b: I32, out: I32): Code {
  const [maskLocal, even] = s.locals('v128', 2);
  const { code: read, limb } = wordLimbs(s, a, b, LIMB_BITS);
  const code: Code[] = [maskLocal.set(mask), read];
  // The upper halves of the lanes are garbage until only the lower ones are picked.
  for (let i = 0; i < LIMBS - 1; i += 2) {
    code.push(even.set(limb(i)));
    code.push(v128.store(out, 8 * i, v128.and(v128.pick(even.get, limb(i + 1), [0, 2, 4, 6]), maskLocal.get)));
  }
  code.push(even.set(limb(LIMBS - 1)));
  code.push(v128.store(out, 8 * (LIMBS - 1), v128.and(v128.pick(even.get, even.get, [0, 2, 0, 2]), maskLocal.get)));
  return code;
}

/** Reads the elements at a and b; limb i of `bits` bits of both, one per 64-bit lane, with garbage above. */
export function wordLimbs(s: Scope, a: I32, b: I32, bits: number): { code: Code; limb: (i: number) => V128 } {
  const words = s.locals('v128', WORDS);
  const [left, right] = s.locals('v128', 2);
  const code: Code[] = [];
  for (let w = 0; w < WORDS; w += 2) {
    code.push(left.set(v128.load(a, 8 * w)), right.set(v128.load(b, 8 * w)));
    code.push(words[w]!.set(v128.pick(left.get, right.get, [0, 1, 4, 5])));
    code.push(words[w + 1]!.set(v128.pick(left.get, right.get, [2, 3, 6, 7])));
  }
  const limb = (i: number): V128 => {
    const [w, shift] = [Math.floor((bits * i) / WORD_BITS), (bits * i) % WORD_BITS];
    const low = shift === 0 ? words[w]!.get : i64x2.shrU(words[w]!.get, shift);
    const whole = shift + bits <= WORD_BITS || w === WORDS - 1;
    return whole ? low : v128.or(low, i64x2.shl(words[w + 1]!.get, WORD_BITS - shift));
  };
  return { code, limb };
}

/** Stores a tight pair below 2^256, one limb of `bits` bits per 64-bit lane, as two packed elements, its lowest bits dropped. */
export function packLimbs(
  s: Scope,
  limbs: readonly Local<'v128'>[],
  a: I32,
  b: I32,
  { bits = LIMB_BITS, drop = 0 } = {},
): Code {
  const [low, high] = s.locals('v128', 2);
  const word = (w: number): V128 => {
    let sum: V128 | undefined;
    limbs.forEach((limb, i) => {
      const shift = bits * i - drop - WORD_BITS * w;
      if (shift <= -bits || shift >= WORD_BITS) return;
      const part = shift < 0 ? i64x2.shrU(limb.get, -shift) : shift === 0 ? limb.get : i64x2.shl(limb.get, shift);
      sum = sum ? v128.or(sum, part) : part;
    });
    return sum!;
  };
  const code: Code[] = [];
  for (let w = 0; w < WORDS; w += 2) {
    code.push(low.set(word(w)), high.set(word(w + 1)));
    code.push(v128.store(a, 8 * w, v128.pick(low.get, high.get, [0, 1, 4, 5])));
    code.push(v128.store(b, 8 * w, v128.pick(low.get, high.get, [2, 3, 6, 7])));
  }
  return code;
}
