/**
 * The final verifier, natively: what the contract checks, check by check, so that a failure has a name
 * (protocol section 9, "Outside"). About 3 + 8 multiplications in G1 and six pairings; no large file is needed.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { isOnCurve } from '../algebra/curve.ts';
import { field } from '../algebra/field.ts';
import { type Affine, G1_PARAMS, R } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import {
  type FinalProof,
  type FinalStatement,
  mergeChallenge,
  OPENED,
  POINTS,
  pointsOf,
  statementWords,
} from './final-proof.ts';
import { groth16Verify } from './groth16/verify.ts';
import { groth16ToJson, verificationKeyToJson } from './proof-json.ts';
import { publicInputs } from './signals.ts';
import {
  checkVerificationKey,
  G2_GENERATOR,
  type G2Point,
  g2Point,
  inG2,
  type VerificationKey,
} from './verification-key.ts';

/** The checks in their order. */
export const FINAL_CHECKS = ['canonical', 'points', 'groth16', 'opening'] as const;
export type FinalCheck = (typeof FINAL_CHECKS)[number];

type G1Point = typeof bn254.G1.Point.BASE;

const Fr = field(R);

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
): void {
  checkVerificationKey(vk);
  checkCanonical(statement, proof);
  passed('canonical');
  checkPoints(proof);
  passed('points');
  checkGroth16(vk, publicInputs(statement, proof), proof);
  passed('groth16');
  checkOpening(vk, mergeChallenge(statement, proof), proof);
  passed('opening');
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

function checkPoints({ groth16: { a, b, c }, opening }: FinalProof): void {
  const points = pointsOf(opening);
  if (points.length !== POINTS.length) throw rejected('points', 'The proof has another number of commitments.');
  const named: [string, Affine][] = [
    ['A', a],
    ['C', c],
    ...points.map((point, k): [string, Affine] => [POINTS[k]!, point]),
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

/**
 * f(zeta) = f1 and f(1/zeta) = f2 for f = p_M + g p_P + g^2 p_Aux + g^3 s, merged by delta:
 * e(F - f1 G + zeta W1 + delta (F - f2 G + W2 / zeta), [1]_2) = e(W1 + delta W2, [tau]_2).
 */
function checkOpening(vk: VerificationKey, delta: bigint, { opening }: FinalProof): void {
  const { w1, w2, zeta, g, f1, f2 } = opening;
  const points = pointsOf(opening);
  const k = Fr.add(1n, delta);
  // of the commitments and s: 1, g, g^2, ...
  let power = k;
  const powers = points.map((_, j) => {
    if (j > 0) power = Fr.mul(power, g);
    return power;
  });
  const values = combine(
    [...points, G1_PARAMS.generator, w1, w2],
    [...powers, Fr.neg(Fr.add(f1, Fr.mul(delta, f2))), zeta, Fr.mul(delta, Fr.inv(zeta))],
  );
  const quotients = combine([w1, w2], [1n, delta]);
  if (!samePairing(values, g2Point(G2_GENERATOR), quotients, g2Point(vk.tau)))
    throw rejected('opening', 'The committed polynomials do not take the values that the proof uses.');
}

const g1 = ({ x, y }: Affine): G1Point => bn254.G1.Point.fromAffine({ x, y });

/** sum scalars[i] points[i]. */
function combine(points: readonly Affine[], scalars: readonly bigint[]): G1Point {
  return points.reduce<G1Point>((sum, p, i) => sum.add(g1(p).multiplyUnsafe(scalars[i]!)), bn254.G1.Point.ZERO);
}

/** e(p1, q1) = e(p2, q2). A pair with infinity contributes 1, which noble wants left out. */
function samePairing(p1: G1Point, q1: G2Point, p2: G1Point, q2: G2Point): boolean {
  const pairs = [
    { g1: p1, g2: q1 },
    { g1: p2.negate(), g2: q2 },
  ];
  const product = bn254.pairingBatch(pairs.filter((pair) => !pair.g1.is0()));
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}
