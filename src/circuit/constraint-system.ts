/**
 * The language in which every circuit is written once (protocol section 2).
 *
 * A circuit is a function over `ConstraintSystem<E>`. Two implementations run it: `ShapeBuilder`, where E is a
 * linear form and rows are recorded, and `WitnessWriter`, where E is a value and the blocks are filled. Both meet
 * the same calls in the same order, so shape and witness cannot drift apart.
 *
 * A row asserts sum_k <a_k, z> <b_k, z> = 0; constants are multiples of u. A variable of the bit block satisfies
 * b (b - u) = 0 by itself; that row is implied and never listed. S-boxes are rows of degree five. In the fold all rows count
 * with the same degree, five: a quadratic one as u^3 times itself.
 */
import type { Engine, Vec } from '../algebra/engine.ts';
import type { Interruptible } from '../turns.ts';

/** One product <a, z> <b, z> of a row. */
export type Product<E> = readonly [E, E];

export interface ConstraintSystem<E> {
  readonly modulus: bigint;

  // linear algebra, free of rows
  constant(k: bigint): E;
  add(a: E, b: E): E;
  sub(a: E, b: E): E;
  scale(k: bigint, a: E): E;
  sum(terms: readonly (readonly [bigint, E])[]): E;

  // allocation; `value` is called only when a witness is written
  /** The public input x, `count` variables, allocated once and first. */
  publicInputs(values: () => readonly bigint[], count: number): E[];
  /** n variables of the bit block holding value's bits, lowest first. Throws E_BUG when the value has more bits. */
  bits(n: number, value: () => bigint): E[];
  /** One variable of the field block. */
  field(value: () => bigint): E;

  /**
   * A part of the circuit that allocates `count` field variables and nothing else, and whose values the engine makes faster than
   * this language. `build` runs it as usual. `write` may run instead where rows are not wanted: it fills the variables, in
   * their order, and returns the values of what `build` returns.
   */
  block(
    count: number,
    build: () => readonly E[],
    write: (engine: Engine, fields: Vec) => readonly bigint[],
  ): readonly E[];

  /** Asserts that the products sum to zero. */
  row(...products: readonly Product<E>[]): void;
  /** A new field variable, the fifth power of l: Poseidon's S-box. One row of its own kind, l^5 - out u^4. */
  fifthPower(l: E): E;
  /** One Poseidon permutation over Fr, width = state.length; a fifth power per S-box. */
  permute(state: readonly E[]): E[];

  /** Value of an element; only inside `value` callbacks. */
  value(e: E): bigint;
  /** Names the rows made inside `body` (budgets and error messages). */
  scope<T>(name: string, body: () => T): T;
}

/** A scope around work in pieces: it is left at each yield, and entered again for the next piece. */
export function* inScope<E, T>(cs: ConstraintSystem<E>, name: string, work: Interruptible<T>): Interruptible<T> {
  for (;;) {
    const { done, value } = cs.scope(name, () => work.next());
    if (done) return value;
    yield;
  }
}

/** Asserts a = b. */
export function assertEqual<E>(cs: ConstraintSystem<E>, a: E, b: E): void {
  cs.row([cs.sub(a, b), cs.constant(1n)]);
}

/** A new variable c = a b. One row. */
export function multiply<E>(cs: ConstraintSystem<E>, a: E, b: E): E {
  const c = cs.field(() => (cs.value(a) * cs.value(b)) % cs.modulus);
  cs.row([a, b], [cs.scale(-1n, c), cs.constant(1n)]);
  return c;
}

/** A new variable holding sum a_k b_k. One row with all the products. */
export function sumOfProducts<E>(cs: ConstraintSystem<E>, products: readonly Product<E>[]): E {
  const c = cs.field(() => products.reduce((s, [a, b]) => s + cs.value(a) * cs.value(b), 0n) % cs.modulus);
  cs.row(...products, [cs.scale(-1n, c), cs.constant(1n)]);
  return c;
}
