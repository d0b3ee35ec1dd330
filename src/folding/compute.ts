/**
 * The heavy work of the sequential part of a chain behind one interface: in this thread here, spread over the pool in
 * src/pool. Its vectors live in shared memory.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { commitPieces, type Piece } from './commit.ts';
import type { StepSystem } from './step-system.ts';
import { localSweeps, type SweepBuffers, type Sweeps } from './sweeps.ts';

/** The heavy work of the sequential part. */
export interface ChainCompute extends Sweeps {
  commit(pieces: readonly Piece[]): Promise<Affine | null>;
  /** Fills buffers.forms2 from buffers.z2. */
  forms(): Promise<void>;
}

/** Buffers of a chain over shared memory: the default running witness (zero) and room for a fresh one. */
export function createBuffers(system: StepSystem): SweepBuffers {
  const { layout, matrix } = system;
  const { bits, rows, forms } = matrix.sizes;
  const vec = (n: number): Vec => new Uint8Array(new SharedArrayBuffer(n * FIELD_BYTES));
  const { variables } = matrix.matrix;
  return {
    layout,
    shape: { bitOffset: matrix.offsets.bits, bits, rows },
    z1: vec(variables),
    forms1: vec(forms),
    e: vec(2 ** layout.rowLog),
    z2: vec(variables),
    forms2: vec(forms),
    bits2: new Uint8Array(new SharedArrayBuffer(bits)),
    t: vec(2 ** layout.rowLog),
  };
}

/** All the heavy work in this thread. */
export function localCompute(engine: Engine, system: StepSystem, buffers: SweepBuffers): ChainCompute {
  return {
    ...localSweeps(engine, system.rows, buffers),
    commit: async (pieces) => commitPieces(engine, system.key, pieces),
    forms: async () => buffers.forms2.set(system.rows.forms(buffers.z2)),
  };
}
