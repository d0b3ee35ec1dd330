/**
 * Parameters of the two curves of the cycle (protocol section 1).
 *
 * BN254 G1:  y^2 = x^3 + 3 over Fq, prime order r. (EIP-196 calls it alt_bn128; q is its `field_modulus`.)
 * Grumpkin:  y^2 = x^3 - 17 over Fr, prime order q: the same two primes with their roles exchanged.
 *
 * Naming trap: r is the ORDER of G1 and the BASE field of Grumpkin; q the base field of G1 and the order of Grumpkin.
 */

/** Order of G1; modulus of Fr, the field of the step circuits. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Base field of G1; order of Grumpkin; modulus of Fq, the field of the CycleFold circuit. q > r. */
export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** Cube root of unity in Fq with phi(x, y) = (BETA x, y) = LAMBDA (x, y) on G1 (tested on the generator). */
export const BETA = 21888242871839275220042445260109153167277707414472061641714758635765020556616n;
/** Cube root of unity in Fr that matches BETA. */
export const LAMBDA = 21888242871839275217838484774961031246154997185409878258781734729429964517155n;

/** Affine point; infinity is `null` wherever a point may be it. */
export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

export interface CurveParams {
  readonly name: 'g1' | 'grumpkin';
  /** Modulus of the coordinates. */
  readonly base: bigint;
  /** Number of points, the modulus of the scalars. */
  readonly order: bigint;
  /** y^2 = x^3 + b */
  readonly b: bigint;
  readonly generator: Affine;
}

/** Source: EIP-196. */
export const G1_PARAMS: CurveParams = { name: 'g1', base: Q, order: R, b: 3n, generator: { x: 1n, y: 2n } };

/** Source: the Grumpkin curve of Aztec (b = -17, generator x = 1). */
export const GRUMPKIN_PARAMS: CurveParams = {
  name: 'grumpkin',
  base: R,
  order: Q,
  b: R - 17n,
  generator: { x: 1n, y: 17631683881184975370165255887551781615748388533673675138860n },
};
