/**
 * Compressed proofs: tens of kilobytes for those who stay off-chain (src/compressed). Made from a folded proof in seconds, a
 * checkpoint too, with no proving key; not zero-knowledge.
 */
import type { CompressedProof } from '../compressed/proof.ts';
import { compress } from '../compressed/prove.ts';
import { type CompressedCheck, verifyCompressed } from '../compressed/verify.ts';
import { counter, type EventListener, stage } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Proven } from '../folding/proven.ts';
import type { KeySource } from '../folding/step-system.ts';
import { canWrap } from './keys.ts';
import type { PlannedModel } from './plan.ts';
import { isKnown, type Verified, type VerifyOptions } from './verify.ts';
import { checkAsked } from './verify-asked.ts';

/** How to make a compressed proof. */
export interface CompressOptions {
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
}

/** Parameters of a plan and the key that they commit with. */
export type KeyedParameters = Pick<PlannedModel, 'engine' | 'system'> & { readonly key: KeySource };

/**
 * Compresses a folded proof that was verified. Deterministic: the same proof gives the same bytes.
 * @throws E_ABORTED
 */
export function compressProof(
  proof: Proven<FoldedProof>,
  { engine, system, key }: KeyedParameters,
  { signal, on }: CompressOptions = {},
): Promise<CompressedProof> {
  const kind = canWrap(key) ? 'pairing' : 'inner-product';
  return stage(on, 'compress', () => compress(engine, system, proof, kind, signal, counter(on, 'compress', 'parts')));
}

/** What a verified compressed proof shows. */
export interface VerifiedCompressed extends Omit<Verified, 'checks' | 'proof'> {
  readonly checks: readonly CompressedCheck[];
}

/**
 * Verifies a compressed proof under one's own rebuilt parameters, as `verify` does a folded one.
 * @throws E_REJECTED naming the first check that fails, E_FORMAT for values that are not canonical
 */
export function verifyCompressedProof(
  proof: CompressedProof,
  { engine, system, key }: KeyedParameters,
  options: VerifyOptions = {},
): Promise<VerifiedCompressed> {
  const { on, modelDigest } = options;
  return stage(on, 'verify', async () => {
    checkAsked(proof, options);
    const tau = canWrap(key) ? await key.loadTau() : undefined;
    const checks: CompressedCheck[] = [];
    verifyCompressed(engine, system, proof, tau, (name) => {
      checks.push(name);
      on?.({ type: 'check', name });
    });
    const { wires, steps } = proof.statement;
    return {
      steps,
      stepsPerNetwork: Number(wires.stepsPerNetwork),
      modelDigest: wires.modelDigest,
      pinned: modelDigest !== undefined,
      insecure: isKnown(engine, system),
      checks,
    };
  });
}
