/**
 * The heavy work of the sequential part of a chain behind one interface: in this thread here, spread over the pool in
 * src/pool. Its vectors live in shared memory.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { commitPieces, type Piece } from './commit.ts';
import type { KeySum } from './cyclefold.ts';
import { frameOf, type LayerBlocks, writeChain, writeLayers } from './fresh-witness.ts';
import type { LayerDigests, StepAdvice } from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';
import { localSweeps, type SweepBuffers, type Sweeps } from './sweeps.ts';

/** The heavy work of the sequential part. */
export interface ChainCompute extends Sweeps {
  /** Writes the layers' part of the fresh side into the buffers; beside `writeChain` if need be. */
  writeLayers(blocks: LayerBlocks): Promise<void>;
  /** Writes the chain's part; returns x. */
  writeChain(digests: LayerDigests<bigint>, advice: StepAdvice): Promise<bigint>;
  /** Scalars may be views of the buffers. */
  commit(pieces: readonly Piece[]): Promise<Affine | null>;
  /** Fills buffers.forms2 from buffers.z2. */
  forms(): Promise<void>;
  /** Sums over the key of CycleFold's commitments. */
  readonly cycleFoldSum: KeySum;
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
  const frame = frameOf(system);
  return {
    writeLayers: async (blocks) => writeLayers(engine, frame, buffers, blocks),
    writeChain: async (digests, advice) => writeChain(engine, frame, buffers, digests, advice),
    ...localSweeps(engine, system.rows, buffers),
    commit: async (pieces) => commitPieces(engine, system.key, pieces),
    forms: async () => void system.rows.forms(buffers.z2, undefined, undefined, buffers.forms2),
    cycleFoldSum: system.cycleFold.sum,
  };
}
