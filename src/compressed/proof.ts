/**
 * A compressed proof: the claim of a folded proof, with its last fold made and the folded instance shown by Spartan and an opening of
 * the commitments instead of by the whole witness. It is what the wrap proves inside Groth16, sent as it is: tens of kilobytes, no
 * proving key, any number of steps. It is NOT zero-knowledge, and no contract checks it.
 */
import type { Affine } from '../algebra/params.ts';
import type { FoldMessageValues } from '../folding/fold-verifier.ts';
import type { ChainClaim, CycleFoldOpening } from '../folding/proof.ts';
import type { OpeningMessages } from '../wrap/opening/prove.ts';
import type { SpartanProof } from '../wrap/spartan/proof.ts';
import type { InnerProductProof } from './inner-product.ts';

/** Under powers of a tau: the wrap's opening, with the pairing check made by the verifier. */
export interface PairingOpening extends OpeningMessages {
  readonly kind: 'pairing';
  /** [(f(X) - f(zeta)) / (X - zeta)]_1 and the same at 1/zeta. */
  readonly w1: Affine;
  readonly w2: Affine;
}

/** Under the transparent key, which has no structure. */
export interface InnerProductOpening extends InnerProductProof {
  readonly kind: 'inner-product';
}

/** A claim, its last fold, and Spartan and an opening for the folded instance. */
export interface CompressedProof extends ChainClaim {
  /** Of the fold of the last instance into the running one. */
  readonly messages: FoldMessageValues;
  /** Of the folded CycleFold instance. */
  readonly cycleFoldOpening: CycleFoldOpening;
  readonly spartan: SpartanProof;
  readonly opening: PairingOpening | InnerProductOpening;
}
