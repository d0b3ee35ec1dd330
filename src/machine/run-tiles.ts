/** The weighted sums of tiles on integers, for one way in which tiles stand in a step. Nearly all of the time of a run goes here. */
import { EXACT, type Runs, SparseVector } from './products.ts';
import { type ModelLayout, modelLayout } from './program.ts';
import { groupsPerMatrix, type MachineShape, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

/** A sum that may have been rounded. */
export interface Inexact {
  readonly row: number;
  readonly lane: number;
}

export class TileRunner {
  readonly #shape: MachineShape;
  /** The sizes that say how tiles stand: those of the machine, or of a step whose matrices are joined. */
  readonly #geometry: MachineShape;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #small: Float64Array;
  /** By lane of a tile. */
  readonly #weights: SparseVector[];
  /** By lane of a row. */
  readonly #computed: SparseVector[];
  readonly #operand: SparseVector;
  /** Of the matrices that are side by side: where the weights of a row stand, and what they are multiplied by. */
  readonly #runs: Runs;
  readonly #operands: number[];

  /** @param small small integers of the trace, where reads stand and sums go */
  constructor(shape: MachineShape, geometry: MachineShape, small: Float64Array) {
    this.#shape = shape;
    this.#geometry = geometry;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#small = small;
    const { tile, rowVectors } = geometry;
    const width = rowVectors * VECTOR;
    this.#weights = Array.from({ length: tile * VECTOR }, () => new SparseVector(tile * width));
    this.#computed = Array.from({ length: VECTOR }, () => new SparseVector(width));
    this.#operand = new SparseVector(tile * width);
    const { weights } = this.#model;
    const { bank } = this.#trace;
    const beside = [...new Array(tile / shape.tile).keys()];
    const length = shape.tile * VECTOR;
    this.#runs = { starts: beside.flatMap((i) => Array.from(weights.first, (at) => at + weights.offset(i))), length };
    this.#operands = beside.flatMap((i) => Array.from(bank.first, (at) => at + i * length));
  }

  /** Runs group g of a step, whose model entries are given, once its reads stand in the trace: one group after another. */
  run(g: number, entries: Float64Array): Inexact | undefined {
    const groups = groupsPerMatrix(this.#geometry);
    if (g % groups === 0) this.#takeWeights(g / groups, entries);
    return this.#sum(g);
  }

  /** The weights of a matrix, lane after lane of a tile, and those that are read, lane after lane of a row. */
  #takeWeights(matrix: number, entries: Float64Array): void {
    const { weights } = this.#model;
    const { bank, computed } = this.#trace;
    const { tile } = this.#shape;
    const beside = this.#geometry.tile / tile;
    this.#weights.forEach((own, lane) => {
      const row = Math.floor(lane / VECTOR);
      const at = weights.offset(matrix + beside * Math.floor(row / tile), row % tile, lane % VECTOR);
      own.take(entries, this.#runs, at, this.#operands);
    });
    const c = matrix - (this.#geometry.matrices - this.#geometry.computed);
    this.#computed.forEach((own, lane) => {
      if (c >= 0)
        own.take(this.#small, { starts: computed.first, length: VECTOR }, computed.offset(c, lane), bank.first);
      else own.clear();
    });
  }

  /** acc = W x of each tile, x the numbers of all its rows, W the weights; and of each row what is read as weights. */
  #sum(g: number): Inexact | undefined {
    const { bank, acc } = this.#trace;
    const { rows, tile } = this.#geometry;
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
          return { row: first + Math.floor(lane / VECTOR), lane: lane % VECTOR };
      }
    }
    return undefined;
  }
}
