/**
 * The machine's memory after a run: every vector that was written, how often each was read, and the accumulators of all lanes. Nothing
 * else is kept between the passes of a prover: a step's whole trace follows from it and the model, by copying what was read and
 * without a product of a weight.
 */
import { type MachineShape, slotsPerStep, VECTOR } from './shape.ts';

export interface Memory {
  /** [address][16]; shared, so that threads read it without copying. NaN where an input slot was not written. */
  readonly vectors: Float64Array;
  /** [address]: reads of the whole run. */
  readonly reads: Uint32Array;
  /** [step][group][row][lane]: the accumulators, of which each has `SUM_BITS` bits. */
  readonly sums: Int32Array;
}

/** Lanes of a step, one accumulator each. */
export function lanesPerStep({ groups, rows }: MachineShape): number {
  return groups * rows * VECTOR;
}

export function newMemory(shape: MachineShape, steps: number): Memory {
  const addresses = steps * slotsPerStep(shape);
  return {
    vectors: new Float64Array(new SharedArrayBuffer(addresses * VECTOR * Float64Array.BYTES_PER_ELEMENT)),
    reads: new Uint32Array(new SharedArrayBuffer(addresses * Uint32Array.BYTES_PER_ELEMENT)),
    sums: new Int32Array(new SharedArrayBuffer(steps * lanesPerStep(shape) * Int32Array.BYTES_PER_ELEMENT)),
  };
}
