/**
 * Rows by variable, in bigints: what a change of one variable does to every row that it stands in, without a sweep
 * over the others. An independent evaluation of the compiled arrays, beside the engine's kernels.
 */
import type { Engine, Vec } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';

/** A row changes by linear * d + square * d^2 when the variable changes by d. */
export interface Effect {
  readonly row: number;
  readonly linear: bigint;
  readonly square: bigint;
}

const F = field(R);

type System = Pick<StepSystem, 'matrix' | 'rows'>;

export class RowIndex {
  readonly #system: System;
  readonly #coefficients: bigint[];
  /** Forms that hold a variable, with the coefficient, and products that hold an operand. */
  readonly #forms: [number, bigint][][];
  readonly #products: number[][];
  readonly #rowOf: Uint32Array;
  /** S-boxes that hold an operand, as their input or output. */
  readonly #boxesOf: number[][];

  constructor(engine: Engine, system: System) {
    this.#system = system;
    const { matrix } = system.matrix;
    this.#coefficients = engine.fr.decode(engine.fr.fromCanonical(matrix.coefficients));
    this.#forms = Array.from({ length: matrix.variables }, () => []);
    const forms = matrix.formStart.length - 1;
    for (let f = 0; f < forms; f++) {
      for (let k = matrix.formStart[f]!; k < matrix.formStart[f + 1]!; k++) {
        this.#forms[matrix.formVar[k]!]!.push([f, this.#coefficients[matrix.formCoef[k]!]!]);
      }
    }
    this.#products = Array.from({ length: matrix.variables + forms }, () => []);
    this.#rowOf = new Uint32Array(matrix.prodA.length);
    for (let row = 0; row + 1 < matrix.rowStart.length; row++) {
      for (let p = matrix.rowStart[row]!; p < matrix.rowStart[row + 1]!; p++) {
        this.#rowOf[p] = row;
        for (const operand of new Set([matrix.prodA[p]!, matrix.prodB[p]!])) this.#products[operand]!.push(p);
      }
    }
    this.#boxesOf = Array.from({ length: matrix.variables + forms }, () => []);
    matrix.boxIn.forEach((input, box) => {
      this.#boxesOf[input]!.push(box);
    });
    matrix.boxOut.forEach((output, box) => {
      this.#boxesOf[output]!.push(box);
    });
  }

  /** Values of all operands at z: the variables, then the forms. */
  operands(engine: Engine, z: Vec): bigint[] {
    return [...engine.fr.decode(z), ...engine.fr.decode(this.#system.rows.forms(z))];
  }

  /** Operands that variable k stands in, with its coefficient there. */
  #operandsWith(k: number): Map<number, bigint> {
    const own = new Map<number, bigint>([[k, 1n]]);
    for (const [f, c] of this.#forms[k]!) own.set(this.#system.matrix.matrix.variables + f, c);
    return own;
  }

  /** What each S-box with variable k becomes when that changes by d, at u = 1. */
  boxes(k: number, d: bigint, operands: readonly bigint[]): { readonly box: number; readonly value: bigint }[] {
    const { boxIn, boxOut } = this.#system.matrix.matrix;
    const own = this.#operandsWith(k);
    const boxes = new Set([...own.keys()].flatMap((operand) => this.#boxesOf[operand]!));
    return [...boxes].map((box) => {
      const input = operands[boxIn[box]!]! + d * (own.get(boxIn[box]!) ?? 0n);
      const output = operands[boxOut[box]!]! + (boxOut[box] === k ? d : 0n);
      return { box, value: F.create(input ** 5n - output) };
    });
  }

  /** Quadratic rows that variable k stands in, at the given operands; an effect may be zero there. */
  effects(k: number, operands: readonly bigint[]): Effect[] {
    const { prodA, prodB, prodCoef } = this.#system.matrix.matrix;
    const own = this.#operandsWith(k);
    const products = new Set([...own.keys()].flatMap((operand) => this.#products[operand]!));
    const rows = new Map<number, { linear: bigint; square: bigint }>();
    for (const p of products) {
      const row = rows.get(this.#rowOf[p]!) ?? { linear: 0n, square: 0n };
      const [a, b] = [own.get(prodA[p]!) ?? 0n, own.get(prodB[p]!) ?? 0n];
      const c = this.#coefficients[prodCoef[p]!]!;
      row.linear = (row.linear + c * ((a * operands[prodB[p]!]! + b * operands[prodA[p]!]!) % R)) % R;
      row.square = (row.square + c * ((a * b) % R)) % R;
      rows.set(this.#rowOf[p]!, row);
    }
    return [...rows].map(([row, { linear, square }]) => ({ row, linear, square }));
  }

  /**
   * True when variable k may be changed, alone, to some other value with all rows satisfied as before. `flip` bounds
   * the changes to that one (a bit, whose own row leaves no other).
   */
  isFree(k: number, operands: readonly bigint[], flip?: bigint): boolean {
    // an S-box allows none, in its output or in its input, whose fifth power takes every value once
    if (this.boxes(k, 1n, operands).length > 0) return false;
    // each row allows no change (linear or square part alone), d = -linear / square, or any
    let only: Effect | undefined;
    for (const effect of this.effects(k, operands)) {
      const { linear, square } = effect;
      if (linear === 0n && square === 0n) continue;
      if (linear === 0n || square === 0n) return false;
      if (only && F.mul(only.linear, square) !== F.mul(linear, only.square)) return false;
      only = effect;
    }
    if (!only || flip === undefined) return true;
    return F.create(only.linear + flip * only.square) === 0n;
  }
}
