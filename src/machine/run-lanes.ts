/**
 * The lanes of a group on integers: the shared unit, the dense one and the lane products make an accumulator, which is split, and of
 * which the model's multipliers make what the lane writes. Exact, or an error.
 */
import type { FoldError } from '../errors.ts';
import { EXACT, SparseVector } from './products.ts';
import { type ModelLayout, modelLayout, type Program } from './program.ts';
import { outOfRange, type Place } from './range.ts';
import { type MachineShape, SHIFT, VALUE_BITS, VECTOR } from './shape.ts';
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
    const { shared } = this.#model;
    const { bank, computed, acc } = this.#trace;
    const { rows, groups } = this.#shape;
    const small = this.#small;
    const c = g - (groups - this.#shape.computed);
    const weightRuns = { starts: shared.first, length: VECTOR };
    this.#weights.forEach((weights, l) => {
      const more = { from: small, starts: computed.first, at: computed.offset(c, l) };
      weights.take(entries, weightRuns, shared.offset(g, l), bank.first, c >= 0 ? more : undefined);
    });
    const runs = { starts: bank.first, length: VECTOR };
    for (let r = 0; r < rows; r++) {
      const at = bank.offset(g, r);
      this.#operand.take(small, runs, at, bank.first);
      const { count, most } = this.#operand;
      const to = acc.at(g, r);
      for (let l = 0; l < VECTOR; l++) {
        const weights = this.#weights[l]!;
        const sum = count === 0 ? 0 : weights.dot(small, at);
        // the bound by norms is cheap; only where it fails are the products summed up
        if (weights.norm * most >= EXACT && weights.size(small, at) >= EXACT) throw this.#inexact(g, r, l);
        small[to + l] = sum;
      }
    }
  }

  #splitLanes(g: number, entries: Float64Array): void {
    const [model, trace] = [this.#model, this.#trace];
    const { rows, dense } = this.#shape;
    const small = this.#small;
    const denseRuns = { starts: trace.bank.first, length: dense.rows * VECTOR };
    this.#denseRow.take(small, denseRuns, trace.bank.offset(g), model.dense.first);
    for (let r = 0; r < rows; r++) {
      const [lanes, y0, z0] = [trace.acc.offset(r), trace.residual.at(0, g, r), trace.residual.at(1, g, r)];
      const [acc, relus, out] = [trace.acc.at(g), trace.relu.at(g), trace.out.at(g)];
      const [first, biases] = [trace.bank.at(0, g, r), model.bias.at(g, r)];
      const [m1, m2, m3, m4, m5] = this.#multipliers(entries, g, r);
      for (let l = 0; l < VECTOR; l++) {
        const lane = lanes + l;
        const read = small[y0 + l]!;
        const weights = model.dense.offset(g, r, l);
        const terms: Terms = [
          small[acc + lane]!,
          r < dense.vectors ? this.#denseRow.dot(entries, weights) : 0,
          small[first + l]! * small[z0 + l]!,
          entries[biases + l]!,
          m5 * read,
        ];
        const size = r < dense.vectors ? this.#denseRow.size(entries, weights) : 0;
        if (!isExact(terms, size)) throw this.#inexact(g, r, l);
        const sum = total(terms);
        const y = Math.floor(sum / UNIT);
        if (y < -HALF || y >= HALF) {
          throw outOfRange(this.#placeOf(g, r, l), y, -HALF, HALF - 1);
        }
        const relu = Math.max(y, 0);
        const parts: Terms = [m1 * y, m2 * (sum - UNIT * y), m3 * relu, m4 * read, 0];
        if (!isExact(parts, 0)) throw this.#inexact(g, r, l);
        this.#sums[(g * rows + r) * VECTOR + l] = sum;
        small[relus + lane] = relu;
        small[out + lane] = total(parts);
      }
    }
  }

  #multipliers(entries: Float64Array, g: number, r: number): Terms {
    const { m } = this.#model;
    const [at, step] = [m.at(g, r), m.step[g]!];
    return [
      entries[at]!,
      entries[at + step]!,
      entries[at + 2 * step]!,
      entries[at + 3 * step]!,
      entries[at + 4 * step]!,
    ];
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
