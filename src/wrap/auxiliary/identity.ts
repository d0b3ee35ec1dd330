/**
 * The rows modulo q as ONE identity over the integers (protocol section 9.4). With limbs as polynomials in T
 *
 *     S(T) = sum_i low_a(T) high_b(T) (Q_i - e_i)(T),       i = side a + b,
 *
 * has integer coefficients below r / 2 in size for any limbs in their ranges (row-system.ts), so its coefficients modulo r
 * are its coefficients. S(2^45) = 0 modulo q shows every row modulo q, but with probability below 2^-125.5: the values modulo q
 * were fixed before the challenges; if row i is false, sum_b high_b (Q_i - e_i) is not 0 for its a but for one high in 2^126.5, and then the sum
 * over a is not 0 but for one low in 2^127.
 */
import type { ChallengePair } from './challenges.ts';
import { type Polynomial, plus, sumOf, times } from './polynomials.ts';
import { challengeSide, type RowSystem } from './row-system.ts';

/** The coefficients of S. @param z (u, x, w) and @param errors e, as limbs */
export function identityOf(
  { operands, products, rows, bounds }: RowSystem,
  challenges: readonly ChallengePair<bigint>[],
  z: readonly Polynomial[],
  errors: readonly Polynomial[],
): bigint[] {
  const ofOperands = operands.map((terms) => sumOf(terms.map(([c, v]) => times(c, z[v]!))));
  const ofProducts = products.map(([a, b]) => times(ofOperands[a]!, ofOperands[b]!));
  const side = challengeSide(rows.length);
  const inner = challenges.map(() => [] as bigint[]);
  rows.forEach((terms, i) => {
    const row = sumOf([...terms.map(([c, p]) => times(c, ofProducts[p]!)), errors[i]!.map((c) => -c)]);
    const a = Math.floor(i / side);
    inner[a] = plus(inner[a]!, times(challenges[i % side]!.high, row));
  });
  const sum = sumOf(inner.map((part, a) => times(challenges[a]!.low, part)));
  return Array.from(bounds, (_, k) => sum[k] ?? 0n);
}
