/**
 * The step system's matrices at the two points of a Spartan proof, inside the circuit (protocol section 9.2).
 *
 * Weighted sums of the rows cost one multiplication per product (its eq value), one per variable that occurs (its eq
 * value), one per row with several products and one per pair (distinct operand, side); nothing per term of a form.
 */
import { type ConstraintSystem, multiply, type Product } from '../../circuit/constraint-system.ts';
import { eqLeaves, longSum, scaledEq, scaledZero } from './eq.ts';
import type { ProductList, SpartanSystem } from './products.ts';

type Terms<E> = (readonly [bigint, E])[];

/** Values of z's variables at the second point: z replaced by something linear in what is known of it there. */
export type Assignment<E> = (variable: number) => E;

/** root * eq(point, position) of every listed product. */
export function productLeaves<E>(
  cs: ConstraintSystem<E>,
  { products }: ProductList,
  root: E,
  point: readonly E[],
): ReadonlyMap<number, E> {
  return eqLeaves(cs, root, point, products.position);
}

/**
 * root * eq(rho, row) of the rows that have a linear part or products beyond the first.
 */
export function rowLeaves<E>(
  cs: ConstraintSystem<E>,
  { products, linear }: ProductList,
  root: E,
  rho: readonly E[],
): ReadonlyMap<number, E> {
  const later = products.row.filter((row, k) => products.position[k] !== row);
  return eqLeaves(cs, root, rho, Uint32Array.from(new Set([...linear.row, ...later])));
}

/**
 * root * W~(r): eq(rho, r) closed for the positions below 2^rowLog, row by row for the others.
 * @param rows root * eq(rho, row)
 */
export function weightExtension<E>(
  cs: ConstraintSystem<E>,
  { products }: ProductList,
  { root, rho, r }: { readonly root: E; readonly rho: readonly E[]; readonly r: readonly E[] },
  rows: ReadonlyMap<number, E>,
  leaves: ReadonlyMap<number, E>,
): E {
  const later = new Map<number, Terms<E>>();
  products.position.forEach((position, k) => {
    const row = products.row[k]!;
    if (position !== row) push(later, row, [1n, leaves.get(position)!]);
  });
  const sums = [...later].map(([row, terms]): Product<E> => [rows.get(row)!, cs.sum(terms)]);
  const closed = scaledEq(cs, scaledZero(cs, root, r.slice(rho.length)), rho, r.slice(0, rho.length));
  return cs.add(closed, longSum(cs, sums));
}

/**
 * sum over all operands of (its weight on the left + gamma * its weight on the right) * its value at z: the listed
 * rows' share of A~(r) + gamma B~(r) + sum_i root_i L_i, where `rows` holds root_i = gamma^2 eq(rho, i).
 */
export function operandSum<E>(
  cs: ConstraintSystem<E>,
  { matrix }: Pick<SpartanSystem, 'matrix'>,
  { products, linear, coefficients }: ProductList,
  {
    rows,
    leaves,
    gamma,
    z,
  }: {
    readonly rows: ReadonlyMap<number, E>;
    readonly leaves: ReadonlyMap<number, E>;
    readonly gamma: E;
    readonly z: Assignment<E>;
  },
): E {
  const left = new Map<number, Terms<E>>();
  const right = new Map<number, Terms<E>>();
  products.position.forEach((position, k) => {
    const leaf = leaves.get(position)!;
    push(left, products.left[k]!, [coefficients[products.coefficient[k]!]!, leaf]);
    push(right, products.right[k]!, [1n, leaf]);
  });
  linear.operand.forEach((operand, k) => {
    push(left, operand, [coefficients[linear.coefficient[k]!]!, rows.get(linear.row[k]!)!]);
  });
  const { variables, formStart, formVar, formCoef } = matrix.matrix;
  const values = new Map<number, E>();
  const value = (operand: number): E => {
    if (operand < variables) return z(operand);
    let known = values.get(operand);
    if (known === undefined) {
      const [from, to] = [formStart[operand - variables]!, formStart[operand - variables + 1]!];
      const terms: Terms<E> = [];
      for (let k = from; k < to; k++) terms.push([coefficients[formCoef[k]!]!, z(formVar[k]!)]);
      known = cs.sum(terms);
      values.set(operand, known);
    }
    return known;
  };
  const total = (side: ReadonlyMap<number, Terms<E>>): E =>
    longSum(
      cs,
      [...side].map(([operand, terms]) => [cs.sum(terms), value(operand)]),
    );
  return cs.add(total(left), multiply(cs, gamma, total(right)));
}

/** Variables that occur in a row, as increasing indices into z. */
export function usedVariables({ matrix }: Pick<SpartanSystem, 'matrix'>): Uint32Array {
  const { variables, formVar, prodA, prodB } = matrix.matrix;
  const used = new Uint8Array(variables);
  for (const v of formVar) used[v] = 1;
  for (const operands of [prodA, prodB]) for (const o of operands) if (o < variables) used[o] = 1;
  return Uint32Array.from(used.keys()).filter((v) => used[v] === 1);
}

function push<E>(map: Map<number, Terms<E>>, key: number, term: readonly [bigint, E]): void {
  const terms = map.get(key);
  if (terms) terms.push(term);
  else map.set(key, [term]);
}
