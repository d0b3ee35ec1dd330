/**
 * The lanes of a group on integers: weighted sums of tiles and lane products make an accumulator, which is split, and of
 * which the model's multipliers make what the lane writes. Exact, or an error.
 *
 * Nearly all of the time goes into the sums of tiles. The accumulators are kept, so that a step that is run again finds those
 * sums by taking the other terms away.
 */
import type { FoldError } from '../errors.ts';
import type { Memory } from './memory.ts';
import { EXACT } from './products.ts';
import { type ModelLayout, modelLayout, type Program } from './program.ts';
import { outOfRange, type Place } from './range.ts';
import { TileRunner } from './run-tiles.ts';
import { joinedShape, type MachineShape, SHIFT, VALUE_BITS, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

const HALF = 2 ** (VALUE_BITS - 1);
const UNIT = 2 ** SHIFT;

/** Where the reads of a step stand and its results go (`StepRecord`), and the accumulators of all steps (`Memory`). */
interface LaneRecord extends Pick<Memory, 'sums'> {
  readonly small: Float64Array;
}

interface LaneTask {
  /** Whether the step's matrices are joined. */
  readonly joins: boolean;
  /** With the same reads and entries as before, so that its accumulators are known. */
  readonly again: boolean;
}

export class LaneRunner {
  readonly #shape: MachineShape;
  readonly #nodeOf: Program['nodeOf'];
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #small: Float64Array;
  readonly #sums: Int32Array;
  readonly #tiles: TileRunner;
  readonly #joined: TileRunner | undefined;
  #step = 0;

  constructor(shape: MachineShape, nodeOf: Program['nodeOf'], { small, sums }: LaneRecord) {
    this.#shape = shape;
    this.#nodeOf = nodeOf;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#small = small;
    this.#sums = sums;
    this.#tiles = new TileRunner(shape, shape, small);
    if (shape.joins) this.#joined = new TileRunner(shape, joinedShape(shape), small);
  }

  /** Runs group g of a step, whose model entries are given, once its reads stand in the record: one group after another. */
  run(step: number, g: number, entries: Float64Array, { joins, again }: LaneTask): void {
    this.#step = step;
    const inexact = again ? undefined : ((joins && this.#joined) || this.#tiles).run(g, entries);
    if (inexact) throw this.#inexact(g, inexact.row, inexact.lane);
    this.#splitLanes(g, entries, again);
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
