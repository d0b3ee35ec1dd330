/** What crosses between the main thread and the pool: shared buffers at the start, small messages after. */
import type { EngineImage, Points, RowMatrix } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import type { BlockValues, Piece } from '../folding/commit.ts';
import type { CycleFoldInput } from '../folding/cyclefold-circuit.ts';
import type { BegunCycleFold, CycleFoldError, CycleFoldFrame, CycleFoldValues } from '../folding/cyclefold-witness.ts';
import type { FoldMessageValues } from '../folding/fold-verifier.ts';
import type { ChainBuffers, WitnessFrame } from '../folding/fresh-witness.ts';
import type { Layout } from '../folding/layout.ts';
import type { ErrorChunk, Share } from '../folding/row-chunks.ts';
import type { LayerDigests } from '../folding/state.ts';
import type { OpenedStep, OpeningAdvice } from '../folding/step-circuit.ts';
import type { LayerWitness } from '../layers/step.ts';
import type { StepPlan } from '../layers/step-plan.ts';

/** Given to every thread once; the long arrays over shared memory. */
export interface ThreadData {
  /** Of the main thread's engine, where it has one. */
  readonly image: EngineImage | undefined;
  readonly matrix: RowMatrix;
  readonly key: Points;
  /** Where the threads exchange tables of the key's multiples. */
  readonly tables: SharedArrayBuffer;
  readonly cycleFold: CycleFoldFrame;
  readonly frame: WitnessFrame;
  readonly layout: Layout;
  readonly step: StepPlan;
  readonly buffers: ChainBuffers;
  /** The sweeps' rows are cut into 2^chunkLog chunks. */
  readonly chunkLog: number;
}

/** Arguments and results of each task by its name. */
export interface Tasks {
  readonly commit: { readonly in: { readonly pieces: readonly Piece[] }; readonly out: Affine | null };
  readonly commitModel: {
    readonly in: { readonly model: Float64Array; readonly blinding: bigint };
    readonly out: Affine;
  };
  /** Witness of a step's layers. */
  readonly layers: {
    readonly in: {
      readonly model: Float64Array;
      readonly input: Float64Array;
      readonly salts: readonly [bigint, bigint, bigint];
    };
    readonly out: LayerWitness;
  };
  readonly writeLayers: { readonly in: { readonly blocks: readonly BlockValues[] }; readonly out: undefined };
  readonly writeOpening: {
    readonly in: { readonly input: bigint; readonly advice: OpeningAdvice };
    readonly out: OpenedStep<bigint>;
  };
  readonly writeFold: {
    readonly in: {
      readonly digests: LayerDigests<bigint>;
      readonly opened: OpenedStep<bigint>;
      readonly messages: FoldMessageValues;
    };
    readonly out: bigint;
  };
  readonly beginCycleFold: {
    readonly in: { readonly input: CycleFoldInput; readonly running?: CycleFoldValues };
    readonly out: BegunCycleFold;
  };
  readonly crossCycleFold: {
    readonly in: { readonly running: CycleFoldValues; readonly begun: CycleFoldValues };
    readonly out: CycleFoldError;
  };
  readonly terms: { readonly in: Share; readonly out: undefined };
  readonly line: {
    readonly in: {
      readonly rho: readonly bigint[];
      readonly delta: readonly bigint[];
      readonly chunks: readonly ErrorChunk[];
    };
    readonly out: bigint[][];
  };
  readonly cross: {
    readonly in: Share & { readonly point: readonly bigint[]; readonly chunks: readonly number[] };
    readonly out: bigint[];
  };
  readonly update: { readonly in: Share & { readonly k: bigint }; readonly out: undefined };
  readonly boxes: { readonly in: Share; readonly out: undefined };
  readonly forms: { readonly in: Share; readonly out: undefined };
}

export type TaskName = keyof Tasks;
