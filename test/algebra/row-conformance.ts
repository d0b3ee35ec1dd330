/** The row sweeps on random systems, against a bigint twin that reads the same RowMatrix. */
import { expect, it } from 'vitest';
import type { FieldKernels, RowMatrix } from '../../src/algebra/engine.ts';
import type { Field } from '../../src/algebra/field.ts';
import { FoldError } from '../../src/errors.ts';
import { Random } from './random.ts';

interface System {
  readonly matrix: RowMatrix;
  readonly coefficients: readonly bigint[];
}

/** A random system; some forms and rows are empty, coefficients 1 and -1 are frequent. Half as many S-boxes as rows. */
function randomSystem(F: Field, random: Random, variables: number, forms: number, rows: number): System {
  const coefficients = [1n, F.modulus - 1n, 0n, 2n, ...random.elements(F.modulus, 6)];
  const coefficient = () => (random.index(2) ? random.index(2) : random.index(coefficients.length));
  const starts = (n: number) => {
    const list = [0];
    for (let i = 0; i < n; i++) list.push(list[i]! + random.index(6));
    return Uint32Array.from(list);
  };
  const fill = (n: number, value: () => number) => Uint32Array.from({ length: n }, value);
  const [formStart, rowStart] = [starts(forms), starts(rows)];
  const [terms, products] = [formStart[forms]!, rowStart[rows]!];
  const matrix: RowMatrix = {
    variables,
    formStart,
    formVar: fill(terms, () => random.index(variables)),
    formCoef: fill(terms, coefficient),
    rowStart,
    prodA: fill(products, () => random.index(variables + forms)),
    prodB: fill(products, () => random.index(variables + forms)),
    prodCoef: fill(products, coefficient),
    boxIn: fill(rows >> 1, () => random.index(variables + forms)),
    boxOut: fill(rows >> 1, () => random.index(variables)),
    coefficients: Buffer.concat(coefficients.map((c) => F.toBytes(c))),
  };
  return { matrix, coefficients };
}

/** Twin: form values and rows at z, straight from the definition in engine.ts. */
function evaluate(F: Field, { matrix: m, coefficients }: System, z: readonly bigint[]) {
  const terms = (starts: Uint32Array, i: number) =>
    Array.from({ length: starts[i + 1]! - starts[i]! }, (_, k) => starts[i]! + k);
  const forms = Array.from(m.formStart.subarray(1), (_, i) =>
    terms(m.formStart, i).reduce((s, k) => F.add(s, F.mul(coefficients[m.formCoef[k]!]!, z[m.formVar[k]!]!)), 0n),
  );
  const ops = [...z, ...forms];
  const rows = Array.from(m.rowStart.subarray(1), (_, i) =>
    terms(m.rowStart, i).reduce(
      (s, k) => F.add(s, F.mul(coefficients[m.prodCoef[k]!]!, F.mul(ops[m.prodA[k]!]!, ops[m.prodB[k]!]!))),
      0n,
    ),
  );
  const boxes = Array.from(m.boxIn, (input, k) =>
    F.sub(F.pow(ops[input]!, 5n), F.mul(z[m.boxOut[k]!]!, F.pow(z[0]!, 4n))),
  );
  return { forms, rows, boxes };
}

/** Twin of `boxSums` from its definition. */
function boxSums(
  F: Field,
  system: System,
  z1: readonly bigint[],
  z2: readonly bigint[],
  weights: readonly bigint[],
): bigint[] {
  const { boxIn, boxOut } = system.matrix;
  const [ops1, ops2] = [z1, z2].map((z) => [...z, ...evaluate(F, system, z).forms]) as [bigint[], bigint[]];
  const sum = (term: (k: number) => bigint) => weights.reduce((s, w, k) => F.create(s + w * term(k)), 0n);
  return [
    ...[1n, 2n, 3n, 4n].map((e) => sum((k) => ops1[boxIn[k]!]! ** (5n - e) * ops2[boxIn[k]!]! ** e)),
    sum((k) => z1[boxOut[k]!]!),
    sum((k) => z2[boxOut[k]!]!),
  ];
}

export function rowConformance(kernels: () => FieldKernels, F: Field): void {
  const p = F.modulus;
  const random = new Random(`rows ${p}`);
  /** Zeros, ones and others, as in a witness. */
  const witness = (n: number) => random.elements(p, n).map((x, i) => [0n, 1n, x][i % 3]!);

  it.each([
    [1, 0, 0],
    [1, 1, 1],
    [5, 3, 4],
    [60, 40, 100],
    [40, 30, 602],
  ])('evaluates systems of %i variables, %i forms, %i rows; Q(z1 + X z2) = Q(z1) + X T + X^2 Q(z2)', (v, f, r) => {
    const k = kernels();
    for (let repeat = 0; repeat < 5; repeat++) {
      const system = randomSystem(F, random, v, f, r);
      const rows = k.rows(system.matrix);
      expect(k.rows(system.matrix)).toBe(rows);
      const [z1, z2, X] = [witness(v), witness(v).reverse(), random.element(p)];
      const [t1, t2] = [evaluate(F, system, z1), evaluate(F, system, z2)];
      const [v1, v2] = [k.encode(z1), k.encode(z2)];
      const [f1, f2] = [rows.forms(v1), rows.forms(v2)];
      expect(k.decode(f1)).toEqual(t1.forms);
      expect(k.decode(rows.quadratic(v1, f1))).toEqual(t1.rows);
      expect(k.decode(rows.boxes(v1, f1))).toEqual(t1.boxes);
      expect(k.decode(rows.boxes(v2, f2))).toEqual(t2.boxes);
      const weights = random.elements(p, r >> 1);
      expect(k.decode(rows.boxSums(v1, f1, v2, f2, k.encode(weights)))).toEqual(boxSums(F, system, z1, z2, weights));
      const cross = k.decode(rows.cross(v1, f1, v2, f2));
      const folded = evaluate(
        F,
        system,
        z1.map((a, i) => F.add(a, F.mul(X, z2[i]!))),
      );
      const combined = t1.rows.map((q, i) => F.add(q, F.mul(X, F.add(cross[i]!, F.mul(X, t2.rows[i]!)))));
      expect(combined).toEqual(folded.rows);
    }
  });

  it('sweeps any part of the forms and rows', () => {
    const k = kernels();
    const system = randomSystem(F, random, 30, 20, 50);
    const rows = k.rows(system.matrix);
    const [z1, z2] = [k.encode(witness(30)), k.encode(random.elements(p, 30))];
    const [f1, f2] = [rows.forms(z1), rows.forms(z2)];
    const parts = (n: number, sweep: (from: number, to: number) => Uint8Array) =>
      Buffer.concat(
        [
          [0, 0],
          [0, 7],
          [7, 8],
          [8, n],
          [n, n],
        ].map(([from, to]) => sweep(from!, to!)),
      );
    expect(parts(20, (a, b) => rows.forms(z1, a, b))).toEqual(Buffer.from(f1));
    expect(parts(50, (a, b) => rows.quadratic(z1, f1, a, b))).toEqual(Buffer.from(rows.quadratic(z1, f1)));
    expect(parts(25, (a, b) => rows.boxes(z1, f1, a, b))).toEqual(Buffer.from(rows.boxes(z1, f1)));
    expect(parts(50, (a, b) => rows.cross(z1, f1, z2, f2, a, b))).toEqual(Buffer.from(rows.cross(z1, f1, z2, f2)));
    const weights = k.encode(random.elements(p, 25));
    const whole = rows.boxSums(z1, f1, z2, f2, weights);
    const sums = [
      [0, 0],
      [0, 7],
      [7, 8],
      [8, 25],
    ].map(([a, b]) => rows.boxSums(z1, f1, z2, f2, weights.subarray(32 * a!, 32 * b!), a, b));
    expect(sums.reduce((x, y) => k.add(x, y))).toEqual(whole);
    const [forms, cross] = [new Uint8Array(20 * 32), new Uint8Array(50 * 32)];
    rows.forms(z1, 7, 9, forms.subarray(7 * 32, 9 * 32));
    expect(forms).toEqual(f1.map((byte, at) => (at >= 7 * 32 && at < 9 * 32 ? byte : 0)));
    expect(rows.cross(z1, f1, z2, f2, 0, 50, cross)).toBe(cross);
    expect(cross).toEqual(rows.cross(z1, f1, z2, f2));
    expect(() => rows.forms(z1, 0, 20, cross)).toThrow(FoldError);
    expect(() => rows.forms(z1, 3, 2)).toThrow(FoldError);
    expect(() => rows.forms(z1, 0, 21)).toThrow(FoldError);
    expect(() => rows.forms(z1.subarray(32))).toThrow(FoldError);
    expect(() => rows.quadratic(z1, f1.subarray(32))).toThrow(FoldError);
    expect(() => rows.boxSums(z1, f1, z2, f2, weights, 0, 24)).toThrow(FoldError);
    expect(() => rows.boxSums(z1, f1, z2, f2, weights, 1, 26)).toThrow(FoldError);
    expect(() => rows.boxes(z1, f1, 0, 26)).toThrow(FoldError);
    expect(() => rows.boxes(z1.subarray(32), f1)).toThrow(FoldError);
    expect(() => rows.boxes(z1, f1.subarray(32))).toThrow(FoldError);
  });

  it('refuses a matrix whose indices point outside', () => {
    const k = kernels();
    const { matrix } = randomSystem(F, random, 10, 10, 10);
    const beyond = (array: Uint32Array, value: number) => array.map((x, i) => (i === 0 ? value : x));
    const hostile: Partial<RowMatrix>[] = [
      { formVar: beyond(matrix.formVar, 10) },
      { formCoef: beyond(matrix.formCoef, 99) },
      { prodA: beyond(matrix.prodA, 20) },
      { prodB: beyond(matrix.prodB, 20) },
      { prodCoef: beyond(matrix.prodCoef, 99) },
      { boxIn: beyond(matrix.boxIn, 20) },
      { boxOut: beyond(matrix.boxOut, 10) },
      { boxOut: matrix.boxOut.subarray(1) },
      { rowStart: beyond(matrix.rowStart, 1) },
      { formStart: matrix.formStart.subarray(1) },
      { prodB: matrix.prodB.subarray(1) },
      { formCoef: matrix.formCoef.subarray(1) },
      { coefficients: matrix.coefficients.slice().fill(0, 0, 1) },
    ];
    for (const change of hostile) expect(() => k.rows({ ...matrix, ...change })).toThrow(FoldError);
  });
}
