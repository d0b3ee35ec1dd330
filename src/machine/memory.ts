/**
 * The machine's memory after a run: every vector that was written and how often each was read. Nothing else is kept between
 * the passes of a prover: a step's whole trace follows from it and the model.
 */
import { type MachineShape, slotsPerStep, VECTOR } from './shape.ts';

export interface Memory {
  /** [address][16]; shared, so that threads read it without copying. NaN where an input slot was not written. */
  readonly vectors: Float64Array;
  /** [address]: reads of the whole run. */
  readonly reads: Uint32Array;
}

export function newMemory(shape: MachineShape, steps: number): Memory {
  const addresses = steps * slotsPerStep(shape);
  return {
    vectors: new Float64Array(new SharedArrayBuffer(addresses * VECTOR * Float64Array.BYTES_PER_ELEMENT)),
    reads: new Uint32Array(new SharedArrayBuffer(addresses * Uint32Array.BYTES_PER_ELEMENT)),
  };
}
