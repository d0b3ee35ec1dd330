/** RowKernels: one RowMatrix resident in the module's memory. */
import { invariant } from '../../errors.ts';
import type { RowKernels, RowMatrix, Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';
import type { WasmModule } from './instance.ts';

const INDEX_BYTES = 4;

/** Addresses of the matrix's arrays. */
type Resident = Record<Exclude<keyof RowMatrix, 'variables'>, number>;

export class WasmRows implements RowKernels {
  private readonly module: WasmModule;
  private readonly prefix: string;
  private readonly matrix: RowMatrix;
  private readonly at: Resident;

  /** `coefficients`: those of the matrix in internal form. */
  constructor(module: WasmModule, prefix: string, matrix: RowMatrix, coefficients: Vec) {
    checkMatrix(matrix);
    this.module = module;
    this.prefix = prefix;
    this.matrix = matrix;
    const { arena } = module;
    this.at = {
      formStart: arena.putWords(matrix.formStart),
      formVar: arena.putWords(matrix.formVar),
      formCoef: arena.putWords(matrix.formCoef),
      rowStart: arena.putWords(matrix.rowStart),
      prodA: arena.putWords(matrix.prodA),
      prodB: arena.putWords(matrix.prodB),
      prodCoef: arena.putWords(matrix.prodCoef),
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

  cross(z1: Vec, forms1: Vec, z2: Vec, forms2: Vec, from = 0, to = this.matrix.rowStart.length - 1, into?: Vec): Vec {
    return this.sweep('cross', this.matrix.rowStart, { from, to, into }, (first, out) => [
      ...this.products(from, first),
      this.operands(z1, forms1),
      this.operands(z2, forms2),
      out,
    ]);
  }

  /** Runs a kernel over items [from, to); `args` gets the index of the first term and the output's address. */
  private sweep(
    kernel: string,
    starts: Uint32Array,
    { from, to, into }: { from: number; to: number; into?: Vec | undefined },
    args: (first: number, out: number) => number[],
  ): Vec {
    invariant(from >= 0 && from <= to && to < starts.length, `${kernel}: range ${from}..${to} of ${starts.length - 1}`);
    const { arena } = this.module;
    return arena.scratch(() => {
      const bytes = (to - from) * FIELD_BYTES;
      const out = arena.alloc(bytes);
      this.module.fn(`${this.prefix}_${kernel}`)(...args(starts[from]!, out), to - from);
      return arena.takeInto(out, bytes, into);
    });
  }

  private products(from: number, first: number): number[] {
    const { at } = this;
    const skip = INDEX_BYTES * first;
    const start = at.rowStart + INDEX_BYTES * from;
    return [start, at.prodA + skip, at.prodB + skip, at.prodCoef + skip, at.coefficients];
  }

  /** Copies z and the forms in, one behind the other: the table that operand indices address. */
  private operands(z: Vec, forms: Vec): number {
    const { arena } = this.module;
    const expected = (this.matrix.formStart.length - 1) * FIELD_BYTES;
    invariant(forms.length === expected, `${forms.length} bytes of forms, not ${expected}`);
    const address = arena.alloc(z.length + forms.length);
    arena.write(address, this.checkVariables(z));
    arena.write(address + z.length, forms);
    return address;
  }

  private checkVariables(z: Vec): Vec {
    const expected = this.matrix.variables * FIELD_BYTES;
    invariant(z.length === expected, `z has ${z.length} bytes, not ${expected}`);
    return z;
  }
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
