/** What the threads of a fold can do, on shared memory that they get at their start. */
import {
  type Engine,
  type EngineImage,
  FIELD_BYTES,
  type Points,
  type RowMatrix,
  type Vec,
} from '../algebra/engine.ts';
import { createEngine } from '../algebra/index.ts';
import type { Affine } from '../algebra/params.ts';
import { invariant } from '../errors.ts';
import { type BlockValues, commitModel, commitRanges, type ScalarRange } from '../folding/commit.ts';
import {
  type CycleFoldError,
  type CycleFoldFrame,
  type CycleFoldValues,
  CycleFoldWriter,
} from '../folding/cyclefold-witness.ts';
import type { FoldMessageValues } from '../folding/fold-verifier.ts';
import {
  type ChainBuffers,
  type WitnessFrame,
  writeFold,
  writeLayers,
  writePrologue,
} from '../folding/fresh-witness.ts';
import type { Layout } from '../folding/layout.ts';
import { type ErrorChunk, type Share, share } from '../folding/row-chunks.ts';
import type { StepWires } from '../folding/state.ts';
import type { Prologue, PrologueAdvice } from '../folding/step-circuit.ts';
import { boxesPart, crossPart, lineChunk, termsPart, updatePart } from '../folding/sweeps.ts';
import { type LayerWitness, layerWitness } from '../layers/step-witness.ts';
import type { MachineState } from '../machine/challenge-writer.ts';
import { isMachine, type StepSpec } from '../machine/spec.ts';
import { type MachineTask, MachineTasks, type MachineWitness } from './machine-tasks.ts';

/** The long arrays over shared memory. */
export interface FoldData {
  /** Of the main thread's engine. */
  readonly image: EngineImage;
  readonly matrix: RowMatrix;
  readonly key: Points;
  /** Where the threads exchange tables of the key's multiples. */
  readonly tables: SharedArrayBuffer;
  readonly cycleFold: CycleFoldFrame;
  readonly frame: WitnessFrame;
  readonly layout: Layout;
  readonly step: StepSpec;
  readonly buffers: ChainBuffers;
  /** The sweeps' rows are cut into 2^chunkLog chunks. */
  readonly chunkLog: number;
}

export type FoldTasks = Awaited<ReturnType<typeof foldTasks>>;

export async function foldTasks({ image, tables, ...data }: FoldData) {
  const { matrix, key, frame, layout, step, buffers, chunkLog } = data;
  const engine: Engine = await createEngine(image);
  engine.g1.shareTables(key, tables);
  const rows = engine.fr.rows(matrix);
  const cycleFold = new CycleFoldWriter(engine, data.cycleFold);
  const machine = isMachine(step) ? new MachineTasks(engine, key, layout, step.machine) : undefined;
  const ofMachine = (): MachineTasks => {
    invariant(machine, 'a step of the machine in slots');
    return machine;
  };
  return {
    commit: ({ ranges }: { readonly ranges: readonly ScalarRange[] }): Affine | null =>
      commitRanges(engine, key, ranges),

    commitModel: ({ model, blinding }: { readonly model: Float64Array; readonly blinding: bigint }): Affine =>
      commitModel(engine, key, layout, model, blinding),

    /** Witness of a step's layers. */
    layers: (input: {
      readonly model: Float64Array;
      readonly input: Float64Array;
      readonly salts: readonly [bigint, bigint, bigint];
    }): LayerWitness => {
      invariant(!isMachine(step), 'layers of the machine');
      return layerWitness(engine, step, input.model, input.input, input.salts);
    },

    /** Commitment to the trace of a step of the machine. */
    commitTrace: ({ blinding, ...task }: MachineTask & { readonly blinding: bigint }): Affine =>
      ofMachine().commit(task, blinding),

    /** Trace and share of P of a step of the machine. */
    machineStep: ({ state, ...task }: MachineTask & { readonly state: MachineState<bigint> }): MachineWitness =>
      ofMachine().write(task, state),

    writeLayers: ({ blocks }: { readonly blocks: readonly BlockValues[] }): void =>
      writeLayers(engine, frame, buffers, blocks),

    writePrologue: (input: { readonly layers: StepWires<bigint>; readonly advice: PrologueAdvice }): Prologue<bigint> =>
      writePrologue(engine, frame, buffers, input.layers, input.advice),

    writeFold: (input: {
      readonly layers: StepWires<bigint>;
      readonly prologue: Prologue<bigint>;
      readonly messages: FoldMessageValues;
    }): bigint => writeFold(engine, frame, buffers, input.layers, input.prologue, input.messages),

    commitCycleFold: ({ w }: { readonly w: Vec }): Affine | null => cycleFold.commit(w),

    crossCycleFold: ({
      running,
      fresh,
    }: {
      readonly running: CycleFoldValues;
      readonly fresh: CycleFoldValues;
    }): CycleFoldError => cycleFold.cross(running, fresh),

    terms: (own: Share): void => termsPart(engine, rows, buffers, own),

    line: ({
      rho,
      delta,
      chunks,
    }: {
      readonly rho: readonly bigint[];
      readonly delta: readonly bigint[];
      readonly chunks: readonly ErrorChunk[];
    }): bigint[][] => chunks.map((chunk) => lineChunk(engine, buffers, rho, delta, chunkLog, chunk)),

    cross: ({
      point,
      chunks,
      ...own
    }: Share & {
      readonly point: readonly bigint[];
      readonly chunks: readonly number[];
    }): bigint[] => crossPart(engine, rows, buffers, point, chunkLog, chunks, own),

    update: ({ k, ...own }: Share & { readonly k: bigint }): void => updatePart(engine, buffers, k, own),

    boxes: (own: Share): void => boxesPart(rows, buffers, own),

    forms: (own: Share): void => {
      const [from, to] = share(buffers.forms2.length / FIELD_BYTES, own);
      rows.forms(buffers.z2, from, to, buffers.forms2.subarray(from * FIELD_BYTES, to * FIELD_BYTES));
    },
  };
}
