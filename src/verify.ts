/**
 * layerfold/verify: what verifies final proofs, and nothing of Node: for browsers, and for programs that never prove.
 *
 * ```ts
 * const verified = verifyProof(parseProof(proofFile), parseKey(trustedKeyFile), { modelDigest });
 * checkProvenInput(verified, JSON.parse(ownInputFile));
 * ```
 *
 * Nothing here reads a file, starts a thread or prints. Errors are `FoldError`s; E_REJECTED is "checked, and false".
 *
 * @module layerfold/verify
 */

export type { Affine } from './algebra/params.ts';
export {
  type ClaimedProof,
  type Content,
  keyFromJson,
  parseKey,
  parseProof,
  type WrapVerificationKey,
} from './api/final-json.ts';
export type { DataSpec } from './api/specs.ts';
export { hex, inputDigest, outputDigest } from './api/statement.ts';
export {
  checkProvenInput,
  checkProvenOutput,
  type ProvenDataOptions,
  type VerifiedProof,
  type VerifyProofOptions,
  verifyProof,
} from './api/verify-proof.ts';
export { type ErrorCode, FoldError } from './errors.ts';
export type { EventListener } from './events.ts';
export type { BlockName } from './folding/blocks.ts';
export type { Tensor } from './ir/graph.ts';
export { parseShapedInput } from './ir/input.ts';
export type { ConvSlot, DenseSlot, Pads, SlotShape, StepPlan } from './layers/step-plan.ts';
export type { MachineInterface } from './machine/interface.ts';
export type { ProgramPort } from './machine/program.ts';
export type { MachineShape } from './machine/shape.ts';
export type { MachineSpec, StepSpec } from './machine/spec.ts';
export type { RunOutput } from './store/run-data.ts';
export type {
  AffineG2,
  FinalOpening,
  FinalProof,
  FinalStatement,
  Groth16Points,
  StatementOf,
} from './wrap/final-proof.ts';
export { proofFromJson } from './wrap/proof-json.ts';
export { isInsecure, type VerificationKey } from './wrap/verification-key.ts';
export { FINAL_CHECKS, type FinalCheck, type ProvenStatement, verifyFinal } from './wrap/verify.ts';
