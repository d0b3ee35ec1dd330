/**
 * A constraint system over Fq rewritten so that its rows can be evaluated on integers: the same relation modulo q, with small
 * constants only. It is derived from the compiled matrix: the circuit is not written a second time.
 *
 * A large coefficient would make the products of limbs overflow Fr, so what carries one becomes an auxiliary value,
 * defined exactly (never inside the random combination: advice is chosen after the challenge):
 * - BETA x, once per variable and constant;
 * - a form with several large coefficients, such as sum 4^k (xQ_k - xB), as a whole.
 * A definition b a = sum c_v z_v mod q has coefficients of at most 128 bits: powers of four as they are, a constant c of 254 bits
 * as the fraction c = c_v / b of two halves of its length.
 */
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { Q } from '../../algebra/params.ts';
import type { ConstraintMatrix } from '../../circuit/compile.ts';
import { invariant } from '../../errors.ts';
import { LIMB, LIMBS } from './limbs.ts';

/** Coefficient and variable; indices from `variables` on are auxiliary values. */
type Term = readonly [bigint, number];

/** denominator * value = sum of terms modulo q; the denominator is invertible. */
export interface Definition {
  readonly denominator: bigint;
  readonly terms: readonly Term[];
}

interface IntegerRow {
  /** Coefficient and index of a product. */
  readonly terms: readonly (readonly [bigint, number])[];
  /** Bound on the size of the coefficients, as a polynomial in T, of the row minus its error value. */
  readonly bound: bigint;
}

export interface IntegerRows {
  /** Length of z = (u, x, w). */
  readonly variables: number;
  readonly definitions: readonly Definition[];
  /** Forms over z and the auxiliary values, small coefficients. */
  readonly operands: readonly (readonly Term[])[];
  /** Distinct products of two operands. */
  readonly products: readonly (readonly [number, number])[];
  readonly rows: readonly IntegerRow[];
}

/** Coefficients below it in size stay in the rows. */
const SMALL = 1n << 8n;
/** Coefficients below it in size may stay in a definition. */
const MIDDLE = 1n << 128n;

const absolute = (v: bigint): bigint => (v < 0n ? -v : v);

export function integerRows({ matrix, modulus, sizes }: ConstraintMatrix): IntegerRows {
  invariant(
    modulus === Q && sizes.bits === 0 && sizes.model === 0,
    'the wrap checks systems of field variables over Fq',
  );
  const { variables } = matrix;
  const F = field(Q);
  const coefficients = Array.from({ length: matrix.coefficients.length / FIELD_BYTES }, (_, k) => {
    const c = F.fromBytes(matrix.coefficients.subarray(FIELD_BYTES * k, FIELD_BYTES * (k + 1)));
    return c > Q >> 1n ? c - Q : c;
  });
  const definitions = new Table<Definition>();
  const operands = new Table<readonly Term[]>();
  const products = new Table<readonly [number, number]>();

  const auxiliary = (key: string, definition: () => Definition): number =>
    variables + definitions.index(key, definition);
  /** c z_v with a small coefficient, possibly on an auxiliary value. */
  const small = ([c, v]: Term): Term => {
    const size = absolute(c);
    if (size < SMALL) return [c, v];
    return [c < 0n ? -1n : 1n, auxiliary(`${size} ${v}`, () => fraction(size, v))];
  };
  /** Terms of operand o of the matrix. */
  const operandTerms = (o: number): readonly Term[] => {
    if (o < variables) return [[1n, o]];
    const f = o - variables;
    const terms = Array.from({ length: matrix.formStart[f + 1]! - matrix.formStart[f]! }, (_, i): Term => {
      const k = matrix.formStart[f]! + i;
      return [coefficients[matrix.formCoef[k]!]!, matrix.formVar[k]!];
    });
    const large = terms.filter(([c]) => absolute(c) >= SMALL).length;
    return large > 1 ? [[1n, auxiliary(`form ${f}`, () => ({ denominator: 1n, terms }))]] : terms.map(small);
  };
  const interned = (terms: readonly Term[]): number => operands.index(terms.join(' '), () => terms);
  const norm = (operand: number): bigint => operands.items[operand]!.reduce((sum, [c]) => sum + absolute(c), 0n);

  const rows = Array.from({ length: sizes.rows }, (_, i): IntegerRow => {
    // a product of polynomials of five limbs adds at most five products of limbs into a coefficient
    let bound = LIMB;
    const terms: [bigint, number][] = [];
    for (let k = matrix.rowStart[i]!; k < matrix.rowStart[i + 1]!; k++) {
      let c = coefficients[matrix.prodCoef[k]!]!;
      let [a, b] = [matrix.prodA[k]!, matrix.prodB[k]!].sort((x, y) => x - y) as [number, number];
      let first = operandTerms(a);
      if (absolute(c) >= SMALL) {
        // compile takes coefficients out of single variables only, and a is one if either operand is
        invariant(a < variables, 'a large coefficient of a product belongs to a single variable');
        const [sign, v] = small([c, a]);
        first = [[1n, v]];
        c = sign;
      }
      a = interned(first);
      b = interned(operandTerms(b));
      bound += absolute(c) * BigInt(LIMBS) * norm(a) * norm(b) * LIMB * LIMB;
      const pair = a < b ? ([a, b] as const) : ([b, a] as const);
      terms.push([c, products.index(pair.join(' '), () => pair)]);
    }
    return { terms, bound };
  });
  for (const { denominator, terms } of definitions.items) {
    invariant(
      [denominator, ...terms.map(([c]) => c)].every((c) => absolute(c) < MIDDLE),
      'a form with several coefficients of full length has no integer definition',
    );
  }
  return {
    variables,
    definitions: definitions.items,
    operands: operands.items,
    products: products.items,
    rows,
  };
}

/**
 * a = c z_v by a short fraction c = n / d modulo q: in Euclid's algorithm on (q, c) every remainder n is d c modulo q for a
 * known d, and |n d| < q; the first remainder below sqrt(q) has |d| < sqrt(q) too. d is not 0, so invertible.
 */
function fraction(c: bigint, v: number): Definition {
  if (c < MIDDLE) return { denominator: 1n, terms: [[c, v]] };
  let [r0, r1, d0, d1] = [Q, c, 0n, 1n];
  while (r1 * r1 > Q) {
    const quotient = r0 / r1;
    [r0, r1, d0, d1] = [r1, r0 - quotient * r1, d1, d0 - quotient * d1];
  }
  return { denominator: d1, terms: [[r1, v]] };
}

/** Gives equal keys one index each, in order of first use. */
class Table<T> {
  readonly items: T[] = [];
  readonly #indices = new Map<string, number>();

  index(key: string, make: () => T): number {
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.items.push(make()) - 1;
      this.#indices.set(key, index);
    }
    return index;
  }
}
