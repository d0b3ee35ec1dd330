/**
 * Families in the matrices' extensions (protocol section 9.2): sums over all copies of a pattern in closed form.
 *
 * A copy's number stands in the lowest bits of its row and of each of its products' positions, and adds strides to its variables. Where the
 * bits b of the copies' numbers have the strides 2^j(b) in a variable v,
 *
 *     sum_c eq(r, position + c) eq(y, v(c))  =  eq(r', position) eq(y', v) prod_b ((1 - r_b)(1 - y_j(b)) + r_b y_j(b))
 *
 * r' without the copies' coordinates, y' without the strides'; a bit without a stride has the factor 1. So a family costs what its
 * pattern does, and one product of factors for each list of strides.
 */

import { type ConstraintSystem, multiply, type Product } from '../../circuit/constraint-system.ts';
import type { PatternTerm } from '../../circuit/families.ts';
import type { Interruptible } from '../../turns.ts';
import { type EqTree, longSum } from './eq.ts';
import { type Assignment, packed } from './operands.ts';
import type { ProductFamily } from './products.ts';

type Term<E> = readonly [bigint, E];

/** A point for the rows or the positions: the tree of its eq values, and its coordinates. */
export interface Side<E> {
  readonly tree: EqTree<E>;
  readonly point: readonly E[];
}

export interface Sides<E> {
  /** root * eq(rho, row). */
  readonly rows: Side<E>;
  /** eq(r, position). */
  readonly positions: Side<E>;
}

/** Of all families the products' weights beyond the rows' own positions: root * sum of eq(rho, row) eq(r, position). */
export function* familyWeights<E>(
  cs: ConstraintSystem<E>,
  families: readonly ProductFamily[],
  rows: Side<E>,
  positions: Side<E>,
): Interruptible<E> {
  const factors = new Factors(cs);
  const shares: Product<E>[] = [];
  for (const { log, rows: pattern } of families) {
    const products: Product<E>[] = [];
    for (const { row, products: own } of pattern) {
      if (own.length < 2) continue;
      const later = own.slice(1).map(({ position }) => [1n, positions.tree.over(position, log)] as const);
      products.push([rows.tree.over(row, log), cs.sum(later)]);
      yield;
    }
    if (products.length === 0) continue;
    const both = Array.from(
      { length: log },
      (_, b): Pair<E> => ({
        name: `${b}`,
        of: [rows.point[b]!, positions.point[b]!],
      }),
    );
    shares.push([factors.product(both), yield* longSum(cs, products)]);
  }
  return yield* longSum(cs, shares);
}

/** Weights of one operand's terms of one list of strides. */
interface Weighted<E> {
  readonly terms: readonly PatternTerm[];
  readonly weights: Term<E>[];
}

/** Of all families what `operandSum` is of the other rows: the sums on the left, linear terms included, and on the right. */
export function* familySums<E>(
  cs: ConstraintSystem<E>,
  families: readonly ProductFamily[],
  rows: Side<E>,
  positions: Side<E>,
  z: Assignment<E>,
): Interruptible<{ readonly left: E; readonly right: E }> {
  const factors = new Factors(cs);
  const [left, right]: [Product<E>[], Product<E>[]] = [[], []];
  for (const { log, rows: pattern } of families) {
    const sides = [new Operands<E>(), new Operands<E>(), new Operands<E>()] as const;
    for (const { row, products, linear } of pattern) {
      for (const { position, coefficient, left: a, right: b } of products) {
        const weight = positions.tree.over(position, log);
        sides[0].add(a, [coefficient, weight]);
        sides[1].add(b, [1n, weight]);
      }
      sides[2].add(linear, [1n, rows.tree.over(row, log)]);
      yield;
    }
    const total = function* (
      operands: Operands<E>,
      side: 'rows' | 'positions',
      out: Product<E>[],
    ): Interruptible<void> {
      const { point } = side === 'rows' ? rows : positions;
      for (const { strides, entries } of operands.groups.values()) {
        const free = strides.filter((s) => s > 0);
        const sums = [...entries.values()].map(
          ({ terms, weights }): Product<E> => [cs.sum(weights), cs.sum(packed(z, terms, free))],
        );
        const pairs = strides.flatMap((s, b): Pair<E>[] =>
          s > 0 ? [{ name: `${side} ${b} ${s}`, of: [point[b]!, z.point[Math.log2(s)]!] }] : [],
        );
        out.push([factors.product(pairs), yield* longSum(cs, sums)]);
      }
    };
    yield* total(sides[0], 'positions', left);
    yield* total(sides[1], 'positions', right);
    yield* total(sides[2], 'rows', left);
    left.push([constants(cs, pattern, log, rows), z.u]);
  }
  return { left: yield* longSum(cs, left), right: yield* longSum(cs, right) };
}

/** sum over the rows of root eq(rho, row) times the coefficient of u^2, which is affine in the copy's number. */
function constants<E>(cs: ConstraintSystem<E>, pattern: ProductFamily['rows'], log: number, rows: Side<E>): E {
  const fixed: Term<E>[] = [];
  const stepped = Array.from({ length: log }, (): Term<E>[] => []);
  for (const { row, constant, steps } of pattern) {
    const weight = rows.tree.over(row, log);
    if (constant !== 0n) fixed.push([constant, weight]);
    steps.forEach((step, b) => {
      if (step !== 0n) stepped[b]!.push([step, weight]);
    });
  }
  const products = stepped.flatMap((terms, b) =>
    terms.length > 0 ? [[1n, multiply(cs, cs.sum(terms), rows.point[b]!)] as const] : [],
  );
  return cs.sum([...fixed, ...products]);
}

/** Operands by the strides of their terms; an operand with terms of several strides stands in several groups. */
class Operands<E> {
  readonly groups = new Map<
    string,
    { readonly strides: readonly number[]; readonly entries: Map<string, Weighted<E>> }
  >();

  add(operand: readonly PatternTerm[], weight: Term<E>): void {
    for (const [key, terms] of byStrides(operand)) {
      let group = this.groups.get(key);
      if (!group) {
        group = { strides: terms[0]!.strides, entries: new Map() };
        this.groups.set(key, group);
      }
      const name = terms.map(({ variable, coefficient }) => `${variable}:${coefficient}`).join();
      const known = group.entries.get(name);
      if (known) known.weights.push(weight);
      else group.entries.set(name, { terms, weights: [weight] });
    }
  }
}

function byStrides(operand: readonly PatternTerm[]): Map<string, PatternTerm[]> {
  const groups = new Map<string, PatternTerm[]>();
  for (const term of operand) {
    const key = term.strides.join();
    const group = groups.get(key);
    if (group) group.push(term);
    else groups.set(key, [term]);
  }
  return groups;
}

/** Two coordinates, and a name that tells them from all others. */
interface Pair<E> {
  readonly name: string;
  readonly of: readonly [E, E];
}

/** Products of (1 - a)(1 - b) + a b; a pair's factor, and a product that begins as another one, is made once. */
class Factors<E> {
  readonly #cs: ConstraintSystem<E>;
  readonly #one: E;
  readonly #made = new Map<string, E>();

  constructor(cs: ConstraintSystem<E>) {
    this.#cs = cs;
    this.#one = cs.constant(1n);
  }

  product(pairs: readonly Pair<E>[]): E {
    let [names, product] = ['', this.#one];
    for (const [k, { name, of }] of pairs.entries()) {
      const factor = this.#once(name, () => this.#factor(of));
      names += `${name} `;
      product = k === 0 ? factor : this.#once(names, () => multiply(this.#cs, product, factor));
    }
    return product;
  }

  #factor([a, b]: readonly [E, E]): E {
    return this.#cs.sum([
      [1n, this.#one],
      [-1n, a],
      [-1n, b],
      [2n, multiply(this.#cs, a, b)],
    ]);
  }

  #once(name: string, make: () => E): E {
    let value = this.#made.get(name);
    if (value === undefined) {
      value = make();
      this.#made.set(name, value);
    }
    return value;
  }
}
