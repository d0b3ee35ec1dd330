/**
 * One step of the machine on integers: what its rows mean, and the only definition of it. The step's record is its trace (the
 * small integers of T but for the multiplicities, which the whole run decides) and the accumulators of its lanes, of which the
 * bits of T are made.
 *
 * Reads come from the memory and writes go to it, so a step can be run again over the memory of a finished run, where it finds the
 * same vectors. Everything is exact: what would leave its range is an error, never a wrapped number.
 */
import { type FoldError, invariant } from '../errors.ts';
import { lanesPerStep, type Memory } from './memory.ts';
import { type ModelLayout, modelLayout, type Program, selectorsOf } from './program.ts';
import { outOfRange } from './range.ts';
import { LaneRunner } from './run-lanes.ts';
import {
  firstComputedGroup,
  groupStart,
  indexPosition,
  type MachineShape,
  slotsPerStep,
  VALUE_BITS,
  VECTOR,
} from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

const HALF = 2 ** (VALUE_BITS - 1);

export interface StepRecord {
  /** In the order of `traceLayout`; the multiplicities are left as they are. */
  readonly small: Float64Array;
  /** [group][row][lane]: the accumulators. */
  readonly sums: Int32Array;
  /** What the reveal makes of k, if its selector is on. */
  readonly revealed: number | undefined;
}

/** What a step is told. */
export interface StepTask {
  /** Its model entries. */
  readonly model: Float64Array;
  /** What an input step writes. */
  readonly input?: Float64Array | undefined;
  /** Has it run before? Then it only reads: nothing is written or counted once more, no tile summed. */
  readonly again?: boolean;
}

export class StepRunner {
  readonly #nodeOf: Program['nodeOf'];
  readonly #shape: MachineShape;
  readonly #memory: Memory;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #small: Float64Array;
  readonly #lanes: LaneRunner;
  readonly #unwritten: Float64Array;
  #again = false;
  #joins = false;
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
    this.#lanes = new LaneRunner(shape, nodeOf, { small: this.#small, sums: memory.sums });
    this.#unwritten = new Float64Array(shape.io * VECTOR).fill(Number.NaN);
  }

  /**
   * Runs step j: each step of a run in its turn, and any of them again when the run has ended.
   * @throws E_RANGE naming node, step, place and value where a number leaves its range
   * @throws E_BUG where the program reads what no step before has written, or absorbs as input what it reads elsewhere
   */
  run(j: number, { model, input, again = false }: StepTask): StepRecord {
    invariant(model.length === this.#model.size, `a step has ${this.#model.size} model entries, not ${model.length}`);
    this.#entries = model;
    this.#step = j;
    this.#again = again;
    const { constants, io } = this.#shape;
    const first = j * slotsPerStep(this.#shape);
    const selectors = selectorsOf(this.#model, model);
    this.#joins = selectors.joins;

    this.#write(first, model, this.#model.constants.at(0), constants);
    this.#write(first + constants, (selectors.input && input) || this.#unwritten, 0, io);
    for (let g = 0; g < this.#shape.groups; g++) this.#group(g);
    this.#absorb(first, selectors.input);
    const lanes = lanesPerStep(this.#shape);
    const sums = this.#memory.sums.subarray(j * lanes, (j + 1) * lanes);
    return { small: this.#small, sums, revealed: this.#reveal(first, selectors.reveal) };
  }

  /** The output reads, which are what an input step writes. */
  #absorb(first: number, isInput: boolean): void {
    const { io, constants } = this.#shape;
    const at = this.#trace.io.at(0);
    for (let v = 0; v < io; v++) {
      this.#read(this.#entries[this.#model.io.at(v)]!, first + slotsPerStep(this.#shape), at + v * VECTOR);
    }
    const { vectors } = this.#memory;
    for (let i = 0; i < io * VECTOR; i++) {
      const x = this.#small[at + i]!;
      if (x < -HALF || x >= HALF) throw this.#range(`number ${i} that is absorbed`, x, -HALF, HALF - 1);
      const own = vectors[(first + constants) * VECTOR + i]!;
      if (isInput && x !== own) invariant(false, `step ${this.#step} absorbs an input that it does not write`);
    }
  }

  #reveal(first: number, on: boolean): number | undefined {
    const at = this.#trace.reveal.at(0);
    this.#read(this.#entries[this.#model.reveal.at(0)]!, first + slotsPerStep(this.#shape), at);
    const x = this.#small[at]!;
    if (x < 0 || x >= 2 * HALF) throw this.#range('the revealed number', x, 0, 2 * HALF - 1);
    return on ? x + 1 : undefined;
  }

  #group(g: number): void {
    const { rows, rowVectors, lookups, computed } = this.#shape;
    const trace = this.#trace;
    const start = this.#step * slotsPerStep(this.#shape) + groupStart(this.#shape, g);
    for (let v = 0; v < rowVectors; v++) this.#readVectors('bank', v, g, rows, start);
    for (const n of [0, 1]) this.#readVectors('residual', n, g, rows, start);
    for (let c = 0; c < computed; c++)
      if (firstComputedGroup(this.#shape, c) === g)
        for (let v = 0; v < rowVectors; v++) this.#readVectors('computed', v, c, VECTOR, start);
    this.#lanes.run(this.#step, g, this.#entries, { joins: this.#joins, again: this.#again });
    this.#lookUps(g, start);
    this.#write(start, this.#small, trace.out.at(g), rows);
    if (lookups > 0) this.#write(start + rows, this.#small, trace.entries.at(g), 2 * lookups);
  }

  /** n vectors one after another, whose addresses stand one after another in the model. */
  #readVectors(kind: 'bank' | 'residual' | 'computed', i: number, g: number, n: number, bound: number): void {
    const [from, to] = [this.#model[kind].at(i, g), this.#trace[kind].at(i, g)];
    for (let k = 0; k < n; k++) this.#read(this.#entries[from + k]!, bound, to + k * VECTOR);
  }

  /** Look-up (v, l) reads (value, slope, tag[v][l]) at base[v][l] + index[v] x, x lane l of index vector v. */
  #lookUps(g: number, bound: number): void {
    const { rows, lookups } = this.#shape;
    const { base, index, tags } = this.#model;
    const { bank, entries } = this.#trace;
    const { vectors } = this.#memory;
    const position = indexPosition(this.#shape);
    for (let v = 0; v < lookups; v++) {
      const numbers = bank.at(position + v, g, rows - 1);
      for (let l = 0; l < VECTOR; l++) {
        const x = this.#small[numbers + l]!;
        const [from, by] = [this.#entries[base.at(g, v, l)]!, this.#entries[index.at(g, v)]!];
        const tag = this.#entries[tags.at(g, v, l)]!;
        const at = from + by * x;
        if (!(at >= 0 && at < bound && isEntry(vectors, at, tag))) {
          const ends = tableEnds(vectors, bound, tag).map((end) => (end - from) / by);
          const node = this.#nodeOf(this.#step, g, rows + v);
          const [low, high] = [Math.ceil(Math.min(...ends)) + 0, Math.floor(Math.max(...ends)) + 0];
          throw this.#range(`the index of look-up ${v}, lane ${l} of group ${g}`, x, low, high, node);
        }
        if (!this.#again) this.#memory.reads[at]!++;
        this.#small[entries.at(g, v, 0, l)] = vectors[at * VECTOR]!;
        this.#small[entries.at(g, v, 1, l)] = vectors[at * VECTOR + 1]!;
      }
    }
  }

  /** The vector at an address below `bound` goes to `to` of the trace. */
  #read(address: number, bound: number, to: number): void {
    const { vectors, reads } = this.#memory;
    // messages are made where they are wanted only: a step has thousands of reads
    if (!(Number.isInteger(address) && address >= 0 && address < bound))
      invariant(false, `step ${this.#step} reads ${address}`);
    const from = address * VECTOR;
    if (Number.isNaN(vectors[from]!)) invariant(false, `step ${this.#step} reads ${address}, which is not written`);
    for (let k = 0; k < VECTOR; k++) this.#small[to + k] = vectors[from + k]!;
    if (!this.#again) reads[address]!++;
  }

  #write(address: number, from: Float64Array, at: number, n: number): void {
    if (this.#again) return;
    const to = address * VECTOR;
    const { vectors } = this.#memory;
    for (let k = 0; k < n * VECTOR; k++) vectors[to + k] = from[at + k]!;
  }

  #range(what: string, got: number, low: number, high: number, node = ''): FoldError {
    return outOfRange({ node, what, step: this.#step }, got, low, high);
  }
}

/** Is the vector an entry of the table with this tag: two numbers, the tag, then zeros? One that is not written is none. */
function isEntry(vectors: Float64Array, address: number, tag: number): boolean {
  if (vectors[address * VECTOR + 2] !== tag) return false;
  for (let k = 3; k < VECTOR; k++) if (vectors[address * VECTOR + k] !== 0) return false;
  return true;
}

/** First and last address of a table's entries. */
function tableEnds(vectors: Float64Array, bound: number, tag: number): number[] {
  const entries = Array.from({ length: bound }, (_, at) => at).filter((at) => isEntry(vectors, at, tag));
  return [entries[0] ?? 0, entries.at(-1) ?? 0];
}

/** Doubles in shared memory, so that threads hand them on without copying. */
export function sharedDoubles(n: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(n * Float64Array.BYTES_PER_ELEMENT));
}
