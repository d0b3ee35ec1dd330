/**
 * What a verifier of final proofs must hold: Groth16's verification key of the wrap circuit and [tau]_2 of the
 * commitment key. Both are trusted inputs of a verification, yet they arrive as files: here they are checked to be
 * usable at all, and found out when they are insecure.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { isOnCurve } from '../algebra/curve.ts';
import { type Affine, G1_PARAMS } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import type { BlockName } from '../folding/blocks.ts';
import type { AffineG2 } from './final-proof.ts';
import { knownRatio, knownSecret } from './known-secrets.ts';
import { PUBLIC_INPUTS } from './signals.ts';

/** Groth16's verification key of the wrap circuit, and the commitment key's part for openings. */
export interface VerificationKey {
  readonly alpha: Affine;
  readonly beta: AffineG2;
  readonly gamma: AffineG2;
  readonly delta: AffineG2;
  /** [K_s / gamma]_1 for the constant 1 and the three public inputs. */
  readonly ic: readonly Affine[];
  /** [tau]_2 of the commitment key under which the blocks' cm*, [s], W1, W2 are commitments. */
  readonly tau: AffineG2;
  /** The blocks whose commitments a proof shows, in their order: those of the step circuit that the wrap is of. */
  readonly blocks: readonly BlockName[];
  /** The key says of itself that its secrets are public. */
  readonly insecure: boolean;
}

export type G2Point = typeof bn254.G2.Point.BASE;

/** The generator of G2. */
export const G2_GENERATOR: AffineG2 = bn254.G2.Point.BASE.toAffine();

/** A point for noble. Not checked: see `inG2`. */
export function g2Point({ x, y }: AffineG2): G2Point {
  return bn254.G2.Point.fromAffine({ x: { ...x }, y: { ...y } });
}

/**
 * On the curve, canonical, in the group of order r (the twist has a cofactor, so this is more than the equation) and
 * not infinity.
 */
export function inG2(point: AffineG2): boolean {
  try {
    const p = g2Point(point);
    p.assertValidity();
    return !p.is0();
  } catch {
    return false;
  }
}

/** Whoever knows one of them forges. Gamma is none: it is 1 in every key of snarkjs. */
const SECRETS = ['alpha', 'beta', 'delta', 'tau'] as const;

const keyError = (message: string, expected: string, got: string): FoldError =>
  new FoldError('E_KEY', message, {
    expected,
    got,
    hint: 'Take the verification_key.json that belongs to this proving key, or make one: fold setup',
  });

/**
 * Throws E_KEY unless the key has three public inputs, its points are valid, and somebody contributed to it. Delta equals gamma
 * in a key whose second phase nobody contributed to, and then anyone forges (knownRatio). Where nobody contributed to the powers of tau, alpha, beta and tau are 1; whoever knows one of them forges whatever delta is.
 */
export function checkVerificationKey(vk: VerificationKey): void {
  if (vk.ic.length !== PUBLIC_INPUTS + 1)
    throw keyError(
      'The verification key is not that of a wrap.',
      `${PUBLIC_INPUTS} public inputs`,
      `${vk.ic.length - 1}`,
    );
  [vk.alpha, ...vk.ic].forEach((point, i) => {
    if (!isOnCurve(G1_PARAMS, point)) {
      const name = i === 0 ? 'alpha' : `IC[${i - 1}]`;
      throw keyError(`Point ${name} of the verification key is not on the curve.`, 'a point of G1', 'another');
    }
  });
  for (const name of ['beta', 'gamma', 'delta', 'tau'] as const) {
    if (!inG2(vk[name]))
      throw keyError(`Point ${name} of the verification key is not in the group.`, 'a point of G2', 'another');
  }
  const ratio = knownRatio(g2Point(vk.gamma), g2Point(vk.delta));
  if (ratio !== undefined)
    throw keyError(
      'Nobody has contributed to this key: anyone can forge proofs under it.',
      'delta of which nobody knows what multiple of gamma it is',
      `a ratio of ${ratio} or -${ratio}`,
    );
  for (const name of SECRETS) {
    const known = knownSecret(vk[name]);
    if (known && !known.development)
      throw keyError(
        `Everyone knows the ${name} of this key: anyone can forge proofs under it.`,
        `a secret ${name}, as after a ceremony`,
        `${name} = ${known.value}`,
      );
  }
}

/**
 * True for a key that says so, and for one that does not though a secret of it is that of a development key; no contribution
 * changes that.
 */
export function isInsecure(vk: VerificationKey): boolean {
  return vk.insecure || SECRETS.some((name) => knownSecret(vk[name])?.development);
}
