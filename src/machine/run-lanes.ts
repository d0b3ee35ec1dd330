/**
 * The lanes of a group on integers: weighted sums of tiles and lane products make an accumulator, which is split, and of
 * which the model's multipliers make what the lane writes. Exact, or an error.
 *
 * Nearly all of the time goes into the sums of tiles. The accumulators are kept, so that a step that is run again finds those
 * sums by taking the other terms away.
 */
import type { FoldError } from '../errors.ts';
import type { Memory } from './memory.ts';
import { EXACT, SparseVector } from './products.ts';
import { type ModelLayout, modelLayout, type Program } from './program.ts';
import { outOfRange, type Place } from './range.ts';
import { groupsPerMatrix, type MachineShape, SHIFT, VALUE_BITS, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

const HALF = 2 ** (VALUE_BITS - 1);
const UNIT = 2 ** SHIFT;

/** Where the reads of a step stand and its results go (`StepRecord`), and the accumulators of all steps (`Memory`). */
interface LaneRecord extends Pick<Memory, 'sums'> {
  readonly small: Float64Array;
}

export class LaneRunner {
  readonly #shape: MachineShape;
  readonly #nodeOf: Program['nodeOf'];
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #small: Float64Array;
  readonly #sums: Int32Array;
  /** By lane of a tile. */
  readonly #weights: SparseVector[];
  /** By lane of a row. */
  readonly #computed: SparseVector[];
  readonly #operand: SparseVector;
  #step = 0;

  constructor(shape: MachineShape, nodeOf: Program['nodeOf'], { small, sums }: LaneRecord) {
    this.#shape = shape;
    this.#nodeOf = nodeOf;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#small = small;
    this.#sums = sums;
    const width = shape.rowVectors * VECTOR;
    const { tile } = shape;
    this.#weights = Array.from({ length: tile * VECTOR }, () => new SparseVector(tile * width));
    this.#computed = Array.from({ length: VECTOR }, () => new SparseVector(width));
    this.#operand = new SparseVector(tile * width);
  }

  /**
   * Runs group g of a step, whose model entries are given, once its reads stand in the record: one group after another.
   * @param again with the same reads and entries as before, so that its accumulators are known
   */
  run(step: number, g: number, entries: Float64Array, again: boolean): void {
    this.#step = step;
    const groups = groupsPerMatrix(this.#shape);
    if (!again) {
      if (g % groups === 0) this.#takeWeights(g / groups, entries);
      this.#tiles(g);
    }
    this.#splitLanes(g, entries, again);
  }

  /** The weights of a matrix, lane after lane of a tile, and those that are read, lane after lane of a row. */
  #takeWeights(matrix: number, entries: Float64Array): void {
    const { weights } = this.#model;
    const { bank, computed } = this.#trace;
    const { tile, matrices } = this.#shape;
    this.#weights.forEach((own, lane) => {
      const at = weights.offset(matrix, Math.floor(lane / VECTOR), lane % VECTOR);
      own.take(entries, { starts: weights.first, length: tile * VECTOR }, at, bank.first);
    });
    const c = matrix - (matrices - this.#shape.computed);
    this.#computed.forEach((own, lane) => {
      if (c >= 0)
        own.take(this.#small, { starts: computed.first, length: VECTOR }, computed.offset(c, lane), bank.first);
      else own.clear();
    });
  }

  /** acc = W x of each tile, x the numbers of all its rows, W the weights; and of each row what is read as weights. */
  #tiles(g: number): void {
    const { bank, acc } = this.#trace;
    const { rows, tile } = this.#shape;
    const small = this.#small;
    const runs = { starts: bank.first, length: tile * VECTOR };
    for (let first = 0; first < rows; first += tile) {
      const at = bank.offset(g, first);
      this.#operand.take(small, runs, at, bank.first);
      const { count, most } = this.#operand;
      const to = acc.at(g, first);
      for (let lane = 0; lane < tile * VECTOR; lane++) {
        const [weights, own] = [this.#weights[lane]!, this.#computed[lane % VECTOR]!];
        const row = at + lane - (lane % VECTOR);
        small[to + lane] = count === 0 ? 0 : weights.dot(small, at) + own.dot(small, row);
        // the bound by norms is cheap; only where it fails are the products summed up
        if ((weights.norm + own.norm) * most >= EXACT && weights.size(small, at) + own.size(small, row) >= EXACT)
          throw this.#inexact(g, first + Math.floor(lane / VECTOR), lane % VECTOR);
      }
    }
  }

  #splitLanes(g: number, entries: Float64Array, again: boolean): void {
    const [model, trace] = [this.#model, this.#trace];
    const { groups, rows } = this.#shape;
    const [small, sums] = [this.#small, this.#sums];
    for (let r = 0; r < rows; r++) {
      const own = ((this.#step * groups + g) * rows + r) * VECTOR;
      const [lanes, y0, z0] = [trace.acc.offset(r), trace.residual.at(0, g, r), trace.residual.at(1, g, r)];
      const [acc, relus, out] = [trace.acc.at(g), trace.relu.at(g), trace.out.at(g)];
      const [first, biases] = [trace.bank.at(0, g, r), model.bias.at(g, r)];
      const [m1, m2, m3, m4, m5] = this.#multipliers(entries, g, r);
      for (let l = 0; l < VECTOR; l++) {
        const lane = lanes + l;
        const read = small[y0 + l]!;
        const [product, bias, moved] = [small[first + l]! * small[z0 + l]!, entries[biases + l]!, m5 * read];
        if (again) small[acc + lane] = sums[own + l]! - product - bias - moved;
        const terms: Terms = [small[acc + lane]!, product, bias, moved, 0];
        if (!isExact(terms)) throw this.#inexact(g, r, l);
        const sum = total(terms);
        const y = Math.floor(sum / UNIT);
        if (y < -HALF || y >= HALF) {
          throw outOfRange(this.#placeOf(g, r, l), y, -HALF, HALF - 1);
        }
        const relu = Math.max(y, 0);
        const parts: Terms = [m1 * y, m2 * (sum - UNIT * y), m3 * relu, m4 * read, 0];
        if (!isExact(parts)) throw this.#inexact(g, r, l);
        sums[own + l] = sum;
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

/** Is the sum of the terms the true one? */
function isExact([a, b, c, d, e]: Terms): boolean {
  return Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d) + Math.abs(e) < EXACT;
}

/** Never -0. */
function total([a, b, c, d, e]: Terms): number {
  return a + b + c + d + e + 0;
}
