/**
 * Writes the trace block T of a step from the memory of a finished run: small integers and bits, in the order of `traceLayout`,
 * in shared memory, so that threads hand them on without copying. It depends on no challenge and is the same at every call.
 */
import type { Memory } from './memory.ts';
import type { Place } from './places.ts';
import { type ModelLayout, modelLayout, type Program } from './program.ts';
import { StepRunner, sharedDoubles } from './run-step.ts';
import {
  BACK_BITS,
  firstComputedGroup,
  groupStart,
  indexPosition,
  type MachineShape,
  slotsPerStep,
  VALUE_BITS,
  VECTOR,
} from './shape.ts';
import { SUM_BITS, type TraceLayout, traceLayout } from './trace-layout.ts';

const HALF = 2 ** (VALUE_BITS - 1);

export interface Trace {
  /** 0/1 per byte. */
  readonly bits: Uint8Array;
  readonly small: Float64Array;
}

export class TraceWriter {
  readonly #shape: MachineShape;
  readonly #memory: Memory;
  readonly #runner: StepRunner;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #lookups: LookupAddresses;

  /** @param memory of a run that has ended */
  constructor(program: Pick<Program, 'shape' | 'nodeOf'>, memory: Memory) {
    this.#shape = program.shape;
    this.#memory = memory;
    this.#runner = new StepRunner(program, memory);
    this.#model = modelLayout(program.shape);
    this.#trace = traceLayout(program.shape);
    this.#lookups = new LookupAddresses(program.shape);
  }

  /** The trace of step j, whose model entries are given. */
  write(j: number, model: Float64Array): Trace {
    const record = this.#runner.run(j, { model, again: true });
    const small = sharedDoubles(this.#trace.small);
    small.set(record.small);
    this.#putMultiplicities(j, small);

    const bits = new Uint8Array(new SharedArrayBuffer(this.#trace.bits));
    this.#writeRanges(small, bits);
    this.#writeBack(j, model, small, bits);
    const { lanes } = this.#trace.bitsOf;
    const { groups, rows } = this.#shape;
    let lane = 0;
    for (let g = 0; g < groups; g++)
      for (let r = 0; r < rows; r++)
        for (let l = 0; l < VECTOR; l++)
          writeApart(bits, lanes.at(g, r, l), lanes.step[g]!, record.sums[lane++]! + 2 ** (SUM_BITS - 1), SUM_BITS);
    return { bits, small };
  }

  #putMultiplicities(j: number, small: Float64Array): void {
    const { constants, io, groups, rows, lookups } = this.#shape;
    const to = this.#trace.multiplicities;
    let slot = j * slotsPerStep(this.#shape);
    const next = (at: number): void => {
      small[at] = this.#memory.reads[slot++]!;
    };
    for (let s = 0; s < constants; s++) next(to.constants.at(s));
    for (let n = 0; n < io; n++) next(to.io.at(n));
    for (let g = 0; g < groups; g++) {
      for (let r = 0; r < rows; r++) next(to.lanes.at(g, r));
      for (let n = 0; n < 2 * lookups; n++) next(to.entries.at(g, Math.floor(n / 2), n % 2));
    }
  }

  #writeRanges(small: Float64Array, bits: Uint8Array): void {
    const { io, reveal, bitsOf } = this.#trace;
    for (let n = 0; n < this.#shape.io; n++)
      for (let l = 0; l < VECTOR; l++)
        writeApart(bits, bitsOf.io.at(n, l), bitsOf.io.step[n]!, small[io.at(n, l)]! + HALF, VALUE_BITS);
    writeApart(bits, bitsOf.reveal.at(0), bitsOf.reveal.step[0]!, small[reveal.at(0)]!, VALUE_BITS);
  }

  #writeBack(j: number, model: Float64Array, small: Float64Array, bits: Uint8Array): void {
    const { rowVectors, groups, rows, computed } = this.#shape;
    const { back } = this.#trace.bitsOf;
    const last = Array.from({ length: groups }, (_, g) => {
      return j * slotsPerStep(this.#shape) + groupStart(this.#shape, g) - 1;
    });
    const write = (place: Place, i: number, at: number, g: number, address: number): void =>
      writeApart(bits, at, place.step[i]!, last[g]! - address, BACK_BITS);
    for (let g = 0; g < groups; g++) {
      for (let r = 0; r < rows; r++) {
        for (const kind of ['bank', 'residual'] as const)
          for (let i = 0; i < (kind === 'bank' ? rowVectors : 2); i++)
            write(back[kind], i, back[kind].at(i, g, r), g, model[this.#model[kind].at(i, g, r)]!);
      }
    }
    for (let v = 0; v < rowVectors; v++)
      for (let c = 0; c < computed; c++)
        for (let l = 0; l < VECTOR; l++)
          write(
            back.computed,
            v,
            back.computed.at(v, c, l),
            firstComputedGroup(this.#shape, c),
            model[this.#model.computed.at(v, c, l)]!,
          );
    this.#lookups.each(model, small, (address, g, v, l) => {
      write(back.lookups, g, back.lookups.at(g, v, l), g, address);
    });
  }
}

/** The n bits of a non-negative integer, lowest first, `step` entries apart. */
function writeApart(bits: Uint8Array, at: number, step: number, value: number, n: number): void {
  let high = Math.floor(value / 2 ** 16);
  let low = value - high * 2 ** 16;
  let to = at;
  for (let k = 0; k < n; k++, to += step) {
    if (k === 16) low = high % 2 ** 16;
    if (k === 32) low = high = Math.floor(high / 2 ** 16);
    bits[to] = low & 1;
    low >>>= 1;
  }
}

/** Addresses of a step's look-ups: base + multiplier times a number of the index vector. */
export class LookupAddresses {
  readonly #shape: MachineShape;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;

  constructor(shape: MachineShape) {
    this.#shape = shape;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
  }

  each(
    model: Float64Array,
    small: Float64Array,
    body: (address: number, g: number, v: number, l: number) => void,
  ): void {
    const { groups, rows, lookups } = this.#shape;
    const position = indexPosition(this.#shape);
    for (let g = 0; g < groups; g++)
      for (let v = 0; v < lookups; v++) {
        const [base, numbers] = [this.#model.base.at(g, v), this.#trace.bank.at(position + v, g, rows - 1)];
        const multiplier = model[this.#model.index.at(g, v)]!;
        for (let l = 0; l < VECTOR; l++) body(model[base + l]! + multiplier * small[numbers + l]!, g, v, l);
      }
  }
}
