/** A run as it is proven: what it is asked to be, and what its fold left. */
import type { LoadedModel } from '../api/load.ts';
import type { PlannedModel } from '../api/plan.ts';
import type { Verified } from '../api/verify.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { PoolUse } from '../pool/fold-pool.ts';
import type { ResumeRecord } from '../store/resume-file.ts';
import type { CompleteRun, PrivatePart } from '../store/run-record.ts';
import type { BatchLists } from './batch-files.ts';
import type { JobItem } from './session.ts';
import type { WrapKeyPlan } from './wrap-job.ts';

export interface Job {
  readonly loaded: LoadedModel;
  readonly planned: PlannedModel;
  /** In the order of proving; one of a single run. */
  readonly items: readonly JobItem[];
  /** Of a batch in one proof: the lists of its items, the bad ones too. */
  readonly batch?: BatchLists | undefined;
  readonly folder: string;
  readonly workers: number;
  readonly hidden: readonly PrivatePart[];
  /** The proving key of the final proof; undefined where none is to be made. */
  readonly wrapKey: WrapKeyPlan | undefined;
  /** A finished run stands in the folder and stays until the new one is verified. */
  readonly replaces: boolean;
  /** The record of an earlier sitting of this run. */
  readonly resuming: ResumeRecord | undefined;
}

/** What the fold left. */
export interface FoldedRun {
  readonly proof: FoldedProof;
  readonly record: CompleteRun;
  readonly verified: Verified;
  readonly proofBytes: number;
  /** Seconds of the fold's sequential parts over all steps. */
  readonly partSeconds: Readonly<Record<string, number>>;
  /** What the worker threads did while the steps were folded. */
  readonly pool: PoolUse;
  /** Of another process that made the proof. */
  readonly peakMemory?: number | undefined;
}
