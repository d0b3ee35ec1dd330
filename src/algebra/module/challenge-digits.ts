/**
 * The scalar n(r) = b + a lambda of a challenge (protocol section 5) in signed digits: lambda is a cube root of unity, so that these are
 * the integers of Eisenstein, and multiplication by any of their six units costs a point next to nothing. Of the sixteen residues modulo
 * 4 the twelve that 2 does not divide are those of the units and of the units times 1 - lambda: as in a non-adjacent form, a digit from
 * these is followed by at least one 0, and 28 of 65 are not 0 on average.
 */

/** b + a lambda */
interface Eisenstein {
  readonly a: bigint;
  readonly b: bigint;
}

const PAIRS = 64n;

/** Every digit but 0 that there is, each followed by its opposite: 1, lambda, lambda^2, and these times 1 - lambda. */
export const DIGITS: readonly Eisenstein[] = [
  { a: 0n, b: 1n },
  { a: 1n, b: 0n },
  { a: -1n, b: -1n },
  { a: -1n, b: 1n },
  { a: 2n, b: 1n },
  { a: -1n, b: -2n },
].flatMap(({ a, b }) => [
  { a, b },
  { a: -a, b: -b },
]);

/** Digits of n(r), the lowest first: the place in DIGITS, undefined for 0. */
export function challengeDigits(r: bigint): readonly (number | undefined)[] {
  const digits: (number | undefined)[] = [];
  let { a, b } = eisensteinOf(r);
  while (a !== 0n || b !== 0n) {
    const odd = ((a | b) & 1n) === 1n;
    const place = odd ? DIGITS.findIndex((digit) => ((a - digit.a) & 3n) === 0n && ((b - digit.b) & 3n) === 0n) : -1;
    digits.push(odd ? place : undefined);
    const digit = DIGITS[place] ?? { a: 0n, b: 0n };
    [a, b] = [(a - digit.a) >> 1n, (b - digit.b) >> 1n];
  }
  return digits;
}

/** From 1 + lambda, by pairs of bits from the highest: doubled, then 1 or lambda added (lower bit 1) or subtracted. */
function eisensteinOf(r: bigint): Eisenstein {
  let [a, b] = [1n, 1n];
  for (let k = PAIRS - 1n; k >= 0n; k--) {
    const pair = (r >> (2n * k)) & 3n;
    const sign = (pair & 1n) === 1n ? 1n : -1n;
    [a, b] = pair >= 2n ? [2n * a + sign, 2n * b] : [2n * a, 2n * b + sign];
  }
  return { a, b };
}
