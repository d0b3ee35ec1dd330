/**
 * The heavy work of the sequential part of a chain behind one interface: in this thread here, spread over the pool in
 * src/pool. Its vectors live in shared memory.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { type BlockValues, commitRanges, type ScalarRange } from './commit.ts';
import type { CycleFoldWork } from './cyclefold-witness.ts';
import type { FoldMessageValues } from './fold-verifier.ts';
import { type ChainBuffers, frameOf, writeFold, writeLayers, writePrologue } from './fresh-witness.ts';
import { rowShape } from './layout.ts';
import type { StepWires } from './state.ts';
import type { Prologue, PrologueAdvice } from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';
import { localSweeps, type Sweeps } from './sweeps.ts';

/** The heavy work of the sequential part. */
export interface ChainCompute extends Sweeps {
  /** Writes the layers' part of the fresh side into the buffers; beside `writeFold` if need be. */
  writeLayers(blocks: readonly BlockValues[]): Promise<void>;
  /** Writes the chain's first half into `prologue`, the fold may still be reading the fresh side. */
  writePrologue(layers: StepWires<bigint>, advice: PrologueAdvice): Promise<Prologue<bigint>>;
  /** Writes the second half and takes over the first one; returns x. */
  writeFold(layers: StepWires<bigint>, prologue: Prologue<bigint>, messages: FoldMessageValues): Promise<bigint>;
  /** Scalars may be views of the buffers. `wanted`: `now`, or `soon` for background work of this step. */
  commit(ranges: readonly ScalarRange[], wanted: 'now' | 'soon'): Promise<Affine | null>;
  /** Fills buffers.forms2 from buffers.z2. */
  forms(): Promise<void>;
  readonly cycleFold: CycleFoldWork;
  /** Awaits work that was not urgent so far and now is. */
  waitFor<T>(work: Promise<T>): Promise<T>;
}

/** Buffers of a chain over shared memory: the default running witness (zero) and room for a fresh one. */
export function createBuffers(system: StepSystem): ChainBuffers {
  const { layout, matrix, prologue } = system;
  const shape = rowShape(layout, matrix);
  const vec = (n: number): Vec => new Uint8Array(new SharedArrayBuffer(n * FIELD_BYTES));
  const flags = (n: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(n));
  const { variables } = matrix.matrix;
  return {
    layout,
    shape,
    z1: vec(variables),
    forms1: vec(matrix.sizes.forms),
    errors: { quadratic: vec(2 ** layout.rowLog), boxes: vec(2 ** layout.rowLog) },
    z2: vec(variables),
    forms2: vec(matrix.sizes.forms),
    bits2: flags(shape.bits.reduce((sum, { count }) => sum + count, 0)),
    t: vec(2 ** layout.rowLog),
    prologue: { bits: flags(prologue.bits), fields: vec(prologue.fields) },
  };
}

/** What the buffers of a new chain hold, in those that another one has used. */
export function clearBuffers({ z1, forms1, errors }: ChainBuffers): void {
  for (const vector of [z1, forms1, errors.quadratic, errors.boxes]) vector.fill(0);
}

/** All the heavy work in this thread. */
export function localCompute(engine: Engine, system: StepSystem, buffers: ChainBuffers): ChainCompute {
  const frame = frameOf(system);
  return {
    writeLayers: async (blocks) => writeLayers(engine, frame, buffers, blocks),
    writePrologue: async (layers, advice) => writePrologue(engine, frame, buffers, layers, advice),
    writeFold: async (layers, prologue, messages) => writeFold(engine, frame, buffers, layers, prologue, messages),
    ...localSweeps(engine, system.rows, buffers),
    commit: async (ranges) => commitRanges(engine, system.key, ranges),
    forms: async () => void system.rows.forms(buffers.z2, undefined, undefined, buffers.forms2),
    cycleFold: system.cycleFold.work,
    waitFor: (work) => work,
  };
}
