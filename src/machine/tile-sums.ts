/** What Freivalds' check of a step's tiles needs in P: sums weighted by powers of rho, and what weights make of them (circuit/tiles.ts). */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { type ChallengeLayout, challengeLayout } from './challenge-layout.ts';
import type { Place } from './places.ts';
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
    if (step.joins) {
      this.#putSums(fields, step, halves, 2, joinedShape(this.#shape));
      for (let v = 0; v < rowVectors; v++)
        for (let w = 0; w < matrices; w++)
          fields.set(part(fields, halves.at(v, w % 2), halves.offset(1)), combined.at(v, w) * FIELD_BYTES);
    } else this.#putSums(fields, step, combined, matrices, this.#shape);
    this.#putExtra(fields, step.small);
    if (this.#shape.joins) this.#putFed(fields, step.model);
  }

  /**
   * For each number of a tile the sum over a matrix's tiles.
   * @param to [V][count][tile][16]: of each matrix, or of one for all tiles each of `count` parts of its rows
   * @param shape how tiles stand in the step
   */
  #putSums(fields: Vec, { small, powers }: WeightedStep, to: Place, count: number, shape: MachineShape): void {
    const { fr } = this.#engine;
    const { tile, rowVectors } = this.#shape;
    const { bank } = this.#trace;
    const parts = count / shape.matrices;
    const numbers = new Float64Array(to.inner);
    for (let v = 0; v < rowVectors; v++) {
      const own = part(fields, to.at(v), to.inner);
      for (let p = 0; p < tilesPerMatrix(shape); p++) {
        for (let n = 0; n < count; n++) {
          const [group, first] = tilePlace(shape, Math.floor(n / parts), p);
          const from = bank.at(v, group, first + (n % parts) * tile);
          numbers.set(small.subarray(from, from + tile * VECTOR), to.offset(n));
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

  /** What the weights of a matrix make of all of its sums. */
  #putFed(fields: Vec, model: Float64Array): void {
    const { matrices, tile } = this.#shape;
    for (let w = 0; w < matrices; w++) {
      const sums = this.#sums(fields, w, 0, tile);
      for (let o = 0; o < tile; o++)
        for (let l = 0; l < VECTOR; l++) {
          const weights = this.#pieces(model, tile * VECTOR, (v) => this.#model.weights.at(v, w, o, l));
          if (weights.every((weight) => weight === 0)) continue;
          this.#put(fields, this.#layout.fed.at(w, o, l), this.#engine.fr.fromSmall(weights), sums);
        }
    }
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
