/** Multilinear extensions inside a circuit: eq of two points, and only those values eq(point, i) that are needed. */
import { type ConstraintSystem, multiply, type Product, sumOfProducts } from '../../circuit/constraint-system.ts';

/** root * prod_j ((1 - a_j)(1 - b_j) + a_j b_j). Two multiplications a coordinate. */
export function scaledEq<E>(cs: ConstraintSystem<E>, root: E, a: readonly E[], b: readonly E[]): E {
  const one = cs.constant(1n);
  return a.reduce((product, aj, j) => {
    const both = multiply(cs, aj, b[j]!);
    const factor = cs.sum([
      [1n, one],
      [-1n, aj],
      [-1n, b[j]!],
      [2n, both],
    ]);
    return multiply(cs, product, factor);
  }, root);
}

/** root * prod_j (1 - point_j): what a vector's extension takes from coordinates beyond its length. */
export function scaledZero<E>(cs: ConstraintSystem<E>, root: E, point: readonly E[]): E {
  return point.reduce((product, c) => cs.sub(product, multiply(cs, product, c)), root);
}

/**
 * root * eq(point, i) for the indices i of `needed`, in any order: a binary tree whose top level is the highest
 * coordinate. A node costs one multiplication, its left child being node - right; so n neighbouring leaves cost about n.
 */
export function eqLeaves<E>(
  cs: ConstraintSystem<E>,
  root: E,
  point: readonly E[],
  needed: Uint32Array,
): ReadonlyMap<number, E> {
  let level = new Map([[0, root]]);
  for (let j = point.length - 1; j >= 0; j--) {
    const next = new Map<number, E>();
    const right = new Map<number, E>();
    for (const leaf of needed) {
      const node = Math.floor(leaf / 2 ** j);
      if (next.has(node)) continue;
      const parent = node >>> 1;
      let child = right.get(parent);
      if (child === undefined) {
        child = multiply(cs, level.get(parent)!, point[j]!);
        right.set(parent, child);
      }
      next.set(node, node & 1 ? child : cs.sub(level.get(parent)!, child));
    }
    level = next;
  }
  return level;
}

/** Products that one variable gathers; a longer sum is cut, which costs nothing (k products are k constraints). */
const CHUNK = 64;

/** sum of many products, as a form. */
export function longSum<E>(cs: ConstraintSystem<E>, products: readonly Product<E>[]): E {
  const parts: (readonly [bigint, E])[] = [];
  for (let at = 0; at < products.length; at += CHUNK)
    parts.push([1n, sumOfProducts(cs, products.slice(at, at + CHUNK))]);
  return cs.sum(parts);
}
