/**
 * The step system's matrices at the two points of a Spartan proof, inside the circuit (protocol section 9.2).
 *
 * Weighted sums of the rows cost one multiplication per product or S-box (its eq value), about one per variable that
 * occurs (its eq value; bits packed into integers cost less), one per row with several products and one per pair
 * (distinct operand, side); nothing per term of a form.
 */
import { type ConstraintSystem, multiply, type Product } from '../../circuit/constraint-system.ts';
import type { Interruptible } from '../../turns.ts';
import { longSum, scaledEq, scaledZero } from './eq.ts';
import { type Assignment, packed } from './operands.ts';
import { familySums, familyWeights, type Sides } from './pattern-sums.ts';
import type { ProductList, SpartanSystem } from './products.ts';

type Term<E> = readonly [bigint, E];

/** Entries of a piece of this work. */
const CHUNK = 256;

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
 * @param sides trees of root * eq(rho, row) and of eq(r, position)
 */
export function* weightExtension<E>(
  cs: ConstraintSystem<E>,
  { products, families, replicated }: ProductList,
  root: E,
  { rows, positions }: Sides<E>,
): Interruptible<E> {
  const [rho, r] = [rows.point, positions.point];
  const ofFamilies = yield* familyWeights(cs, families, rows, positions);
  const later = new Map<number, Term<E>[]>();
  for (let k = replicated.products; k < products.position.length; k++) {
    const position = products.position[k]!;
    const row = products.row[k]!;
    if (position !== row) push(later, row, [1n, positions.tree.leaf(position)]);
    if (k % CHUNK === 0) yield;
  }
  const sums: Product<E>[] = [];
  for (const [row, terms] of later) {
    sums.push([rows.tree.leaf(row), cs.sum(terms)]);
    if (sums.length % CHUNK === 0) yield;
  }
  const closed = scaledEq(cs, scaledZero(cs, root, r.slice(rho.length)), rho, r.slice(0, rho.length));
  return cs.sum([closed, ofFamilies, yield* longSum(cs, sums)].map((share) => [1n, share] as const));
}

/**
 * sum over all operands of (its weights on the left, on the right and as an S-box's input, times 1, gamma, gamma^2) *
 * its value at z: the listed rows' share of A~(r) + gamma B~(r) + gamma^2 S~(r) + sum_i root_i L_i, where `rows` holds
 * root_i = gamma^3 eq(rho, i).
 */
export function* operandSum<E>(
  cs: ConstraintSystem<E>,
  { matrix }: Pick<SpartanSystem, 'matrix'>,
  { products, boxes, linear, coefficients, families, replicated }: ProductList,
  { rows, positions }: Sides<E>,
  gamma: E,
  z: Assignment<E>,
): Interruptible<E> {
  const left = new Map<number, Term<E>[]>();
  const right = new Map<number, Term<E>[]>();
  const inputs = new Map<number, Term<E>[]>();
  for (let k = replicated.products; k < products.position.length; k++) {
    const leaf = positions.tree.leaf(products.position[k]!);
    push(left, products.left[k]!, [coefficients[products.coefficient[k]!]!, leaf]);
    push(right, products.right[k]!, [1n, leaf]);
    if (k % CHUNK === 0) yield;
  }
  for (const [k, operand] of boxes.operand.entries()) {
    push(inputs, operand, [1n, positions.tree.leaf(boxes.row[k]!)]);
    if (k % CHUNK === 0) yield;
  }
  for (let k = replicated.linear; k < linear.operand.length; k++) {
    push(left, linear.operand[k]!, [coefficients[linear.coefficient[k]!]!, rows.tree.leaf(linear.row[k]!)]);
    if (k % CHUNK === 0) yield;
  }
  const { variables, formStart, formVar, formCoef } = matrix.matrix;
  const forms = new Map<number, E>();
  const value = (operand: number): E => {
    if (operand < variables) {
      const { tree, at } = z.place(operand, []);
      return tree.leaf(at);
    }
    let known = forms.get(operand);
    if (known === undefined) {
      const [from, to] = [formStart[operand - variables]!, formStart[operand - variables + 1]!];
      const terms = Array.from(formVar.subarray(from, to), (variable, k) => ({
        variable,
        coefficient: coefficients[formCoef[from + k]!]!,
      }));
      known = cs.sum(packed(z, terms, []));
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
  const ofFamilies = yield* familySums(cs, families, rows, positions, z);
  // Horner: left + gamma (right + gamma inputs)
  const onRight = cs.add(ofFamilies.right, yield* total(right));
  const onLeft = cs.add(ofFamilies.left, yield* total(left));
  const beyond = cs.add(onRight, multiply(cs, gamma, yield* total(inputs)));
  return cs.add(onLeft, multiply(cs, gamma, beyond));
}

function push<E>(map: Map<number, Term<E>[]>, key: number, term: Term<E>): void {
  const terms = map.get(key);
  if (terms) terms.push(term);
  else map.set(key, [term]);
}
