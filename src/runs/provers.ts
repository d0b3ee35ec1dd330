/**
 * Who makes the proofs of a run where it is not this process (src/queue). Everything around them is the same: what is asked for, what
 * is written, and that nothing is taken for proven before it was verified here.
 */
import type { FoldOptions, Proved, ProvedBatch } from '../api/prove.ts';
import type { RunSalts } from '../api/salts.ts';
import type { Verified } from '../api/verify.ts';
import type { Wrapped } from '../api/wrap.ts';
import type { WrapOptions, WrapTarget } from '../api/wrap-circuit.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import type { CommandContext } from './context.ts';
import type { Job } from './job.ts';
import type { ReadyWrap, WrapKeyPlan } from './wrap-job.ts';

/** What is folded: one input, or all of a batch one after the other. Its folder has its name. */
export type FoldJob = Pick<Job, 'planned' | 'items' | 'batch' | 'folder'>;

export type Made = (Proved | ProvedBatch) & {
  /** Of a proof that was verified here as it came. */
  readonly verified?: Verified;
  /** Of the process that made it. */
  readonly peakMemory?: number;
};

/** A folded run that gets its final proof. Its folder has its name. */
export interface Unwrapped {
  readonly folder: string;
  readonly target: WrapTarget;
  readonly folded: FoldedProof;
  readonly output: { readonly logits: Float64Array; readonly salt: bigint };
  readonly reveal: 'class' | 'nothing';
}

export interface Provers {
  /** @returns a proof that was verified here */
  fold(job: FoldJob, options: FoldOptions): Promise<Made>;
  /** Opens the proving key under which final proofs are verified. */
  openWrap(
    context: Pick<CommandContext, 'report' | 'signal'>,
    target: WrapTarget,
    key: WrapKeyPlan,
    workers: number,
  ): Promise<ReadyWrap>;
  /** @returns a final proof that was verified here */
  wrap(run: Unwrapped, ready: ReadyWrap, options: WrapOptions): Promise<Wrapped>;
  /** The salts of an item: the same whenever it is submitted. */
  salts(id: string, input: Tensor): RunSalts;
}
