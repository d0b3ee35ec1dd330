/**
 * Square roots of many elements side by side on the engine's vectors (Tonelli and Shanks): hashing to a curve tries hundreds of
 * abscissas and more.
 *
 * With p - 1 = 2^s t, t odd, and g of order 2^s: from x = a^((t + 1) / 2) and b = a^t, so that x^2 = a b, each of s - 1 steps takes the
 * order of b down by one power of two where it is still too high, multiplying x and b by a power of g and its square. All elements go the
 * same way and multiply by 1 where nothing is to be done. What is left is checked: x^2 = a, or a has no root.
 */
import { FIELD_BYTES, type FieldKernels, type Vec } from './engine.ts';
import { field } from './field.ts';

/** Bits of an exponent that one multiplication takes. */
const WINDOW = 5;

/** One of the two roots of every value, undefined where there is none. */
export function squareRoots(kernels: FieldKernels, values: readonly bigint[]): (bigint | undefined)[] {
  if (values.length === 0) return [];
  const { modulus } = kernels;
  const F = field(modulus);
  let [s, t] = [0, modulus - 1n];
  for (; t % 2n === 0n; t /= 2n) s += 1;
  const a = kernels.encode(values);
  const half = power(kernels, a, (t - 1n) / 2n);
  let x = kernels.mul(a, half);
  let b = kernels.mul(x, half);
  const one = kernels.encode([1n]);
  // of order 2^(k + 1) in step k
  for (let k = s - 1, g = k > 0 ? F.pow(nonResidue(modulus), t) : 1n; k > 0; k--, g = F.mul(g, g)) {
    let order = b;
    for (let j = 1; j < k; j++) order = kernels.mul(order, order);
    const factors = choose(order, one, kernels.encode([g]));
    x = kernels.mul(x, factors);
    b = kernels.mul(b, kernels.mul(factors, factors));
  }
  const squares = kernels.decode(kernels.mul(x, x));
  return kernels.decode(x).map((root, k) => (squares[k] === values[k] ? root : undefined));
}

/** `one` at every element of v that is 1, `other` at the others. */
function choose(v: Vec, one: Vec, other: Vec): Vec {
  const out = new Uint8Array(v.length);
  for (let at = 0; at < v.length; at += FIELD_BYTES)
    out.set(one.every((byte, k) => v[at + k] === byte) ? one : other, at);
  return out;
}

function nonResidue(modulus: bigint): bigint {
  const F = field(modulus);
  for (let z = 2n; ; z++) if (F.pow(z, (modulus - 1n) / 2n) !== 1n) return z;
}

/** Every element to the same power, window by window from the highest. */
function power(kernels: FieldKernels, base: Vec, exponent: bigint): Vec {
  const digits: number[] = [];
  for (let rest = exponent; rest > 0n; rest >>= BigInt(WINDOW))
    digits.unshift(Number(rest & (2n ** BigInt(WINDOW) - 1n)));
  const powers = [base];
  while (powers.length < 2 ** WINDOW - 1) powers.push(kernels.mul(powers.at(-1)!, base));
  const [highest, ...lower] = digits as [number, ...number[]];
  return lower.reduce(
    (acc, digit) => {
      let next = acc;
      for (let k = 0; k < WINDOW; k++) next = kernels.mul(next, next);
      return digit === 0 ? next : kernels.mul(next, powers[digit - 1]!);
    },
    powers[highest - 1]!,
  );
}
