/**
 * A constraint system over Fq with its rows as polynomials in T = 2^45 over integer limbs (protocol section 9.4): the same
 * relation modulo q at T = 2^45. It is derived from the compiled matrix: the circuit is not written a second time.
 *
 * Coefficients are polynomials too: constants of full length, such as beta, are cut into limbs like values.
 */
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { Q } from '../../algebra/params.ts';
import type { ConstraintMatrix } from '../../circuit/compile.ts';
import { invariant } from '../../errors.ts';
import { CHALLENGE_BOUNDS } from './challenges.ts';
import { LIMB_BOUNDS, limbsOfConstant } from './limbs.ts';
import { type Polynomial, sizesOf, sumOf, times } from './polynomials.ts';

/** A coefficient and what it multiplies, by index. */
type Term = readonly [Polynomial, number];

export interface RowSystem {
  /** Length of z = (u, x, w), and how many of it come before w. */
  readonly variableCount: number;
  readonly head: number;
  /** Forms over z. */
  readonly operands: readonly (readonly Term[])[];
  /** Distinct products of two operands; there are at most 2^log. */
  readonly products: readonly (readonly [number, number])[];
  readonly log: number;
  /** Rows as sums of products. */
  readonly rows: readonly (readonly Term[])[];
  /** Bounds on the coefficients of S (identity.ts) for any limbs and challenges in their ranges. */
  readonly bounds: readonly bigint[];
}

const systems = new WeakMap<ConstraintMatrix, RowSystem>();

/** Made once per matrix. */
export function rowSystem(matrix: ConstraintMatrix): RowSystem {
  let system = systems.get(matrix);
  if (!system) {
    system = build(matrix);
    systems.set(matrix, system);
  }
  return system;
}

/** Challenges on each side: row i is weighted by low[floor(i / side)] high[i mod side]. */
export function challengeSide(rows: number): number {
  return Math.ceil(Math.sqrt(rows));
}

function build({ matrix, modulus, sizes }: ConstraintMatrix): RowSystem {
  invariant(
    modulus === Q && sizes.bits === 0 && sizes.model === 0 && sizes.boxes === 0,
    'the wrap checks systems of quadratic rows in field variables over Fq',
  );
  const { variables, formStart, formVar, formCoef, rowStart, prodA, prodB, prodCoef } = matrix;
  const F = field(Q);
  const coefficients = Array.from({ length: matrix.coefficients.length / FIELD_BYTES }, (_, k) => {
    const c = F.fromBytes(matrix.coefficients.subarray(FIELD_BYTES * k, FIELD_BYTES * (k + 1)));
    return limbsOfConstant(c > Q >> 1n ? c - Q : c);
  });
  const indices = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);
  const forms = indices(0, formStart.length - 1).map((f) =>
    indices(formStart[f]!, formStart[f + 1]!).map((k): Term => [coefficients[formCoef[k]!]!, formVar[k]!]),
  );
  const operands = [...indices(0, variables).map((v): Term[] => [[[1n], v]]), ...forms];
  const products: (readonly [number, number])[] = [];
  const known = new Map<string, number>();
  const rows = indices(0, sizes.rows).map((i) =>
    indices(rowStart[i]!, rowStart[i + 1]!).map((k): Term => {
      const pair = prodA[k]! < prodB[k]! ? ([prodA[k]!, prodB[k]!] as const) : ([prodB[k]!, prodA[k]!] as const);
      const key = pair.join();
      const product = known.get(key) ?? products.push(pair) - 1;
      known.set(key, product);
      return [coefficients[prodCoef[k]!]!, product];
    }),
  );
  return {
    ...{ variableCount: variables, head: 1 + sizes.x, operands, products, rows },
    log: Math.max(1, Math.ceil(Math.log2(products.length))),
    bounds: boundsOf(operands, products, rows),
  };
}

/** The largest sizes that the coefficients of sum low_a high_b (Q_i - e_i) can have. */
function boundsOf(
  operands: RowSystem['operands'],
  products: RowSystem['products'],
  rows: RowSystem['rows'],
): readonly bigint[] {
  const ofOperands = operands.map((terms) => sumOf(terms.map(([c]) => times(sizesOf(c), LIMB_BOUNDS))));
  const ofProducts = products.map(([a, b]) => times(ofOperands[a]!, ofOperands[b]!));
  const ofRows = rows.map((terms) => sumOf([...terms.map(([c, p]) => times(sizesOf(c), ofProducts[p]!)), LIMB_BOUNDS]));
  return times(times(CHALLENGE_BOUNDS, CHALLENGE_BOUNDS), sumOf(ofRows));
}
