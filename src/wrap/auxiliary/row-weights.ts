/**
 * The rows' identity at T = theta as a sum of products, and what its two sides are in the variables (protocol section 9.4). One text
 * for the circuit and for the prover, who runs it on values.
 *
 *     S(theta) + sum_i W_i e_i(theta) = sum_p V_p A_p B_p,     W_i = low_a(theta) high_b(theta),     V_p = sum_i coefficient W_i
 */
import { type ConstraintSystem, multiply } from '../../circuit/constraint-system.ts';
import type { ChallengePair } from './challenges.ts';
import { evaluateLimbs } from './limbs.ts';
import type { Polynomial } from './polynomials.ts';
import { challengeSide, type RowSystem } from './row-system.ts';

/** theta, theta^2, ...: as many as a coefficient of q's length may need. */
const POWERS = 5;

type Sum<E> = (readonly [bigint, E])[];

export class RowWeights<E> {
  /** theta, theta^2, ... */
  readonly powers: readonly E[];
  /** W_i. */
  readonly rows: readonly E[];
  readonly #cs: ConstraintSystem<E>;
  readonly #system: RowSystem;

  constructor(cs: ConstraintSystem<E>, system: RowSystem, challenges: readonly ChallengePair<E>[], theta: E) {
    const powers = [theta];
    while (powers.length < POWERS) powers.push(multiply(cs, powers.at(-1)!, theta));
    const side = challengeSide(system.rows.length);
    const at = challenges.map(({ low, high }) => ({
      low: evaluateLimbs(cs, low, powers),
      high: evaluateLimbs(cs, high, powers),
    }));
    this.powers = powers;
    this.rows = system.rows.map((_, i) => multiply(cs, at[Math.floor(i / side)]!.low, at[i % side]!.high));
    this.#cs = cs;
    this.#system = system;
  }

  /** V_p of all products. */
  products(): E[] {
    const sums = this.#system.products.map((): Sum<E> => []);
    this.#system.rows.forEach((terms, i) => {
      const scaled = this.#scaled(this.rows[i]!);
      for (const [coefficient, p] of terms) sums[p]!.push(...scaled(coefficient));
    });
    return sums.map((terms) => this.#cs.sum(terms));
  }

  /** What sum_p leaves[p] times the left (0) or right (1) operand of product p takes of each variable. */
  variables(leaves: readonly E[], side: 0 | 1): E[] {
    const { operands, products } = this.#system;
    const ofOperands = new Map<number, Sum<E>>();
    products.forEach((pair, p) => {
      const terms = ofOperands.get(pair[side]);
      if (terms) terms.push([1n, leaves[p]!]);
      else ofOperands.set(pair[side], [[1n, leaves[p]!]]);
    });
    const sums: Sum<E>[] = [];
    for (const [operand, terms] of ofOperands) {
      const scaled = this.#scaled(this.#cs.sum(terms));
      for (const [coefficient, v] of operands[operand]!) {
        sums[v] ??= [];
        sums[v].push(...scaled(coefficient));
      }
    }
    const { variableCount } = this.#system;
    return Array.from({ length: variableCount }, (_, v) => this.#cs.sum(sums[v] ?? []));
  }

  /** Terms of coefficient(theta) * value: a multiplication for each power that the coefficients need. */
  #scaled(value: E): (coefficient: Polynomial) => Sum<E> {
    const multiples = [value];
    return (coefficient) =>
      coefficient.flatMap((c, m) => {
        if (c === 0n) return [];
        multiples[m] ??= multiply(this.#cs, this.powers[m - 1]!, value);
        return [[c, multiples[m]] as const];
      });
  }
}
