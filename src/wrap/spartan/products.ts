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
 *   p >= 2^rowLog                every further product, in the order of the rows
 * so that W_p = eq(rho, p) below 2^rowLog, whose extension is one closed product, and W_p = eq(rho, row(p)) above.
 * Coefficients stand on the left: A_p = coefficient * operand.
 *
 * In the circuit each pair (operand, side) costs a multiplication. Linear terms count as left (they share it), and a
 * product may be turned round: it is, where that makes fewer pairs. The rule is public and part of the verifier.
 */
import { FIELD_BYTES, type RowMatrix } from '../../algebra/engine.ts';
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
    list = build(matrix.matrix, layout);
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

function build(matrix: RowMatrix, { listed, rowLog }: SpartanSystem['layout']): ProductList {
  const { rowStart, prodA, prodB, prodCoef, boxIn, boxOut } = matrix;
  const linear: [number, number, number][] = [];
  const quadratic: [number, number, number][] = [];
  let extra = 2 ** rowLog;
  for (let i = 0; i + 1 < rowStart.length; i++) {
    const row = listed + i;
    let first = true;
    for (let k = rowStart[i]!; k < rowStart[i + 1]!; k++) {
      const [a, b] = [prodA[k]!, prodB[k]!];
      if (a === U || b === U) {
        linear.push([row, a === U ? b : a, prodCoef[k]!]);
        continue;
      }
      quadratic.push([k, row, first ? row : extra++]);
      first = false;
    }
  }
  const boxRow = Uint32Array.from(boxIn, (_, k) => listed + rowStart.length - 1 + k);
  boxOut.forEach((out, k) => {
    linear.push([boxRow[k]!, out, MINUS_ONE]);
  });
  const [left, right] = orient(
    quadratic.map(([k]) => [prodA[k]!, prodB[k]!] as const),
    linear.map(([, operand]) => operand),
  );
  return {
    log: Math.max(rowLog, Math.ceil(Math.log2(extra))),
    products: {
      position: Uint32Array.from(quadratic, ([, , position]) => position),
      row: Uint32Array.from(quadratic, ([, row]) => row),
      left,
      right,
      coefficient: Uint32Array.from(quadratic, ([k]) => prodCoef[k]!),
    },
    boxes: { row: boxRow, operand: boxIn },
    linear: {
      row: Uint32Array.from(linear, ([row]) => row),
      operand: Uint32Array.from(linear, ([, operand]) => operand),
      coefficient: Uint32Array.from(linear, ([, , coefficient]) => coefficient),
    },
    coefficients: canonicalIntegers(matrix.coefficients),
  };
}

/** Turns each product the way that adds fewer pairs (operand, side) to those there are; `taken` start on the left. */
function orient(
  pairs: readonly (readonly [number, number])[],
  taken: readonly number[],
): [left: Uint32Array, right: Uint32Array] {
  const [onLeft, onRight] = [new Set(taken), new Set<number>()];
  const left = new Uint32Array(pairs.length);
  const right = new Uint32Array(pairs.length);
  const fresh = (a: number, b: number): number => Number(!onLeft.has(a)) + Number(!onRight.has(b));
  pairs.forEach(([a, b], k) => {
    const [l, r] = fresh(b, a) < fresh(a, b) ? [b, a] : [a, b];
    onLeft.add(l);
    onRight.add(r);
    left[k] = l;
    right[k] = r;
  });
  return [left, right];
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
