/**
 * Discrete Fourier transforms (NTT) of 2^k elements, k >= 1: out[i] = sum_j w^(i j) in[j], w a root of unity of order 2^k.
 *
 * Decimation in time (Cooley and Tukey) on pairs: slot s holds the neighbours 2 r and 2 r + 1, r = s with its bits reversed,
 * so that the two lanes run two transforms of half the size with the same twiddle factors, and a last level joins them.
 *     load: permutes, packed to slots     level: (x, y) -> (x + w y, x - w y)     join: last level, slots to packed
 *
 * Ranges: elements come in canonical. A product with a canonical twiddle is below (1 + alpha / 168) p < 2p, and a level adds at
 * most 2p to alpha: after 28 levels, all that Fr has, alpha < 57 < 168, so that nothing is reduced before `join`.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, offset } from '../assembly/assembler.ts';
import { type Code, type I32, i32, type Local, v128 } from '../assembly/code.ts';
import { SLOT_BYTES } from '../field/limbs.ts';
import type { PairField } from '../field/pair-field.ts';

const PAIR_BYTES = 2 * FIELD_BYTES;

/** Adds the kernels of one field under the prefix `name`. */
export function addFourierKernels(asm: Assembler, name: string, pairs: PairField): void {
  const [w, product, low, high] = pairs.slots(4);
  const [lowFactor, highFactor, advance] = pairs.slots(3);

  // (from, slots, n, flip): n slots, a power of two. `flip` = 2 n - 1 takes element -i modulo 2 n for i, which makes the
  // inverse transform (times its size); 0 does not.
  asm.define(`${name}_fourier_load`, 4, (s, from, slots, n, flip) => {
    const [reversed, next, even, odd] = s.locals('i32', 4);
    const top = i32.sub(n.get, i32.const(1));
    const at = (index: I32): I32 => i32.add(from.get, i32.shl(index, i32.const(5)));
    const first = i32.shl(reversed.get, i32.const(1));
    // -(2 r) = 2 n - 2 r, 0 for r = 0; -(2 r + 1) = 2 n - 1 - 2 r
    const negated = i32.and(i32.sub(i32.const(0), first), flip.get);
    return [
      s.repeat(
        n.get,
        [[slots, SLOT_BYTES]],
        even.set(i32.select(negated, first, flip.get)),
        odd.set(i32.select(i32.sub(flip.get, first), offset(first, 1), flip.get)),
        pairs.load(at(even.get), at(odd.get), slots.get),
        // Adding 1 flips the lowest zero bit and the ones below it; reversed, so many bits from the top.
        next.set(offset(next.get, 1)),
        reversed.set(i32.xor(reversed.get, i32.xor(top, i32.shrU(top, offset(i32.ctz(next.get), 1))))),
      ),
    ];
  });

  // (slots, twiddles, half, blocks): one level on blocks of 2 half slots; twiddles are w^0 .. w^(half - 1), w of order 2 half.
  asm.define(`${name}_fourier_level`, 4, (s, slots, twiddles, half, blocks) => {
    const [other, twiddle, bytes] = s.locals('i32', 3);
    return [
      bytes.set(i32.mul(half.get, i32.const(SLOT_BYTES))),
      s.repeat(
        blocks.get,
        [],
        other.set(i32.add(slots.get, bytes.get)),
        twiddle.set(twiddles.get),
        s.repeat(
          half.get,
          [
            [slots, SLOT_BYTES],
            [other, SLOT_BYTES],
            [twiddle, FIELD_BYTES],
          ],
          pairs.load(twiddle.get, twiddle.get, w),
          pairs.mul(other.get, w, product),
          pairs.sub(slots.get, product, other.get),
          pairs.add(slots.get, product, slots.get),
        ),
        slots.set(other.get),
      ),
    ];
  });

  // (slots, twiddles, out, n, factors): joins the lanes of n slots into 2 n packed elements, out[i] times f g^i. `factors`:
  // packed f, f g, f g^n, f g^(n + 1), g^2.
  asm.define(`${name}_fourier_join`, 5, (s, slots, twiddles, out, n, factors) => {
    const [step, other, upper] = s.locals('i32', 3);
    const factor = (index: number): I32 => offset(factors.get, index * FIELD_BYTES);
    // A single slot is paired with itself.
    const secondAt = (at: I32, bytes: number): I32 => i32.add(at, i32.mul(step.get, i32.const(bytes)));
    const second = (at: Local<'i32'>, bytes: number): I32 => secondAt(at.get, bytes);
    return [
      step.set(i32.select(i32.const(0), i32.const(1), i32.eq(n.get, i32.const(1)))),
      upper.set(i32.add(out.get, i32.shl(n.get, i32.const(5)))),
      pairs.load(factor(0), secondAt(factor(0), FIELD_BYTES), lowFactor),
      pairs.load(factor(2), secondAt(factor(2), FIELD_BYTES), highFactor),
      pairs.load(factor(4), factor(4), advance),
      s.repeat(
        i32.shrU(offset(n.get, 1), i32.const(1)),
        [
          [slots, 2 * SLOT_BYTES],
          [twiddles, PAIR_BYTES],
          [out, PAIR_BYTES],
          [upper, PAIR_BYTES],
        ],
        other.set(second(slots, SLOT_BYTES)),
        lanes(slots.get, other.get, low, [0, 4, 2, 6]),
        lanes(slots.get, other.get, high, [1, 5, 3, 7]),
        pairs.load(twiddles.get, second(twiddles, FIELD_BYTES), w),
        pairs.mul(high, w, product),
        pairs.sub(low, product, high),
        pairs.add(low, product, low),
        pairs.mul(low, lowFactor, low),
        pairs.mul(high, highFactor, high),
        pairs.store(low, out.get, second(out, FIELD_BYTES)),
        pairs.store(high, upper.get, second(upper, FIELD_BYTES)),
        pairs.mul(lowFactor, advance, lowFactor),
        pairs.mul(highFactor, advance, highFactor),
      ),
    ];
  });
}

/** out: one lane of slot a beside the same lane of slot b. */
function lanes(a: I32, b: I32, out: I32, pick: readonly [number, number, number, number]): Code {
  return Array.from({ length: SLOT_BYTES / 16 }, (_, k) =>
    v128.store(out, 16 * k, v128.pick(v128.load(a, 16 * k), v128.load(b, 16 * k), pick)),
  );
}
