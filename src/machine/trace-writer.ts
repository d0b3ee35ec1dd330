/**
 * Writes the trace block T of a step from the memory of a finished run: small integers and bits, in the order of `traceLayout`,
 * in shared memory, so that threads hand them on without copying. It depends on no challenge and is the same at every call.
 */
import { writeBits } from '../layers/floor.ts';
import type { Memory } from './memory.ts';
import { type ModelLayout, modelLayout, type Program } from './program.ts';
import { StepRunner, sharedDoubles } from './run-step.ts';
import { BACK_BITS, groupReads, groupStart, type MachineShape, slotsPerStep, VALUE_BITS, VECTOR } from './shape.ts';
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

  /** @param memory of a run that has ended */
  constructor(program: Pick<Program, 'shape' | 'nodeOf'>, memory: Memory) {
    this.#shape = program.shape;
    this.#memory = memory;
    this.#runner = new StepRunner(program, memory);
    this.#model = modelLayout(program.shape);
    this.#trace = traceLayout(program.shape);
  }

  /** The trace of step j, whose model entries are given. */
  write(j: number, model: Float64Array): Trace {
    const record = this.#runner.run(j, { model, again: true });
    const small = sharedDoubles(this.#trace.small);
    small.set(record.small);
    const slots = slotsPerStep(this.#shape);
    small.set(this.#memory.reads.subarray(j * slots, (j + 1) * slots), this.#trace.multiplicities);

    const bits = new Uint8Array(new SharedArrayBuffer(this.#trace.bits));
    this.#writeRanges(small, bits);
    this.#writeBack(j, model, small, bits);
    let lane = 0;
    for (const { laneBits } of this.#trace.groups) {
      const lanes = this.#shape.rows * VECTOR;
      for (let n = 0; n < lanes; n++) {
        writeBits(bits, laneBits + n * SUM_BITS, record.sums[lane++]! + 2 ** (SUM_BITS - 1), SUM_BITS);
      }
    }
    return { bits, small };
  }

  #writeRanges(small: Float64Array, bits: Uint8Array): void {
    const { io, ioBits, reveal, revealBits } = this.#trace;
    for (let n = 0; n < this.#shape.io * VECTOR; n++) {
      writeBits(bits, ioBits + n * VALUE_BITS, small[io + n]! + HALF, VALUE_BITS);
    }
    writeBits(bits, revealBits, small[reveal]!, VALUE_BITS);
  }

  #writeBack(j: number, model: Float64Array, small: Float64Array, bits: Uint8Array): void {
    this.#trace.groups.forEach(({ reads, backBits }, g) => {
      const last = j * slotsPerStep(this.#shape) + groupStart(this.#shape, g) - 1;
      const count = groupReads(this.#shape, g);
      const at = this.#model.groups[g]!;
      for (let n = 0; n < count; n++) {
        writeBits(bits, backBits + n * BACK_BITS, last - model[at.bank + n]!, BACK_BITS);
      }
      const addresses = lookupAddresses(this.#shape, at, model, small.subarray(reads));
      addresses.forEach((address, n) => {
        writeBits(bits, backBits + (count + n) * BACK_BITS, last - address, BACK_BITS);
      });
    });
  }
}

/** Addresses of a group's look-ups. @param reads what the group reads, from the bank on */
export function lookupAddresses(
  { rows, rowVectors, lookups }: MachineShape,
  { base, index }: ModelLayout['groups'][number],
  model: Float64Array,
  reads: Float64Array,
): Float64Array {
  const first = (rows * rowVectors - lookups) * VECTOR;
  return Float64Array.from({ length: lookups * VECTOR }, (_, n) => {
    return model[base + n]! + model[index + Math.floor(n / VECTOR)]! * reads[first + n]!;
  });
}
