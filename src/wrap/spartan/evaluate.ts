/**
 * The step system's matrices at the two points of a Spartan proof, inside the circuit (protocol section 9.2).
 *
 * Weighted sums of the rows cost one multiplication per product or S-box (its eq value), about one per variable that
 * occurs (its eq value; bits packed into integers cost less), one per row with several products and one per pair
 * (distinct operand, side); nothing per term of a form.
 */
import { R } from '../../algebra/params.ts';
import { type ConstraintSystem, multiply, type Product } from '../../circuit/constraint-system.ts';
import { type BitRange, rowShape } from '../../folding/layout.ts';
import type { Interruptible } from '../../turns.ts';
import { type EqTree, longSum, scaledEq, scaledZero } from './eq.ts';
import type { ProductList, SpartanSystem } from './products.ts';

type Term<E> = readonly [bigint, E];

/** Entries of a piece of this work. */
const CHUNK = 256;

/** z replaced by something linear in what is known of it at the second point. */
export interface Assignment<E> {
  /** Value of the variable with this index in z. */
  variable(v: number): E;
  /** sum_{k < 2^t} 2^k z_(v + k), where all are bits of one block, v's place in it a multiple of 2^t. */
  packedBits(v: number, t: number): E;
}

/** Where both sums are wanted. */
interface SpartanPoint<E> {
  /** gamma^3. */
  readonly root: E;
  readonly rho: readonly E[];
  readonly r: readonly E[];
  readonly gamma: E;
  readonly ry: readonly E[];
  readonly u: E;
  readonly x: E;
  /** The blocks' extensions at ry. */
  readonly claims: readonly E[];
}

/** Both sums at once by other means than eq trees (evaluate-native.ts). */
export type Evaluate<E> = (point: SpartanPoint<E>) => {
  /** root * W~(r). */
  readonly weight: E;
  /** `operandSum`. */
  readonly listed: E;
};

/**
 * root * W~(r): eq(rho, r) closed for the positions below 2^rowLog, row by row for the others.
 * @param rows tree of root * eq(rho, row)
 * @param leaves tree of eq(r, position)
 */
export function* weightExtension<E>(
  cs: ConstraintSystem<E>,
  { products }: ProductList,
  { root, rho, r }: { readonly root: E; readonly rho: readonly E[]; readonly r: readonly E[] },
  rows: EqTree<E>,
  leaves: EqTree<E>,
): Interruptible<E> {
  const later = new Map<number, Term<E>[]>();
  for (const [k, position] of products.position.entries()) {
    const row = products.row[k]!;
    if (position !== row) push(later, row, [1n, leaves.leaf(position)]);
    if (k % CHUNK === 0) yield;
  }
  const sums: Product<E>[] = [];
  for (const [row, terms] of later) {
    sums.push([rows.leaf(row), cs.sum(terms)]);
    if (sums.length % CHUNK === 0) yield;
  }
  const closed = scaledEq(cs, scaledZero(cs, root, r.slice(rho.length)), rho, r.slice(0, rho.length));
  return cs.add(closed, yield* longSum(cs, sums));
}

/**
 * sum over all operands of (its weights on the left, on the right and as an S-box's input, times 1, gamma, gamma^2) *
 * its value at z: the listed rows' share of A~(r) + gamma B~(r) + gamma^2 S~(r) + sum_i root_i L_i, where `rows` holds
 * root_i = gamma^3 eq(rho, i).
 */
export function* operandSum<E>(
  cs: ConstraintSystem<E>,
  system: Pick<SpartanSystem, 'matrix' | 'layout'>,
  { products, boxes, linear, coefficients }: ProductList,
  trees: { readonly rows: EqTree<E>; readonly leaves: EqTree<E> },
  gamma: E,
  z: Assignment<E>,
): Interruptible<E> {
  const left = new Map<number, Term<E>[]>();
  const right = new Map<number, Term<E>[]>();
  const inputs = new Map<number, Term<E>[]>();
  for (const [k, position] of products.position.entries()) {
    const leaf = trees.leaves.leaf(position);
    push(left, products.left[k]!, [coefficients[products.coefficient[k]!]!, leaf]);
    push(right, products.right[k]!, [1n, leaf]);
    if (k % CHUNK === 0) yield;
  }
  for (const [k, operand] of boxes.operand.entries()) {
    push(inputs, operand, [1n, trees.leaves.leaf(boxes.row[k]!)]);
    if (k % CHUNK === 0) yield;
  }
  for (const [k, operand] of linear.operand.entries()) {
    push(left, operand, [coefficients[linear.coefficient[k]!]!, trees.rows.leaf(linear.row[k]!)]);
    if (k % CHUNK === 0) yield;
  }
  const { variables } = system.matrix.matrix;
  const { bits } = rowShape(system.layout, system.matrix);
  const forms = new Map<number, E>();
  const value = (operand: number): E => {
    if (operand < variables) return z.variable(operand);
    let known = forms.get(operand);
    if (known === undefined) {
      known = cs.sum(formTerms(system, bits, coefficients, operand - variables, z));
      forms.set(operand, known);
    }
    return known;
  };
  function* total(side: ReadonlyMap<number, Term<E>[]>): Interruptible<E> {
    const sums: Product<E>[] = [];
    for (const [operand, terms] of side) {
      sums.push([cs.sum(terms), value(operand)]);
      if (sums.length % CHUNK === 0) yield;
    }
    return yield* longSum(cs, sums);
  }
  // Horner: left + gamma (right + gamma inputs)
  let sum = yield* total(inputs);
  for (const side of [right, left]) sum = cs.add(yield* total(side), multiply(cs, gamma, sum));
  return sum;
}

/** Blocks of at least 2^2 bits are worth a multiplication of their own. */
const SMALLEST_BLOCK = 2;

/** A form's terms at z; neighbouring bits whose coefficients double are taken in aligned blocks. */
function formTerms<E>(
  { matrix }: Pick<SpartanSystem, 'matrix'>,
  bits: readonly BitRange[],
  coefficients: readonly bigint[],
  form: number,
  z: Assignment<E>,
): Term<E>[] {
  const { formStart, formVar, formCoef } = matrix.matrix;
  const coefficient = (k: number): bigint => coefficients[formCoef[k]!]!;
  const end = formStart[form + 1]!;
  const terms: Term<E>[] = [];
  for (let k = formStart[form]!; k < end; ) {
    const v = formVar[k]!;
    const own = bits.find(({ variable, count }) => variable <= v && v < variable + count);
    let run = 1;
    if (own)
      while (
        k + run < end &&
        v + run < own.variable + own.count &&
        formVar[k + run] === v + run &&
        coefficient(k + run) === (2n * coefficient(k + run - 1)) % R
      )
        run++;
    const t = own ? Math.min(trailingZeros(v - own.variable), 31 - Math.clz32(run)) : 0;
    const block = t >= SMALLEST_BLOCK;
    terms.push([coefficient(k), block ? z.packedBits(v, t) : z.variable(v)]);
    k += block ? 2 ** t : 1;
  }
  return terms;
}

/** 32 for 0. */
function trailingZeros(n: number): number {
  return n === 0 ? 32 : 31 - Math.clz32(n & -n);
}

function push<E>(map: Map<number, Term<E>[]>, key: number, term: Term<E>): void {
  const terms = map.get(key);
  if (terms) terms.push(term);
  else map.set(key, [term]);
}
