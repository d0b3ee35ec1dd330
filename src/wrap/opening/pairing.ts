/**
 * The pairing check of the wrap's opening: f(zeta) = f1 and f(1/zeta) = f2 for f = p_M + g p_P + g^2 p_Aux + g^3 s, or another sum of powers of g, merged by delta:
 * e(F - f1 G + zeta W1 + delta (F - f2 G + W2 / zeta), [1]_2) = e(W1 + delta W2, [tau]_2).
 */
import { bn254 } from '@noble/curves/bn254.js';
import { field } from '../../algebra/field.ts';
import { type Affine, G1_PARAMS, R } from '../../algebra/params.ts';
import type { AffineG2 } from '../final-proof.ts';
import { G2_GENERATOR, type G2Point, g2Point } from '../verification-key.ts';

type G1Point = typeof bn254.G1.Point.BASE;

const Fr = field(R);

/** What is opened. All points on their curve, all values canonical, zeta not 0. */
export interface CombinedOpening {
  /** Commitments to the polynomials of f, in the order of its powers of g. */
  readonly points: readonly Affine[];
  readonly zeta: bigint;
  readonly g: bigint;
  readonly f1: bigint;
  readonly f2: bigint;
  readonly w1: Affine;
  readonly w2: Affine;
}

/** @param delta chosen when everything else is fixed */
export function combinedOpeningHolds(
  { points, zeta, g, f1, f2, w1, w2 }: CombinedOpening,
  delta: bigint,
  tau: AffineG2,
): boolean {
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
  return samePairing(values, g2Point(G2_GENERATOR), combine([w1, w2], [1n, delta]), g2Point(tau));
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
