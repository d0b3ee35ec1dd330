/**
 * layerfold: proofs that a committed deep neural network gave an output on an input.
 *
 * The story in five steps: `loadModel`, `quantize`, `plan`, `prove`, `verify` (examples/full-flow.ts). The library
 * reports progress as events and takes an AbortSignal; it never prints and never exits. Errors are `FoldError`s.
 */

export { type CheckedMember, verifyMembers } from './api/batch-folder.ts';
export { type Budget, budgetOf, diskEstimate, memoryEstimate, WRAP_LIMIT } from './api/budget.ts';
export { type Checked, type CheckOptions, check } from './api/check.ts';
export type { CheckpointInterval, CheckpointOptions } from './api/checkpoints.ts';
export { type CommitOptions, commitModel, type ModelCommitment } from './api/commit.ts';
export { type RunItem, runItem } from './api/items.ts';
export { developmentKeySource, ptauKeySource, transparentKeySource } from './api/keys.ts';
export { type LoadedModel, loadModel, type ModelSource, NETWORKS } from './api/load.ts';
export type { Place } from './api/locate.ts';
export { memberOf, type VerifiedMember, type VerifyMemberOptions, verifyMember } from './api/member.ts';
export { verifyOwn, verifyOwnFinal } from './api/own-proof.ts';
export { type PinInputOptions, pinInput } from './api/pin-input.ts';
export { buildPlan, checkScales, makePlan, type PlannedModel, plan, quantize } from './api/plan.ts';
export { type ChosenPlan, keepPlan, type PlanChoice, planFor } from './api/plan-for.ts';
export { type FoldOptions, type Proved, type ProvedBatch, type ProveOptions, prove, proveBatch } from './api/prove.ts';
export { freshSalt, PUBLIC, type RunSalts } from './api/salts.ts';
export { hex, inputDigest, outputDigest, type Statement, statementOf } from './api/statement.ts';
export { type Verified, type VerifyOptions, verify } from './api/verify.ts';
export { type VerifiedFinal, type VerifyFinalOptions, verifyFinalRun } from './api/verify-final.ts';
export { type VerifiedRun, type VerifyRunOptions, verifyRun } from './api/verify-run.ts';
export { inputWarnings, modelWarnings, type RunWarnings, runWarnings } from './api/warnings.ts';
export {
  buildWrap,
  loadWrapKey,
  type SetupOptions,
  setupDevelopmentWrap,
  type WrapKey,
  type WrapOptions,
  type Wrapped,
  type WrapTarget,
  wrap,
} from './api/wrap.ts';
export { type ErrorCode, EXIT_CODES, FoldError } from './errors.ts';
export type {
  CheckpointEvent,
  EventListener,
  ProgressEvent,
  StageName,
  WarningCode,
  WarningEvent,
} from './events.ts';
export type { BatchTree, ItemPath } from './folding/batch-tree.ts';
export { type BatchMember, type ModelOpening, type ProvenBatch, provenBatch } from './folding/member.ts';
export type { FoldedProof } from './folding/proof.ts';
export type { KeySource } from './folding/step-system.ts';
export { type AccuracyReport, accuracyReport } from './ir/accuracy.ts';
export type { Graph, Tensor } from './ir/graph.ts';
export { parseInput, parseShapedInput, readInputFile } from './ir/input.ts';
export { modelRange, type QuantizedModel } from './ir/model.ts';
export { type Plan, parsePlan } from './ir/plan.ts';
export type { PlanOptions } from './ir/quantize.ts';
export { type IntegerResult, runInteger } from './ir/run.ts';
export type { PoolUse } from './pool/fold-pool.ts';
export { onCacheFailure } from './store/cache.ts';
export { decodeMember, encodeMember, type Member, readMember, writeMember } from './store/member-file.ts';
export { decodeProof, encodeProof } from './store/proof-file.ts';
export type { FinalProof, FinalStatement } from './wrap/final-proof.ts';
export { verifyFinal } from './wrap/final-verify.ts';
