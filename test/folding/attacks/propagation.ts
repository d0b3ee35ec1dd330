/**
 * Which variables follow from others, one by one: a variable is determined when some row is linear in it, with a
 * non-zero coefficient, and every other variable of that row is known. So no group of variables can move together. An S-box
 * is linear in its output, and determines a variable of its operand as well, since x^5 takes every value once in Fr.
 *
 * Two rows that share a product are also taken in the combination without it: a ladder round's first row is linear in its
 * slope only after its last row has given the product that both hold.
 */
import type { Engine, Vec } from '../../../src/algebra/engine.ts';
import { R } from '../../../src/algebra/params.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';

type Products = Map<string, { readonly a: number; readonly b: number; readonly coef: bigint }>;

/** The variables (indices in z) that do not follow from `known` at the witness z. */
export function undetermined(
  engine: Engine,
  system: Pick<StepSystem, 'matrix' | 'rows'>,
  z: Vec,
  known: (variable: number) => boolean,
): number[] {
  const { matrix } = system.matrix;
  const coefficients = engine.fr.decode(engine.fr.fromCanonical(matrix.coefficients));
  const operands = [...engine.fr.decode(z), ...engine.fr.decode(system.rows.forms(z))];
  const forms = Array.from({ length: operands.length }, (_, operand): Map<number, bigint> => {
    if (operand < matrix.variables) return new Map([[operand, 1n]]);
    const [from, to] = [0, 1].map((d) => matrix.formStart[operand - matrix.variables + d]!) as [number, number];
    return new Map(
      Array.from({ length: to - from }, (_, k) => [
        matrix.formVar[from + k]!,
        coefficients[matrix.formCoef[from + k]!]!,
      ]),
    );
  });
  const listed = Array.from({ length: matrix.rowStart.length - 1 }, (_, row): Products => {
    const products: Products = new Map();
    for (let p = matrix.rowStart[row]!; p < matrix.rowStart[row + 1]!; p++) {
      const [a, b] = [matrix.prodA[p]!, matrix.prodB[p]!].sort((m, n) => m - n) as [number, number];
      addProduct(products, a, b, coefficients[matrix.prodCoef[p]!]!);
    }
    return products;
  });
  const rows = [...listed, ...combinations(listed)];
  const unknown = (variables: Iterable<number>): Set<number> =>
    new Set([...variables].filter((k) => k !== 0 && !known(k)));
  const unknowns = [
    ...rows.map((products) =>
      unknown([...products.values()].flatMap(({ a, b }) => [...forms[a]!.keys(), ...forms[b]!.keys()])),
    ),
    ...Array.from(matrix.boxIn, (input, k) => unknown([...forms[input]!.keys(), matrix.boxOut[k]!])),
  ];
  const rowsOf = new Map<number, number[]>();
  unknowns.forEach((set, row) => {
    for (const k of set) rowsOf.set(k, [...(rowsOf.get(k) ?? []), row]);
  });

  const isLinear = (products: Products, k: number): boolean => {
    let [linear, square] = [0n, 0n];
    for (const { a, b, coef } of products.values()) {
      const [ca, cb] = [forms[a]!.get(k) ?? 0n, forms[b]!.get(k) ?? 0n];
      linear = (linear + coef * ((ca * operands[b]! + cb * operands[a]!) % R)) % R;
      square = (square + coef * ((ca * cb) % R)) % R;
    }
    return linear !== 0n && square === 0n;
  };
  const isOnOneSide = (box: number, k: number): boolean =>
    (matrix.boxOut[box] === k) !== forms[matrix.boxIn[box]!]!.has(k);
  const queue = unknowns.flatMap((set, row) => (set.size === 1 ? [row] : []));
  const left = new Set([...rowsOf.keys()]);
  for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
    const [k] = unknowns[row]!;
    if (k === undefined || !(row < rows.length ? isLinear(rows[row]!, k) : isOnOneSide(row - rows.length, k))) continue;
    left.delete(k);
    for (const other of rowsOf.get(k)!) {
      unknowns[other]!.delete(k);
      if (unknowns[other]!.size === 1) queue.push(other);
    }
  }
  return [...left].sort((a, b) => a - b);
}

function addProduct(products: Products, a: number, b: number, coef: bigint): void {
  const key = `${a} ${b}`;
  const sum = ((products.get(key)?.coef ?? 0n) + coef) % R;
  if (sum === 0n) products.delete(key);
  else products.set(key, { a, b, coef: sum });
}

/** For every two rows that share a product of two variable factors: the combination in which it cancels. */
function combinations(rows: readonly Products[]): Products[] {
  const sharing = new Map<string, number[]>();
  rows.forEach((products, row) => {
    for (const [key, { a }] of products) if (a !== 0) sharing.set(key, [...(sharing.get(key) ?? []), row]);
  });
  return [...sharing].flatMap(([key, [first, ...others]]) =>
    others.map((other) => {
      const [p, q] = [rows[first!]!, rows[other]!];
      const combined: Products = new Map();
      for (const { a, b, coef } of p.values()) addProduct(combined, a, b, (coef * q.get(key)!.coef) % R);
      for (const { a, b, coef } of q.values()) addProduct(combined, a, b, R - ((coef * p.get(key)!.coef) % R));
      return combined;
    }),
  );
}
