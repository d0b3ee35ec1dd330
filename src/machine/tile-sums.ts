/** What Freivalds' check of a step's tiles needs in P: sums weighted by powers of rho, and what weights make of them (circuit/tiles.ts). */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { type ChallengeLayout, challengeLayout } from './challenge-layout.ts';
import { Place } from './places.ts';
import { type ModelLayout, modelLayout } from './program.ts';
import { joinedShape, type MachineShape, tilePlace, tilesPerMatrix, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

/** A step with its powers of rho. */
export interface WeightedStep {
  readonly model: Float64Array;
  /** The small integers of its trace. */
  readonly small: Float64Array;
  /** 1, rho, rho^2, .. */
  readonly powers: Vec;
  /** Whether its matrices are joined. */
  readonly joins: boolean;
}

/** Small integers, and where in them those of a row stand. */
interface TileNumbers {
  readonly small: Float64Array;
  readonly from: (v: number, g: number, row: number) => number;
}

export class TileSums {
  readonly #engine: Engine;
  readonly #shape: MachineShape;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #layout: ChallengeLayout;

  constructor(engine: Engine, shape: MachineShape) {
    this.#engine = engine;
    this.#shape = shape;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#layout = challengeLayout(shape);
  }

  /** Into the share of P, which is zero there. */
  write(fields: Vec, step: WeightedStep): void {
    const { combined, halves } = this.#layout;
    const { rowVectors, matrices } = this.#shape;
    const { bank } = this.#trace;
    const numbers = { small: step.small, from: (v: number, g: number, row: number) => bank.at(v, g, row) };
    if (step.joins) {
      this.#putSums(fields, step.powers, numbers, halves, joinedShape(this.#shape));
      for (let v = 0; v < rowVectors; v++)
        for (let w = 0; w < matrices; w++)
          fields.set(part(fields, halves.at(v, w % 2), halves.offset(1)), combined.at(v, w) * FIELD_BYTES);
    } else this.#putSums(fields, step.powers, numbers, combined, this.#shape);
    this.#putExtra(fields, step.small);
    if (this.#shape.joins) this.#putFed(fields, step);
  }

  /**
   * For each number, or lane, of a tile its sum over a matrix's tiles.
   * @param to [V][count][tile][16]: of each matrix, or of one for all groups each of `count` parts of its rows
   * @param shape how tiles stand in the step
   */
  #putSums(fields: Vec, powers: Vec, { small, from }: TileNumbers, to: Place, shape: MachineShape): void {
    const { fr } = this.#engine;
    const { tile } = this.#shape;
    const [vectors, count] = to.counts as [number, number];
    const parts = count / shape.matrices;
    const numbers = new Float64Array(to.inner);
    for (let v = 0; v < vectors; v++) {
      const own = part(fields, to.at(v), to.inner);
      for (let p = 0; p < tilesPerMatrix(shape); p++) {
        for (let n = 0; n < count; n++) {
          const [group, first] = tilePlace(shape, Math.floor(n / parts), p);
          const at = from(v, group, first + (n % parts) * tile);
          numbers.set(small.subarray(at, at + tile * VECTOR), to.offset(n));
        }
        fr.axpy(own, part(powers, p, 1), fr.fromSmall(numbers));
      }
    }
  }

  /** What the computed weights make of these sums, of each row by itself. */
  #putExtra(fields: Vec, small: Float64Array): void {
    const { matrices, computed, tile } = this.#shape;
    for (let c = 0; c < computed; c++)
      for (let l = 0; l < VECTOR; l++) {
        const weights = this.#pieces(small, VECTOR, (v) => this.#trace.computed.at(v, c, l));
        if (weights.every((weight) => weight === 0)) continue;
        const own = this.#engine.fr.fromSmall(weights);
        const w = matrices - computed + c;
        for (let o = 0; o < tile; o++)
          this.#put(fields, this.#layout.extra.at(w, o, l), own, this.#sums(fields, w, o, 1));
      }
  }

  /**
   * What the weights of a matrix make of its sums: an honest trace's accumulators say it but for what is computed. Of two matrices that are
   * joined they say the sum, and one is computed.
   */
  #putFed(fields: Vec, { model, small, powers, joins }: WeightedStep): void {
    const { fr } = this.#engine;
    const { matrices, tile } = this.#shape;
    const { fed, extra } = this.#layout;
    const { acc } = this.#trace;
    const accumulators = { small, from: (_: number, g: number, row: number) => acc.at(g, row) };
    const lanes = tile * VECTOR;
    if (!joins) {
      this.#putSums(fields, powers, accumulators, fed, this.#shape);
      for (let w = matrices - this.#shape.computed; w < matrices; w++)
        part(fields, fed.at(0, w), lanes).set(
          fr.sub(part(fields, fed.at(0, w), lanes), part(fields, extra.at(w), lanes)),
        );
      return;
    }
    for (let w = 1; w < matrices; w += 2) {
      const sums = this.#sums(fields, w, 0, tile);
      for (let lane = 0; lane < lanes; lane++) {
        const [o, l] = [Math.floor(lane / VECTOR), lane % VECTOR];
        const weights = this.#pieces(model, lanes, (v) => this.#model.weights.at(v, w, o, l));
        if (weights.some((weight) => weight !== 0)) this.#put(fields, fed.at(0, w, o, l), fr.fromSmall(weights), sums);
      }
    }
    const halves = new Place([1, 2, tile, VECTOR], 1);
    const both = new Uint8Array(halves.inner * FIELD_BYTES);
    this.#putSums(both, powers, accumulators, halves, joinedShape(this.#shape));
    for (let w = 0; w < matrices; w += 2)
      part(fields, fed.at(0, w), lanes).set(
        fr.sub(part(both, halves.at(0, w / 2), lanes), part(fields, fed.at(0, w + 1), lanes)),
      );
  }

  #put(fields: Vec, at: number, weights: Vec, sums: Vec): void {
    fields.set(this.#engine.fr.dot(weights, sums), at * FIELD_BYTES);
  }

  /** By vector: so many numbers from a place on. */
  #pieces(numbers: Float64Array, length: number, at: (v: number) => number): Float64Array {
    const { rowVectors } = this.#shape;
    const pieces = new Float64Array(rowVectors * length);
    for (let v = 0; v < rowVectors; v++) pieces.set(numbers.subarray(at(v), at(v) + length), v * length);
    return pieces;
  }

  /** By vector: what is combined of so many rows of a matrix's tiles from row o on. */
  #sums(fields: Vec, w: number, o: number, rows: number): Vec {
    const { rowVectors } = this.#shape;
    const length = rows * VECTOR * FIELD_BYTES;
    const sums = new Uint8Array(rowVectors * length);
    for (let v = 0; v < rowVectors; v++)
      sums.set(part(fields, this.#layout.combined.at(v, w, o), rows * VECTOR), v * length);
    return sums;
  }
}

function part(values: Vec, at: number, n: number): Vec {
  return values.subarray(at * FIELD_BYTES, (at + n) * FIELD_BYTES);
}
