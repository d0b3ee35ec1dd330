/**
 * The lanes of a group on integers: the shared unit, the dense one and the lane products make an accumulator, which is split, and of
 * which the model's multipliers make what the lane writes. Exact, or an error.
 */
import type { FoldError } from '../errors.ts';
import { EXACT, SparseVector } from './products.ts';
import { type ModelLayout, modelLayout, type Program } from './program.ts';
import { outOfRange, type Place } from './range.ts';
import { isComputed, type MachineShape, SHIFT, VALUE_BITS, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

const HALF = 2 ** (VALUE_BITS - 1);
const UNIT = 2 ** SHIFT;

/** Where the reads of a step stand and its results go: `StepRecord`. */
interface LaneRecord {
  readonly small: Float64Array;
  readonly sums: Float64Array;
}

export class LaneRunner {
  readonly #shape: MachineShape;
  readonly #nodeOf: Program['nodeOf'];
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #small: Float64Array;
  readonly #sums: Float64Array;
  readonly #weights: SparseVector[];
  readonly #operand: SparseVector;
  readonly #denseRow: SparseVector;
  #step = 0;

  constructor(shape: MachineShape, nodeOf: Program['nodeOf'], { small, sums }: LaneRecord) {
    this.#shape = shape;
    this.#nodeOf = nodeOf;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#small = small;
    this.#sums = sums;
    const width = shape.rowVectors * VECTOR;
    this.#weights = Array.from({ length: VECTOR }, () => new SparseVector(width));
    this.#operand = new SparseVector(width);
    this.#denseRow = new SparseVector(shape.dense.rows * width);
  }

  /** Runs group g of a step, whose model entries are given, once its reads stand in the record. */
  run(step: number, g: number, entries: Float64Array): void {
    this.#step = step;
    this.#sharedUnit(g, entries);
    this.#splitLanes(g, entries);
  }

  /** acc[r][l] = sum over i of W[l][i] bank[r][i], W the weights and what is read as weights. */
  #sharedUnit(g: number, entries: Float64Array): void {
    const [model, trace] = [this.#model.groups[g]!, this.#trace.groups[g]!];
    const { rows, rowVectors } = this.#shape;
    const width = rowVectors * VECTOR;
    const computed = isComputed(this.#shape, g) ? trace.reads + (rows * rowVectors + 2 * rows) * VECTOR : undefined;
    this.#weights.forEach((weights, l) => {
      const from = model.shared + l * width;
      if (computed === undefined) weights.take(entries, from, width);
      else weights.take(entries, from, width, this.#small, computed + l * width);
    });
    for (let r = 0; r < rows; r++) {
      const at = trace.reads + r * width;
      this.#operand.take(this.#small, at, width);
      const { count, most } = this.#operand;
      for (let l = 0; l < VECTOR; l++) {
        const weights = this.#weights[l]!;
        const sum = count === 0 ? 0 : weights.dot(this.#small, at);
        // the bound by norms is cheap; only where it fails are the products summed up
        if (weights.norm * most >= EXACT && weights.size(this.#small, at) >= EXACT) throw this.#inexact(g, r, l);
        this.#small[trace.acc + r * VECTOR + l] = sum;
      }
    }
  }

  #splitLanes(g: number, entries: Float64Array): void {
    const [model, trace] = [this.#model.groups[g]!, this.#trace.groups[g]!];
    const { rows, rowVectors, dense } = this.#shape;
    const small = this.#small;
    const width = rowVectors * VECTOR;
    const flat = dense.rows * width;
    const y0 = trace.reads + rows * width;
    const z0 = y0 + rows * VECTOR;
    this.#denseRow.take(small, trace.reads, flat);
    for (let r = 0; r < rows; r++) {
      const m = model.m + 5 * r;
      for (let l = 0; l < VECTOR; l++) {
        const lane = r * VECTOR + l;
        const read = small[y0 + lane]!;
        const weights = model.dense + lane * flat;
        const terms: Terms = [
          small[trace.acc + lane]!,
          r < dense.vectors ? this.#denseRow.dot(entries, weights) : 0,
          small[trace.reads + r * width + l]! * small[z0 + lane]!,
          entries[model.bias + lane]!,
          entries[m + 4]! * read,
        ];
        const size = r < dense.vectors ? this.#denseRow.size(entries, weights) : 0;
        if (!isExact(terms, size)) throw this.#inexact(g, r, l);
        const sum = total(terms);
        const y = Math.floor(sum / UNIT);
        if (y < -HALF || y >= HALF) {
          throw outOfRange(this.#placeOf(g, r, l), y, -HALF, HALF - 1);
        }
        const relu = Math.max(y, 0);
        const parts: Terms = [
          entries[m]! * y,
          entries[m + 1]! * (sum - UNIT * y),
          entries[m + 2]! * relu,
          entries[m + 3]! * read,
          0,
        ];
        if (!isExact(parts, 0)) throw this.#inexact(g, r, l);
        this.#sums[(g * rows + r) * VECTOR + l] = sum;
        small[trace.relu + lane] = relu;
        small[trace.out + lane] = total(parts);
      }
    }
  }

  #inexact(g: number, r: number, l: number): FoldError {
    const place = this.#placeOf(g, r, l);
    return outOfRange({ ...place, what: `${place.what}: a sum` }, '2^53 or more', -EXACT, EXACT);
  }

  #placeOf(g: number, r: number, l: number): Place {
    return { node: this.#nodeOf(this.#step, g, r), what: `lane ${l} of row ${r}, group ${g}`, step: this.#step };
  }
}

type Terms = readonly [number, number, number, number, number];

/** Is the sum of the terms the true one, `size` being that of terms that one of them is the sum of? */
function isExact([a, b, c, d, e]: Terms, size: number): boolean {
  return Math.abs(a) + Math.max(Math.abs(b), size) + Math.abs(c) + Math.abs(d) + Math.abs(e) < EXACT;
}

/** Never -0. */
function total([a, b, c, d, e]: Terms): number {
  return a + b + c + d + e + 0;
}
