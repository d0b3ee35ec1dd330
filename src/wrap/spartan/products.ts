/**
 * All rows of a step system as ONE list of products, laid out for the wrap's Spartan proof (protocol section 9.2).
 *
 *     sum_i eq(rho, i) Q_i(z)  =  sum_p W_p (u^3 A_p B_p + S_p^5)  +  u^4 * sum_i eq(rho, i) L_i(z)
 *
 * A product with u is linear: it goes into L, not into the list; so does the output of an S-box row l^5 - out u^4, as -out.
 * Positions p are chosen for cheap weights:
 *   p = row + k                  bit row k of a block, B_k (B_k - u)
 *   p = listed + i               the first product of listed row i, or the input S_p = l of an S-box row; where a row has
 *                                none, A_p = B_p = 0 or S_p = 0
 *   p >= 2^rowLog                every further product: of families first, product k of pattern row i and copy c at base + c with
 *                                a base of its own, then of the other rows in their order
 * so that W_p = eq(rho, p) below 2^rowLog, whose extension is one closed product, and W_p = eq(rho, row(p)) above.
 * Coefficients stand on the left: A_p = coefficient * operand.
 *
 * In the circuit each pair (operand, side) costs a multiplication. Linear terms count as left (they share it), and a
 * product may be turned round: it is, where that makes fewer pairs. The rule is public and part of the verifier.
 */
import { FIELD_BYTES, type RowMatrix } from '../../algebra/engine.ts';
import type { Family, PatternRow, PatternTerm } from '../../circuit/families.ts';
import type { StepSystem } from '../../folding/step-system.ts';

/** The compiled rows and where they stand. */
export type SpartanSystem = Pick<StepSystem, 'matrix' | 'layout' | 'rows'>;

export interface ProductList {
  /** The list has 2^log positions. */
  readonly log: number;
  /** Listed products (the bit rows are implied): position, row index with bit rows counted, operands, coefficient. */
  readonly products: {
    readonly position: Uint32Array;
    readonly row: Uint32Array;
    readonly left: Uint32Array;
    readonly right: Uint32Array;
    readonly coefficient: Uint32Array;
  };
  /** Inputs of the S-box rows: row index with bit rows counted, which is their position too, and operand. */
  readonly boxes: { readonly row: Uint32Array; readonly operand: Uint32Array };
  /** Terms of the rows' linear parts L_i. */
  readonly linear: { readonly row: Uint32Array; readonly operand: Uint32Array; readonly coefficient: Uint32Array };
  /** What the coefficient indices mean. */
  readonly coefficients: readonly bigint[];
  /** What the first products and linear terms are copies of, and how many of either. */
  readonly families: readonly ProductFamily[];
  readonly replicated: { readonly products: number; readonly linear: number };
}

/** A family's products: those of copy 0, and what becomes of them in the others (circuit/families.ts). */
export interface ProductFamily {
  readonly log: number;
  readonly rows: readonly ProductRow[];
}

interface ProductRow extends Pick<PatternRow, 'linear' | 'constant' | 'steps'> {
  /** Row of copy 0 with bit rows counted; copy c has row + c. */
  readonly row: number;
  readonly products: readonly {
    /** Of copy 0; copy c has position + c. */
    readonly position: number;
    readonly coefficient: bigint;
    readonly left: readonly PatternTerm[];
    readonly right: readonly PatternTerm[];
  }[];
}

/** Operand 0 is the variable u. */
const U = 0;
/** The coefficient -1 has index 1 in every matrix. */
const MINUS_ONE = 1;

const lists = new WeakMap<object, ProductList>();

/** The list of a system; made once per matrix. */
export function productList({ matrix, layout }: Pick<SpartanSystem, 'matrix' | 'layout'>): ProductList {
  let list = lists.get(matrix);
  if (!list) {
    list = build(matrix.matrix, matrix.families, layout);
    lists.set(matrix, list);
  }
  return list;
}

/** Number of coordinates of the second sum-check: the longest of the committed vectors. */
export function innerLog(
  { layout }: Pick<SpartanSystem, 'layout'>,
  joined: readonly { readonly log: number }[],
): number {
  return Math.max(...[...layout.blocks, ...joined].map(({ log }) => log));
}

function build(
  matrix: RowMatrix,
  families: readonly Family[],
  { listed, rowLog }: SpartanSystem['layout'],
): ProductList {
  const { rowStart, prodA, prodB, prodCoef, boxIn, boxOut } = matrix;
  const linear: Listed[] = [];
  const quadratic: (Listed & { readonly position: number; readonly leader: number })[] = [];
  let extra = 2 ** rowLog;
  /**
   * Lists a row.
   * @param further the position of each product after the first
   * @param leader of the row's first product: that which says how the products are turned
   */
  const list = (i: number, further: (k: number) => number, leader = quadratic.length): void => {
    const row = listed + i;
    let at = 0;
    for (let k = rowStart[i]!; k < rowStart[i + 1]!; k++) {
      const [a, b] = [prodA[k]!, prodB[k]!];
      if (a === U || b === U) linear.push({ row, k, operand: a === U ? b : a });
      else {
        quadratic.push({ row, k, operand: a, position: at === 0 ? row : further(at), leader: leader + at });
        at++;
      }
    }
  };
  const leaders = families.map(({ log, row, pattern }) =>
    pattern.map((one, i) => {
      const [leader, base, copies] = [quadratic.length, extra, 2 ** log];
      for (let c = 0; c < copies; c++) list(row + i * copies + c, (k) => base + (k - 1) * copies + c, leader);
      extra = base + Math.max(0, one.products.length - 1) * copies;
      return leader;
    }),
  );
  const replicated = { products: quadratic.length, linear: linear.length };
  const end = Math.max(0, ...families.map(({ log, row, pattern }) => row + pattern.length * 2 ** log));
  for (let i = end; i + 1 < rowStart.length; i++) list(i, () => extra++);
  const boxRow = Uint32Array.from(boxIn, (_, k) => listed + rowStart.length - 1 + k);
  const pairs = quadratic.map(({ k }) => [prodA[k]!, prodB[k]!] as const);
  const turned = orient(
    pairs,
    quadratic.map(({ leader }) => leader),
    [...linear.map(({ operand }) => operand), ...boxOut],
  );
  const side = (s: 0 | 1): Uint32Array => Uint32Array.from(pairs, (pair, p) => pair[s ^ turned[p]!]!);
  const coefficients = canonicalIntegers(matrix.coefficients);
  return {
    log: Math.max(rowLog, Math.ceil(Math.log2(extra))),
    products: {
      position: Uint32Array.from(quadratic, ({ position }) => position),
      row: Uint32Array.from(quadratic, ({ row }) => row),
      left: side(0),
      right: side(1),
      coefficient: Uint32Array.from(quadratic, ({ k }) => prodCoef[k]!),
    },
    boxes: { row: boxRow, operand: boxIn },
    linear: {
      row: Uint32Array.from([...linear.map(({ row }) => row), ...boxRow]),
      operand: Uint32Array.from([...linear.map(({ operand }) => operand), ...boxOut]),
      coefficient: Uint32Array.from([...linear.map(({ k }) => prodCoef[k]!), ...boxOut].fill(MINUS_ONE, linear.length)),
    },
    coefficients,
    families: families.map(({ log, pattern }, f) => ({
      log,
      rows: pattern.map(({ products, ...rest }, i): ProductRow => {
        const leader = leaders[f]![i]!;
        return {
          ...rest,
          row: listed + families[f]!.row + i * 2 ** log,
          products: products.map((pair, k) => {
            const { position, k: product } = quadratic[leader + k]!;
            const turn = turned[leader + k]!;
            return {
              position,
              coefficient: coefficients[prodCoef[product]!]!,
              left: pair[turn],
              right: pair[turn ^ 1]!,
            };
          }),
        };
      }),
    })),
    replicated,
  };
}

/** A product of the matrix in a listed row; `operand` is what u is multiplied with where the product is linear. */
interface Listed {
  readonly row: number;
  readonly k: number;
  readonly operand: number;
}

/**
 * Turns each product the way that adds fewer pairs (operand, side) to those there are; `taken` start on the left. A product that another
 * one leads is turned as that one is. Returns 1 for those that are turned.
 */
function orient(
  pairs: readonly (readonly [number, number])[],
  leaders: readonly number[],
  taken: readonly number[],
): (0 | 1)[] {
  const [onLeft, onRight] = [new Set(taken), new Set<number>()];
  const fresh = (a: number, b: number): number => Number(!onLeft.has(a)) + Number(!onRight.has(b));
  const turned: (0 | 1)[] = [];
  for (const [k, [a, b]] of pairs.entries()) {
    const leader = leaders[k]!;
    if (leader < k) {
      turned.push(turned[leader]!);
      continue;
    }
    const turn = fresh(b, a) < fresh(a, b);
    onLeft.add(turn ? b : a);
    onRight.add(turn ? a : b);
    turned.push(turn ? 1 : 0);
  }
  return turned;
}

/** Integers from 32-byte little-endian encodings. */
function canonicalIntegers(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, i) => {
    let value = 0n;
    for (let limb = 3; limb >= 0; limb--) value = (value << 64n) | view.getBigUint64(i * FIELD_BYTES + 8 * limb, true);
    return value;
  });
}
