/**
 * layerfold: proofs that a committed deep neural network gave an output on an input.
 *
 * The story: `loadModel`, `quantize`, `plan`, `prove`, `verify`; then `wrap`, `verifyFinal` and the contract of `writeVerifier`
 * (examples/full-flow.ts). The library reports progress as events and takes an AbortSignal; it never prints and never exits. Errors
 * are `FoldError`s. What verifies final proofs is an export of its own, layerfold/verify, that needs nothing of Node.
 *
 * @module layerfold
 */

export { type CheckedMember, type VerifyMembersOptions, verifyMembers } from './api/batch-folder.ts';
export { type Budget, budgetOf, diskEstimate, memoryEstimate, WRAP_LIMIT } from './api/budget.ts';
export { type Checked, type CheckOptions, check } from './api/check.ts';
export { type CheckedProgram, checkProgram, type ProgramPlace, type ProgramViolation } from './api/check-program.ts';
export type { CheckpointInterval, CheckpointOptions } from './api/checkpoints.ts';
export { type CommitOptions, type Committable, commitModel, type ModelCommitment } from './api/commit.ts';
export {
  type CompressOptions,
  compressProof,
  type KeyedParameters,
  type VerifiedCompressed,
  verifyCompressedProof,
} from './api/compress.ts';
export { type VerifiedFinal, type VerifyFinalOptions, verifyFinalRun } from './api/final-run.ts';
export { type RunItem, runItem } from './api/items.ts';
export { type CommitmentKeySource, developmentKeySource, ptauKeySource, transparentKeySource } from './api/keys.ts';
export {
  type LoadedModel,
  loadModel,
  type ModelSource,
  NETWORKS,
  type OnnxSource,
  type SyntheticSource,
} from './api/load.ts';
export type { Circuit, Dimensions } from './api/load-network.ts';
export type { Place } from './api/locate.ts';
export {
  type ChosenMachinePlan,
  isTensorModel,
  keepMachinePlan,
  type LoadedTensorModel,
  type MachinePlanChoice,
  type MachinePlanOptions,
  machineModel,
  machinePlanFor,
  planMachine,
} from './api/machine-model.ts';
export {
  type MachinePlan,
  machinePlanToJson,
  openProgram,
  type ProvenProgram,
  parseMachinePlan,
} from './api/machine-plan.ts';
export { memberOf, type VerifiedMember, type VerifyMemberOptions, verifyMember } from './api/member.ts';
export { type AnyPlan, isMachineModel, type MachineModel, type ProvableModel, runModel } from './api/model.ts';
export { verifyOwn, verifyOwnFinal } from './api/own-proof.ts';
export { type PinInputOptions, pinInput } from './api/pin-input.ts';
export { buildPlan, checkScales, makePlan, type PlannedModel, type PlannedSlots, plan, quantize } from './api/plan.ts';
export { type ChosenPlan, keepPlan, type PlanChoice, planFor } from './api/plan-for.ts';
export { type FoldOptions, type Proved, type ProvedBatch, type ProveOptions, prove, proveBatch } from './api/prove.ts';
export { freshSalt, PUBLIC, type RunSalts } from './api/salts.ts';
export { type Statement, statementOf } from './api/statement.ts';
export { type Verified, type VerifyOptions, verify } from './api/verify.ts';
export { type VerifiedRun, type VerifyRunOptions, verifyRun } from './api/verify-run.ts';
export { inputWarnings, modelWarnings, type RunWarnings, runWarnings } from './api/warnings.ts';
export { type Wrapped, wrap } from './api/wrap.ts';
export { buildWrap, type WrapOptions, type WrapTarget } from './api/wrap-circuit.ts';
export { loadWrapKey, type SetupOptions, setupDevelopmentWrap, type WrapKey } from './api/wrap-key.ts';
export type { Violation } from './circuit/check.ts';
export type { CompressedProof, InnerProductOpening, PairingOpening } from './compressed/proof.ts';
export type { CompressedCheck } from './compressed/verify.ts';
export { type ErrorFacts, EXIT_CODES } from './errors.ts';
export type {
  CheckpointEvent,
  ProgressEvent,
  ProgressUnit,
  StageName,
  WarningCode,
  WarningEvent,
} from './events.ts';
export type { BatchTree, Item, ItemPath } from './folding/batch-tree.ts';
export type { FoldMessageValues } from './folding/fold-verifier.ts';
export { type BatchMember, type ModelOpening, type ProvenBatch, provenBatch } from './folding/member.ts';
export type { LiveVectors, PlannedStep, PrefixMemory } from './folding/planned.ts';
export type { CycleFoldOpening, FoldedProof } from './folding/proof.ts';
export type { Proven } from './folding/proven.ts';
export type { KeySource } from './folding/step-system.ts';
export { type AccuracyReport, accuracyReport, type ErrorSummary } from './ir/accuracy.ts';
export type { Graph, GraphValue } from './ir/graph.ts';
export { parseInput } from './ir/input.ts';
export { readInputFile } from './ir/input-file.ts';
export { type LayerRange, modelRange, type QuantizedModel } from './ir/model.ts';
export type { ExternalFiles } from './ir/onnx/external.ts';
export { type Plan, parsePlan } from './ir/plan.ts';
export type { PlanOptions } from './ir/quantize.ts';
export { type IntegerResult, type LayerVisitor, runInteger } from './ir/run.ts';
export type { ConvShape, DenseShape } from './layers/linear-shape.ts';
export type { AttributeValue, GraphNode } from './layers/node.ts';
export type { PoolUse } from './pool/fold-pool.ts';
export { onCacheFailure } from './store/cache.ts';
export { decodeCompressed, encodeCompressed } from './store/compressed-file.ts';
export { decodeMember, encodeMember, type Member, readMember, writeMember } from './store/member-file.ts';
export { decodeProof, encodeProof } from './store/proof-file.ts';
export * from './verify.ts';
export { encodeCalldata } from './wrap/contract/calldata.ts';
export { type GasReport, measureGas } from './wrap/contract/gas.ts';
export { type VerifierOptions, type VerifierSource, writeVerifier } from './wrap/contract/write-verifier.ts';
export type { Groth16Prover } from './wrap/groth16/prove.ts';
export type { Evaluations } from './wrap/opening/prove.ts';
export type { SpartanProof } from './wrap/spartan/proof.ts';
