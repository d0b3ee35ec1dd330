/** What the threads of a wrap can do before Groth16. Vectors are in internal form, those that rounds bind in shared memory. */
import { type Engine, type EngineImage, FIELD_BYTES, type Points, type Vec } from '../algebra/engine.ts';
import { createEngine } from '../algebra/index.ts';
import type { Affine } from '../algebra/params.ts';
import { keyRange } from '../folding/commit.ts';
import { atOnce } from '../turns.ts';
import { chainSummands } from './auxiliary/chain-prove.ts';
import type { AuxiliaryLayout } from './auxiliary/layout.ts';
import { correlation } from './opening/tensor.ts';
import { type RowSum, rowSummands } from './spartan/row-sum.ts';
import { type Range, type RoundState, type RoundSums, type Summand, workRound } from './spartan/sumcheck-round.ts';

export interface WrapThreadData {
  /** Of the main thread's engine. */
  readonly image?: EngineImage | undefined;
  /** In shared memory. */
  readonly key: Points;
}

export type WrapTasks = Awaited<ReturnType<typeof wrapTasks>>;

/** What is summed up: the chain's equations, or the rows of the folded instance. */
export type Summed =
  | { readonly of: 'chain'; readonly layout: AuxiliaryLayout; readonly powers: readonly bigint[] }
  | { readonly of: 'rows'; readonly rows: RowSum };

interface SharedRound {
  readonly summed: Summed;
  readonly state: RoundState;
  readonly range: Range;
}

function summandsOf(engine: Engine, summed: Summed): readonly Summand[] {
  return summed.of === 'chain' ? chainSummands(engine, summed.layout, summed.powers) : rowSummands(summed.rows);
}

export async function wrapTasks({ image, key }: WrapThreadData) {
  const engine = await createEngine(image);
  return {
    /** sum values[i] key[from + i]. */
    sum: ({ from, values }: { readonly from: number; readonly values: Vec }): Affine | null =>
      engine.g1.msm(keyRange(key, from, values.length / FIELD_BYTES), { kind: 'full', values }),
    /** The share in s of the elements from `at` on. */
    correlate: ({
      part,
      point,
      at,
    }: {
      readonly part: Vec;
      readonly point: readonly bigint[];
      readonly at: number;
    }): Vec => atOnce(correlation(engine, part, point, at)),
    round: ({ summed, state, range }: SharedRound): RoundSums[] =>
      workRound(engine, summandsOf(engine, summed), state, range),
  };
}
