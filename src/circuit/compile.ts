/**
 * From a built shape to the flat system that the prover sweeps and the verifier digests.
 *
 * z = (u, x, M, T, P) without padding, T and P as their bits and then their other entries. Single variables are operands by themselves (their coefficient moves into the
 * product); every other distinct linear form is evaluated once and shared by all the products that use it.
 */
import { createHash } from 'node:crypto';
import type { RowMatrix } from '../algebra/engine.ts';
import { sharedBytes } from '../algebra/shared-memory.ts';
import { invariant } from '../errors.ts';
import { type Family, familiesOf, rowOrder } from './families.ts';
import { BLOCK, type LinearForm } from './linear-form.ts';
import type { ScopeSize, ShapeBuilder } from './shape.ts';

/** The parts of z after its head, in their order. */
export const PARTS = ['model', 'traceBits', 'traceFields', 'bits', 'fields'] as const;

export interface SystemSizes {
  /** Number of public inputs. */
  readonly x: number;
  readonly model: number;
  readonly traceBits: number;
  readonly traceFields: number;
  readonly bits: number;
  readonly fields: number;
  /** Listed quadratic rows; the rows b(b-u) of all bits are implied. */
  readonly rows: number;
  /** S-boxes, rows of their own behind the quadratic ones. */
  readonly boxes: number;
  readonly products: number;
  /** Distinct linear forms other than single variables. */
  readonly forms: number;
  /** Terms of all the forms. */
  readonly terms: number;
}

export interface ConstraintMatrix {
  readonly modulus: bigint;
  readonly sizes: SystemSizes;
  /** First index in z of each part; x starts at 1. */
  readonly offsets: { readonly [part in (typeof PARTS)[number]]: number };
  readonly matrix: RowMatrix;
  /** Patterns whose copies are the first quadratic rows, those of most copies first. */
  readonly families: readonly Family[];
  /** Scope name of each quadratic row, then of each S-box, for messages: an index into `scopes`. */
  readonly rowScope: Uint32Array;
  readonly scopes: readonly string[];
  readonly scopeSizes: readonly Readonly<ScopeSize>[];
  /** sha256 over everything above that decides what is accepted (names excluded). */
  readonly digest: Uint8Array;
}

export function compile(shape: ShapeBuilder): ConstraintMatrix {
  const { counts, modulus } = shape;
  const offsets = { model: 0, traceBits: 0, traceFields: 0, bits: 0, fields: 0 };
  let variables = 1 + counts.x;
  for (const part of PARTS) {
    offsets[part] = variables;
    variables += counts[part];
  }
  const blockStart = [0, 1, ...PARTS.map((part) => offsets[part])];
  const position = (v: number): number => blockStart[Math.floor(v / BLOCK)]! + (v % BLOCK);

  const coefficients = new Interner<bigint>((k) => k);
  coefficients.index(1n);
  coefficients.index(modulus - 1n);
  const forms = new Interner<LinearForm>((f) => `${f.vars.join()}:${f.coefs.join()}`);
  /** Operand and the coefficient taken out of it. */
  const operand = (f: LinearForm): [number, bigint] =>
    f.vars.length === 1 ? [position(f.vars[0]!), f.coefs[0]!] : [variables + forms.index(f), 1n];

  const order = rowOrder(shape.rows.length, shape.families);
  const rows = order.map((i) => shape.rows[i]!);
  const families = familiesOf(rows, shape.families, position, modulus);
  const rowStart = new Uint32Array(rows.length + 1);
  const productCount = rows.reduce((n, row) => n + row.length, 0);
  const prodA = shared(productCount);
  const prodB = shared(productCount);
  const prodCoef = shared(productCount);
  let p = 0;
  rows.forEach((row, i) => {
    for (const [a, b] of row) {
      const [oa, ca] = operand(a);
      const [ob, cb] = operand(b);
      prodA[p] = oa;
      prodB[p] = ob;
      prodCoef[p++] = coefficients.index((ca * cb) % modulus);
    }
    rowStart[i + 1] = p;
  });

  const [boxIn, boxOut] = [shared(shape.boxes.length), shared(shape.boxes.length)];
  shape.boxes.forEach(({ input, output }, k) => {
    const [o, c] = operand(input);
    // an S-box has no coefficient: a multiple of a variable is a form as well
    boxIn[k] = c === 1n ? o : variables + forms.index(input);
    boxOut[k] = position(output.vars[0]!);
  });

  const formStart = shared(forms.items.length + 1);
  const terms = forms.items.reduce((n, f) => n + f.vars.length, 0);
  const formVar = shared(terms);
  const formCoef = shared(terms);
  let t = 0;
  forms.items.forEach((f, i) => {
    f.vars.forEach((v, k) => {
      formVar[t] = position(v);
      formCoef[t++] = coefficients.index(f.coefs[k]!);
    });
    formStart[i + 1] = t;
  });

  const matrix: RowMatrix = {
    variables,
    formStart,
    formVar,
    formCoef,
    rowStart: toShared(rowStart),
    prodA,
    prodB,
    prodCoef,
    boxIn,
    boxOut,
    coefficients: encodeCoefficients(coefficients.items),
  };
  const sizes: SystemSizes = {
    ...counts,
    rows: rows.length,
    boxes: shape.boxes.length,
    products: productCount,
    forms: forms.items.length,
    terms,
  };
  return {
    modulus,
    sizes,
    offsets,
    matrix,
    families,
    rowScope: Uint32Array.from([...order.map((i) => shape.rowScope[i]!), ...shape.boxScope]),
    scopes: shape.scopes,
    scopeSizes: shape.sizes,
    digest: digest(modulus, sizes, matrix, families),
  };
}

/** Gives equal items one index each, in order of first use. */
class Interner<T> {
  readonly items: T[] = [];
  readonly #indices = new Map<unknown, number>();
  readonly #key: (item: T) => unknown;

  constructor(key: (item: T) => unknown) {
    this.#key = key;
  }
  index(item: T): number {
    const key = this.#key(item);
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.items.push(item) - 1;
      this.#indices.set(key, index);
    }
    return index;
  }
}

function shared(n: number): Uint32Array {
  return new Uint32Array(sharedBytes(4 * n).buffer);
}

function toShared(values: Uint32Array): Uint32Array {
  const out = shared(values.length);
  out.set(values);
  return out;
}

function encodeCoefficients(values: readonly bigint[]): Uint8Array {
  const bytes = sharedBytes(32 * values.length);
  const words = new BigUint64Array(bytes.buffer);
  values.forEach((v, i) => {
    for (let k = 0; k < 4; k++) words[4 * i + k] = BigInt.asUintN(64, v >> BigInt(64 * k));
  });
  return bytes;
}

function digest(
  modulus: bigint,
  { traceBits, traceFields, ...others }: SystemSizes,
  matrix: RowMatrix,
  families: readonly Family[],
): Uint8Array {
  // a circuit without a trace is digested as if there were none in the language
  const sizes = traceBits + traceFields > 0 ? { ...others, traceBits, traceFields } : others;
  const hash = createHash('sha256');
  hash.update(`layerfold/constraints/v2 ${modulus} ${JSON.stringify(sizes)} ${matrix.variables}\n`);
  // what a pattern says is in the rows; where the final proof's products stand follows from these
  if (families.length > 0)
    hash.update(`families ${JSON.stringify(families.map(({ log, row, pattern }) => [log, row, pattern.length]))}\n`);
  const parts = [
    matrix.formStart,
    matrix.formVar,
    matrix.formCoef,
    matrix.rowStart,
    matrix.prodA,
    matrix.prodB,
    matrix.prodCoef,
    matrix.boxIn,
    matrix.boxOut,
  ];
  for (const part of [...parts, matrix.coefficients]) {
    invariant(part.byteLength < 2 ** 31, 'constraint list too large to digest');
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return hash.digest();
}
