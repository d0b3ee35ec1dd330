/** RowKernels: one RowMatrix resident in the module's memory. */
import { invariant } from '../../errors.ts';
import type { RowKernels, RowMatrix, Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';
import type { WasmModule } from './instance.ts';

const INDEX_BYTES = 4;
const BOX_SUMS = 6;

/** Operands [from, to), an interval of indices. */
type Window = readonly [number, number];

/** Addresses of the matrix's arrays. */
type Resident = Record<Exclude<keyof RowMatrix, 'variables'>, number>;

export class WasmRows implements RowKernels {
  private readonly module: WasmModule;
  private readonly prefix: string;
  private readonly matrix: RowMatrix;
  private readonly at: Resident;
  /** Of the S-boxes: their outputs stand behind one another at the end of z, their forms after those of the other rows. */
  private readonly boxOperands: Window;

  /** `coefficients`: those of the matrix in internal form. */
  constructor(module: WasmModule, prefix: string, matrix: RowMatrix, coefficients: Vec) {
    checkMatrix(matrix);
    this.module = module;
    this.prefix = prefix;
    this.matrix = matrix;
    this.boxOperands = windowOf(matrix.boxIn, matrix.boxOut);
    const { arena } = module;
    this.at = {
      formStart: arena.putWords(matrix.formStart),
      formVar: arena.putWords(matrix.formVar),
      formCoef: arena.putWords(matrix.formCoef),
      rowStart: arena.putWords(matrix.rowStart),
      prodA: arena.putWords(matrix.prodA),
      prodB: arena.putWords(matrix.prodB),
      prodCoef: arena.putWords(matrix.prodCoef),
      boxIn: arena.putWords(matrix.boxIn),
      boxOut: arena.putWords(matrix.boxOut),
      coefficients: arena.put(coefficients),
    };
  }

  forms(z: Vec, from = 0, to = this.matrix.formStart.length - 1, into?: Vec): Vec {
    const { at } = this;
    const { arena } = this.module;
    return this.sweep('forms', this.matrix.formStart, { from, to, into }, (first, out) => {
      const skip = INDEX_BYTES * first;
      const start = at.formStart + INDEX_BYTES * from;
      const operands = arena.put(this.checkVariables(z));
      return [start, at.formVar + skip, at.formCoef + skip, at.coefficients, operands, out];
    });
  }

  quadratic(z: Vec, forms: Vec, from = 0, to = this.matrix.rowStart.length - 1): Vec {
    return this.sweep('quadratic', this.matrix.rowStart, { from, to }, (first, out) => [
      ...this.products(from, first),
      this.operands(z, forms),
      out,
    ]);
  }

  boxes(z: Vec, forms: Vec, from = 0, to = this.matrix.boxIn.length, into?: Vec): Vec {
    const { at } = this;
    const { arena } = this.module;
    const skip = INDEX_BYTES * from;
    return this.items('boxes', this.matrix.boxIn.length, { from, to, into }, (out) => [
      at.boxIn + skip,
      at.boxOut + skip,
      arena.put(z.subarray(0, FIELD_BYTES)),
      this.operands(z, forms, this.boxOperands),
      out,
    ]);
  }

  boxSums(z1: Vec, forms1: Vec, z2: Vec, forms2: Vec, weights: Vec, from = 0, to = this.matrix.boxIn.length): Vec {
    const { arena } = this.module;
    const { boxIn, boxOut } = this.at;
    checkRange('box_sums', this.matrix.boxIn.length, from, to);
    invariant(
      weights.length === (to - from) * FIELD_BYTES,
      `${weights.length} bytes of weights for ${to - from} S-boxes`,
    );
    return arena.scratch(() => {
      const sums = arena.alloc(BOX_SUMS * FIELD_BYTES);
      const skip = INDEX_BYTES * from;
      const operands = [this.operands(z1, forms1, this.boxOperands), this.operands(z2, forms2, this.boxOperands)];
      const kernel = this.module.fn(`${this.prefix}_box_sums`);
      kernel(boxIn + skip, boxOut + skip, ...operands, arena.put(weights), sums, to - from);
      return arena.take(sums, BOX_SUMS * FIELD_BYTES);
    });
  }

  cross(z1: Vec, forms1: Vec, z2: Vec, forms2: Vec, from = 0, to = this.matrix.rowStart.length - 1, into?: Vec): Vec {
    return this.sweep('cross', this.matrix.rowStart, { from, to, into }, (first, out) => [
      ...this.products(from, first),
      this.operands(z1, forms1),
      this.operands(z2, forms2),
      out,
    ]);
  }

  /** Runs a kernel over items [from, to) of many terms; `args` gets the index of the first term and the output's address. */
  private sweep(
    kernel: string,
    starts: Uint32Array,
    range: Range,
    args: (first: number, out: number) => number[],
  ): Vec {
    return this.items(kernel, starts.length - 1, range, (out) => args(starts[range.from]!, out));
  }

  /** Runs a kernel over items [from, to) of `count`; `args` gets the output's address. */
  private items(kernel: string, count: number, { from, to, into }: Range, args: (out: number) => number[]): Vec {
    checkRange(kernel, count, from, to);
    const { arena } = this.module;
    return arena.scratch(() => {
      const bytes = (to - from) * FIELD_BYTES;
      const out = arena.alloc(bytes);
      this.module.fn(`${this.prefix}_${kernel}`)(...args(out), to - from);
      return arena.takeInto(out, bytes, into);
    });
  }

  private products(from: number, first: number): number[] {
    const { at } = this;
    const skip = INDEX_BYTES * first;
    const start = at.rowStart + INDEX_BYTES * from;
    return [start, at.prodA + skip, at.prodB + skip, at.prodCoef + skip, at.coefficients];
  }

  /**
   * Copies z and the forms in, one behind the other: the table that operand indices address, its address. With a window only
   * those operands are there.
   */
  private operands(z: Vec, forms: Vec, [from, to]: Window = [0, Number.POSITIVE_INFINITY]): number {
    const { arena } = this.module;
    const expected = (this.matrix.formStart.length - 1) * FIELD_BYTES;
    invariant(forms.length === expected, `${forms.length} bytes of forms, not ${expected}`);
    const { variables } = this.matrix;
    const ofZ = slice(this.checkVariables(z), from, to);
    const ofForms = slice(forms, from - variables, to - variables);
    const address = arena.alloc(ofZ.length + ofForms.length);
    arena.write(address, ofZ);
    arena.write(address + ofZ.length, ofForms);
    return address - from * FIELD_BYTES;
  }

  private checkVariables(z: Vec): Vec {
    const expected = this.matrix.variables * FIELD_BYTES;
    invariant(z.length === expected, `z has ${z.length} bytes, not ${expected}`);
    return z;
  }
}

function checkRange(kernel: string, count: number, from: number, to: number): void {
  invariant(from >= 0 && from <= to && to <= count, `${kernel}: range ${from}..${to} of ${count}`);
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly into?: Vec | undefined;
}

/** Elements [from, to) as far as they exist. */
function slice(v: Vec, from: number, to: number): Vec {
  return v.subarray(Math.max(0, from) * FIELD_BYTES, Math.max(0, to) * FIELD_BYTES);
}

/** The smallest interval that holds all indices. */
function windowOf(...lists: readonly Uint32Array[]): Window {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const list of lists) {
    for (const index of list) {
      from = Math.min(from, index);
      to = Math.max(to, index + 1);
    }
  }
  return [Math.min(from, to), to];
}

/** The kernels trust every index; a wrong one would read foreign memory without a word. */
function checkMatrix(m: RowMatrix): void {
  const operands = m.variables + m.formStart.length - 1;
  const coefficients = m.coefficients.length / FIELD_BYTES;
  checkStarts(m.formStart, m.formVar.length, 'forms');
  checkStarts(m.rowStart, m.prodA.length, 'rows');
  invariant(m.formCoef.length === m.formVar.length, 'a coefficient per form term');
  invariant(m.prodB.length === m.prodA.length && m.prodCoef.length === m.prodA.length, 'arrays of products differ');
  checkBelow(m.formVar, m.variables, 'form variable');
  checkBelow(m.formCoef, coefficients, 'form coefficient');
  checkBelow(m.prodA, operands, 'operand a');
  checkBelow(m.prodB, operands, 'operand b');
  checkBelow(m.prodCoef, coefficients, 'product coefficient');
  invariant(m.boxIn.length === m.boxOut.length, 'an output per S-box');
  checkBelow(m.boxIn, operands, 'S-box input');
  checkBelow(m.boxOut, m.variables, 'S-box output');
}

function checkStarts(starts: Uint32Array, terms: number, what: string): void {
  invariant(starts.length > 0 && starts[0] === 0 && starts[starts.length - 1] === terms, `bounds of the ${what}`);
  for (let i = 1; i < starts.length; i++) {
    if (starts[i]! < starts[i - 1]!) invariant(false, `bounds of the ${what} fall at ${i}`);
  }
}

function checkBelow(indices: Uint32Array, limit: number, what: string): void {
  for (let i = 0; i < indices.length; i++) {
    if (indices[i]! >= limit) invariant(false, `${what} ${i} is ${indices[i]}, not below ${limit}`);
  }
}
