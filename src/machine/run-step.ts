/**
 * One step of the machine on integers: what its rows mean, and the only definition of it. The step's record is its trace (the
 * small integers of T but for the multiplicities, which the whole run decides) and the accumulators of its lanes, of which the
 * bits of T are made.
 *
 * Reads come from the memory and writes go to it, so a step can be run again over the memory of a finished run: it finds the
 * same vectors and writes the same ones. Everything is exact: what would leave its range is an error, never a wrapped number.
 */
import { FoldError, invariant } from '../errors.ts';
import type { Memory } from './memory.ts';
import { EXACT, SparseVector } from './products.ts';
import { type GroupLayout, type ModelLayout, modelLayout, type Program, selectorsOf } from './program.ts';
import {
  groupReads,
  groupStart,
  isComputed,
  type MachineShape,
  SHIFT,
  slotsPerStep,
  VALUE_BITS,
  VECTOR,
} from './shape.ts';
import { type GroupTrace, type TraceLayout, traceLayout } from './trace-layout.ts';

const HALF = 2 ** (VALUE_BITS - 1);
const UNIT = 2 ** SHIFT;

export interface StepRecord {
  /** In the order of `traceLayout`; the multiplicities are left as they are. */
  readonly small: Float64Array;
  /** [group][row][lane]: the accumulators. */
  readonly sums: Float64Array;
  /** What the reveal makes of k, if its selector is on. */
  readonly revealed: number | undefined;
}

/** What a step is told. */
export interface StepTask {
  /** Its model entries. */
  readonly model: Float64Array;
  /** What an input step writes; without it, what stands in the memory already. */
  readonly input?: Float64Array | undefined;
  /** Are its reads counted? Once in a run. */
  readonly count: boolean;
}

export class StepRunner {
  readonly #nodeOf: Program['nodeOf'];
  readonly #shape: MachineShape;
  readonly #memory: Memory;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #small: Float64Array;
  readonly #sums: Float64Array;
  readonly #weights: SparseVector[];
  readonly #operand: SparseVector;
  readonly #denseRow: SparseVector;
  #count = false;
  #entries: Float64Array = new Float64Array(0);
  #step = 0;

  /** The records that it gives are views of its own memory: each call overwrites the last one's. */
  constructor({ shape, nodeOf }: Pick<Program, 'shape' | 'nodeOf'>, memory: Memory) {
    this.#nodeOf = nodeOf;
    this.#shape = shape;
    this.#memory = memory;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#small = sharedDoubles(this.#trace.small);
    this.#sums = new Float64Array(shape.groups * shape.rows * VECTOR);
    const width = shape.rowVectors * VECTOR;
    this.#weights = Array.from({ length: VECTOR }, () => new SparseVector(width));
    this.#operand = new SparseVector(width);
    this.#denseRow = new SparseVector(shape.dense.rows * width);
  }

  /**
   * Runs step j.
   * @throws E_RANGE naming node, step, place and value where a number leaves its range
   * @throws E_BUG where the program reads what no step before has written, or absorbs as input what it reads elsewhere
   */
  run(j: number, { model, input, count }: StepTask): StepRecord {
    invariant(model.length === this.#model.size, `a step has ${this.#model.size} model entries, not ${model.length}`);
    this.#entries = model;
    this.#step = j;
    this.#count = count;
    const { constants, io } = this.#shape;
    const first = j * slotsPerStep(this.#shape);
    const selectors = selectorsOf(this.#model, model);

    this.#write(first, model, this.#model.constants, constants);
    const inputs = this.#memory.vectors.subarray((first + constants) * VECTOR, (first + constants + io) * VECTOR);
    if (!selectors.input) inputs.fill(Number.NaN);
    else if (input) inputs.set(input);
    for (let g = 0; g < this.#shape.groups; g++) this.#group(g);
    this.#absorb(first, selectors.input);
    return { small: this.#small, sums: this.#sums, revealed: this.#reveal(first, selectors.reveal) };
  }

  /** The output reads, which are what an input step writes. */
  #absorb(first: number, isInput: boolean): void {
    const { io, constants } = this.#shape;
    const at = this.#trace.io;
    for (let v = 0; v < io; v++) {
      this.#read(this.#entries[this.#model.io + v]!, first + slotsPerStep(this.#shape), at + v * VECTOR);
    }
    const { vectors } = this.#memory;
    for (let i = 0; i < io * VECTOR; i++) {
      const x = this.#small[at + i]!;
      const where = `number ${i} that is absorbed`;
      if (x < -HALF || x >= HALF) throw this.#range('', where, x, -HALF, HALF - 1);
      const own = vectors[(first + constants) * VECTOR + i]!;
      invariant(!isInput || x === own, `step ${this.#step} absorbs an input that it does not write`);
    }
  }

  #reveal(first: number, on: boolean): number | undefined {
    const at = this.#trace.reveal;
    this.#read(this.#entries[this.#model.reveal]!, first + slotsPerStep(this.#shape), at);
    const x = this.#small[at]!;
    if (x < 0 || x >= 2 * HALF) throw this.#range('', 'the revealed number', x, 0, 2 * HALF - 1);
    return on ? x + 1 : undefined;
  }

  #group(g: number): void {
    const { rows, lookups } = this.#shape;
    const model = this.#model.groups[g]!;
    const trace = this.#trace.groups[g]!;
    const start = this.#step * slotsPerStep(this.#shape) + groupStart(this.#shape, g);
    const reads = groupReads(this.#shape, g);
    for (let n = 0; n < reads; n++) this.#read(this.#entries[model.bank + n]!, start, trace.reads + n * VECTOR);
    this.#sharedUnit(g, model, trace);
    this.#lanes(g, model, trace);
    this.#lookUps(g, model, trace, start);
    this.#write(start, this.#small, trace.out, rows);
    this.#write(start + rows, this.#small, trace.entries, 2 * lookups);
  }

  /** acc[r][l] = sum over i of W[l][i] bank[r][i], W the weights and what is read as weights. */
  #sharedUnit(g: number, model: GroupLayout, trace: GroupTrace): void {
    const { rows, rowVectors } = this.#shape;
    const width = rowVectors * VECTOR;
    const computed = isComputed(this.#shape, g) ? trace.reads + (rows * rowVectors + 2 * rows) * VECTOR : undefined;
    this.#weights.forEach((weights, l) => {
      const from = model.shared + l * width;
      if (computed === undefined) weights.take(this.#entries, from, width);
      else weights.take(this.#entries, from, width, this.#small, computed + l * width);
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

  #lanes(g: number, model: GroupLayout, trace: GroupTrace): void {
    const { rows, rowVectors, dense } = this.#shape;
    const [small, entries] = [this.#small, this.#entries];
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
          throw this.#range(this.#nodeOf(this.#step, g, r), placeOf(g, r, l), y, -HALF, HALF - 1);
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

  /** Look-up (v, l) reads (value, slope) at base[v][l] + index[v] x, x lane l of index vector v. */
  #lookUps(g: number, model: GroupLayout, trace: GroupTrace, bound: number): void {
    const { rows, rowVectors, lookups } = this.#shape;
    const { vectors } = this.#memory;
    for (let v = 0; v < lookups; v++) {
      const read = rows * rowVectors - lookups + v;
      for (let l = 0; l < VECTOR; l++) {
        const x = this.#small[trace.reads + read * VECTOR + l]!;
        const at = this.#entries[model.base + v * VECTOR + l]! + this.#entries[model.index + v]! * x;
        if (!(at >= 0 && at < bound && isEntry(vectors, at))) {
          const node = this.#nodeOf(this.#step, g, Math.floor(read / rowVectors));
          throw this.#range(node, `the index of look-up ${v}, lane ${l} of group ${g}`, x, 0, 'the end of its table');
        }
        if (this.#count) this.#memory.reads[at]!++;
        this.#small[trace.entries + 2 * v * VECTOR + l] = vectors[at * VECTOR]!;
        this.#small[trace.entries + (2 * v + 1) * VECTOR + l] = vectors[at * VECTOR + 1]!;
      }
    }
  }

  /** The vector at an address below `bound` goes to `to` of the trace. */
  #read(address: number, bound: number, to: number): void {
    const { vectors, reads } = this.#memory;
    invariant(Number.isInteger(address) && address >= 0 && address < bound, `step ${this.#step} reads ${address}`);
    const from = address * VECTOR;
    invariant(!Number.isNaN(vectors[from]!), `step ${this.#step} reads ${address}, which is not written`);
    for (let k = 0; k < VECTOR; k++) this.#small[to + k] = vectors[from + k]!;
    if (this.#count) reads[address]!++;
  }

  #write(address: number, from: Float64Array, at: number, n: number): void {
    const to = address * VECTOR;
    const { vectors } = this.#memory;
    for (let k = 0; k < n * VECTOR; k++) vectors[to + k] = from[at + k]!;
  }

  #inexact(g: number, r: number, l: number): FoldError {
    return this.#range(this.#nodeOf(this.#step, g, r), `${placeOf(g, r, l)}: a sum`, '2^53 or more', -EXACT, EXACT);
  }

  #range(node: string, where: string, got: number | string, low: number, high: number | string): FoldError {
    return new FoldError('E_RANGE', `${node || 'The program'}: ${where} of step ${this.#step} is out of range.`, {
      expected: `an integer from ${low} to ${high}`,
      got: `${got}`,
      hint: 'fold calibrate MODEL.onnx --data FILES, with inputs like this one among them, makes a plan with room for it',
    });
  }
}

function placeOf(g: number, r: number, l: number): string {
  return `lane ${l} of row ${r}, group ${g}`;
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

/** Is the vector a table's entry: two numbers, then zeros? One that is not written is none. */
function isEntry(vectors: Float64Array, address: number): boolean {
  for (let k = 2; k < VECTOR; k++) if (vectors[address * VECTOR + k] !== 0) return false;
  return true;
}

/** Doubles in shared memory, so that threads hand them on without copying. */
export function sharedDoubles(n: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(n * Float64Array.BYTES_PER_ELEMENT));
}
