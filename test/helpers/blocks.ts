/**
 * Evaluates the rows of a built shape on given blocks with plain bigints: the twin of compile + kernels, and what the
 * tampering tests ask. Rows are indexed by variable, so that one changed variable costs only the rows that mention it.
 */
import { BLOCK, BLOCK_NAMES, type BlockName, type LinearForm } from '../../src/circuit/linear-form.ts';
import type { ShapeBox, ShapeBuilder, ShapeRow } from '../../src/circuit/shape.ts';
import { variablesOf } from './circuit.ts';

export interface Blocks {
  readonly model: bigint[];
  readonly bits: bigint[];
  readonly fields: bigint[];
}

export class RowEvaluator {
  readonly #shape: ShapeBuilder;
  /** The quadratic rows, then the S-boxes. */
  readonly #rows: readonly (ShapeRow | ShapeBox)[];
  readonly #blocks: readonly bigint[][];
  readonly #rowsOf = new Map<number, Set<number>>();

  constructor(shape: ShapeBuilder, blocks: Blocks) {
    this.#shape = shape;
    this.#blocks = [[1n], [], blocks.model, [], [], blocks.bits, blocks.fields];
    this.#rows = [...shape.rows, ...shape.boxes];
    this.#rows.forEach((row, r) => {
      for (const v of variablesOf(row)) {
        if (!this.#rowsOf.has(v)) this.#rowsOf.set(v, new Set());
        this.#rowsOf.get(v)!.add(r);
      }
    });
  }
  form(f: LinearForm): bigint {
    const p = this.#shape.modulus;
    const sum = f.vars.reduce((s, v, k) => s + f.coefs[k]! * this.#blocks[Math.floor(v / BLOCK)]![v % BLOCK]!, 0n);
    return ((sum % p) + p) % p;
  }
  row(r: number): bigint {
    const row = this.#rows[r]!;
    // u is 1
    if ('input' in row) return (this.form(row.input) ** 5n - this.form(row.output)) % this.#shape.modulus;
    return row.reduce((s, [a, b]) => s + this.form(a) * this.form(b), 0n) % this.#shape.modulus;
  }
  /** Listed rows that do not vanish. */
  violations(): number[] {
    return this.#rows.flatMap((_row, r) => (this.row(r) === 0n ? [] : [r]));
  }
  /** Whether some listed row, or the implied row of a bit, fails when one variable takes another value. */
  detects(block: BlockName, index: number, value: bigint): boolean {
    const tag = BLOCK_NAMES.indexOf(block);
    const values = this.#blocks[tag]!;
    const before = values[index]!;
    values[index] = value;
    const found =
      (block === 'bits' && value !== 0n && value !== 1n) ||
      [...(this.#rowsOf.get(tag * BLOCK + index) ?? [])].some((r) => this.row(r) !== 0n);
    values[index] = before;
    return found;
  }
  /** Whether some listed row comes to something else when one variable takes another value. */
  changes(block: BlockName, index: number, value: bigint): boolean {
    const tag = BLOCK_NAMES.indexOf(block);
    const values = this.#blocks[tag]!;
    const rows = [...(this.#rowsOf.get(tag * BLOCK + index) ?? [])];
    const [before, sums] = [values[index]!, rows.map((r) => this.row(r))];
    values[index] = value;
    const found = rows.some((r, k) => this.row(r) !== sums[k]);
    values[index] = before;
    return found;
  }
}
