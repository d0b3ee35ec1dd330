/** Multilinear extensions inside a circuit: eq of two points, and only those values eq(point, i) that are asked for. */
import { type ConstraintSystem, multiply, type Product, sumOfProducts } from '../../circuit/constraint-system.ts';
import type { Interruptible } from '../../turns.ts';

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
 * The values root * eq(point, i), made when they are first asked for: a binary tree whose top level is the highest
 * coordinate. Two children cost one multiplication (left = parent - right), so n neighbouring leaves cost about n.
 * A node over the 2^t indices i with the same i >> t is numbered 2^(n - t) + (i >> t): the root is 1.
 */
export class EqTree<E> {
  readonly #cs: ConstraintSystem<E>;
  readonly #point: readonly E[];
  readonly #nodes: Map<number, E>;
  readonly #packed = new Map<number, E>();
  readonly #factors: E[];

  constructor(cs: ConstraintSystem<E>, root: E, point: readonly E[]) {
    this.#cs = cs;
    this.#point = point;
    this.#nodes = new Map([[1, root]]);
    this.#factors = [cs.constant(1n)];
  }

  /** root * eq(point, i). */
  leaf(i: number): E {
    return this.#node(2 ** this.#point.length + i);
  }

  /** root * sum_{k < 2^t} eq(point, i + k) for i a multiple of 2^t. */
  over(i: number, t: number): E {
    return this.#node(2 ** (this.#point.length - t) + i / 2 ** t);
  }

  /**
   * root * sum_{k < 2^t} 2^k eq(point, i + k) for i a multiple of 2^t: the value at `point` of bits packed into an
   * integer. The sum is the node over them times prod_{j < t} ((1 - point_j) + 2^(2^j) point_j): one multiplication.
   */
  packed(i: number, t: number): E {
    const at = 2 ** (this.#point.length - t) + i / 2 ** t;
    let value = this.#packed.get(at);
    if (value === undefined) {
      const [node, factor] = [this.#node(at), this.#factor(t)];
      value = this.#cs.scope('eq', () => multiply(this.#cs, node, factor));
      this.#packed.set(at, value);
    }
    return value;
  }

  #node(at: number): E {
    const known = this.#nodes.get(at);
    if (known !== undefined) return known;
    const parent = this.#node(at >>> 1);
    // depth of the children: 1 below the root binds the highest coordinate
    const depth = 31 - Math.clz32(at);
    const coordinate = this.#point[this.#point.length - depth]!;
    const right = this.#cs.scope('eq', () => multiply(this.#cs, parent, coordinate));
    this.#nodes.set(at | 1, right);
    this.#nodes.set(at & ~1, this.#cs.sub(parent, right));
    return this.#nodes.get(at)!;
  }

  #factor(t: number): E {
    const cs = this.#cs;
    while (this.#factors.length <= t) {
      const j = this.#factors.length - 1;
      const next = cs.sum([
        [1n, cs.constant(1n)],
        [(1n << (1n << BigInt(j))) - 1n, this.#point[j]!],
      ]);
      this.#factors.push(j === 0 ? next : multiply(cs, this.#factors[j]!, next));
    }
    return this.#factors[t]!;
  }
}

/** Products that one variable gathers; a longer sum is cut, which costs nothing (k products are k constraints). */
const CHUNK = 64;

/** sum of many products, as a form. */
export function* longSum<E>(cs: ConstraintSystem<E>, products: readonly Product<E>[]): Interruptible<E> {
  const parts: (readonly [bigint, E])[] = [];
  for (let at = 0; at < products.length; at += CHUNK) {
    parts.push([1n, sumOfProducts(cs, products.slice(at, at + CHUNK))]);
    yield;
  }
  return cs.sum(parts);
}
