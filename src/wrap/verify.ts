/**
 * The final verifier, natively: what the contract checks, check by check, so that a failure has a name
 * (protocol section 9.5). About 3 + 8 multiplications in G1 and six pairings; no large file is needed.
 */
import { isOnCurve } from '../algebra/curve.ts';
import { type Affine, G1_PARAMS, R } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import type { Proven } from '../folding/proven.ts';
import {
  type FinalProof,
  type FinalStatement,
  mergeChallenge,
  OPENED,
  pointNames,
  pointsOf,
  statementWords,
} from './final-proof.ts';
import { groth16Verify } from './groth16/verify.ts';
import { combinedOpeningHolds } from './opening/pairing.ts';
import { groth16ToJson, verificationKeyToJson } from './proof-json.ts';
import { publicInputs } from './signals.ts';
import { checkVerificationKey, inG2, type VerificationKey } from './verification-key.ts';

/** The checks in their order. */
export const FINAL_CHECKS = ['canonical', 'points', 'groth16', 'opening'] as const;
/** The name of a check. */
export type FinalCheck = (typeof FINAL_CHECKS)[number];

/** A statement whose proof was verified. */
export type ProvenStatement = Proven<FinalStatement>;

/**
 * Verifies a final proof of `statement` under `vk`; reports each check that passes. That digests and steps are the
 * wanted ones, and that the key is secure (`isInsecure`), is the caller's to compare.
 * @throws E_REJECTED naming the first check that fails; E_KEY for a key that is no wrap's or that nobody contributed to
 */
export function verifyFinal(
  vk: VerificationKey,
  statement: FinalStatement,
  proof: FinalProof,
  passed: (check: FinalCheck) => void = () => {},
): ProvenStatement {
  checkVerificationKey(vk);
  checkCanonical(statement, proof);
  passed('canonical');
  checkPoints(vk, proof);
  passed('points');
  checkGroth16(vk, publicInputs(statement, proof), proof);
  passed('groth16');
  checkOpening(vk, mergeChallenge(statement, proof), proof);
  passed('opening');
  return statement as ProvenStatement;
}

function rejected(check: FinalCheck, message: string, expected?: string): FoldError {
  return new FoldError('E_REJECTED', message, { ...(expected && { expected }), got: `the check "${check}" failed` });
}

/** Signals and their digest are elements of Fr: a value plus r would be a second encoding of the same statement. */
function checkCanonical(statement: FinalStatement, { opening, signalsDigest }: FinalProof): void {
  const values = [...statementWords(statement), ...OPENED.map((name) => opening[name]), signalsDigest];
  if (!values.every((v) => v >= 0n && v < R))
    throw rejected('canonical', 'A public value is not canonical.', `values from 0 to ${R - 1n}`);
  if (opening.zeta === 0n) throw rejected('canonical', 'The evaluation point is 0 and has no inverse.', 'zeta not 0');
}

function checkPoints({ blocks }: VerificationKey, { groth16: { a, b, c }, opening }: FinalProof): void {
  const points = pointsOf(opening);
  const names = pointNames(blocks);
  if (points.length !== names.length) throw rejected('points', 'The proof has another number of commitments.');
  const named: [string, Affine][] = [
    ['A', a],
    ['C', c],
    ...points.map((point, k): [string, Affine] => [names[k]!, point]),
    ['W1', opening.w1],
    ['W2', opening.w2],
  ];
  for (const [name, point] of named) {
    if (!isOnCurve(G1_PARAMS, point)) throw rejected('points', `Point ${name} is not on the curve.`, 'a point of G1');
  }
  if (!inG2(b)) throw rejected('points', 'Point B is not in the group.', 'a point of G2');
}

function checkGroth16(vk: VerificationKey, inputs: readonly bigint[], { groth16 }: FinalProof): void {
  if (!groth16Verify(verificationKeyToJson(vk), inputs.map(String), groth16ToJson(groth16)))
    throw rejected('groth16', 'The Groth16 proof does not show this statement.');
}

function checkOpening(vk: VerificationKey, delta: bigint, { opening }: FinalProof): void {
  if (!combinedOpeningHolds({ ...opening, points: pointsOf(opening) }, delta, vk.tau))
    throw rejected('opening', 'The committed polynomials do not take the values that the proof uses.');
}
