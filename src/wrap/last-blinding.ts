/**
 * Blinding scalars of the CycleFold instances of the last fold, and the blinding entry of Aux, derived from what is secret in the
 * folded proof.
 *
 * They go into the transcript of the wrap by way of the CycleFold commitment and cmAux. Drawn anew, they would give every wrap of one
 * folded proof other challenges, and with them other values of the same polynomials. Derived, all wraps share one
 * opening. They are as good as drawn: the key is a hash of all blinding of the proof, of which nothing is published but what four
 * linear equations and two discrete logarithms leave open; a new fold has new blinding, and what they are for has different
 * names and public inputs.
 */
import { createHash, createHmac } from 'node:crypto';
import { type Engine, FIELD_BYTES } from '../algebra/engine.ts';
import { Q, R } from '../algebra/params.ts';
import type { CycleFoldBlinding } from '../folding/cyclefold-witness.ts';
import { CYCLEFOLD_INPUTS } from '../folding/instance.ts';
import type { FoldedProof } from '../folding/proof.ts';

const DOMAIN = 'layerfold/last-fold/cyclefold-blinding/v1';
const AUXILIARY = 'layerfold/last-fold/auxiliary-blinding/v1';

export interface LastBlinding {
  readonly cycleFold: CycleFoldBlinding;
  readonly auxiliary: bigint;
}

/**
 * A pseudorandom function of an instance's (u, x), and an element of Fr; keyed by the proof's blinding. 512 bits each, so uniform but for 2^-250.
 */
export function lastBlinding(
  { fq }: Pick<Engine, 'fq'>,
  { running, last, cycleFold }: Pick<FoldedProof, 'running' | 'last' | 'cycleFold'>,
): LastBlinding {
  const key = createHash('sha512').update(DOMAIN);
  for (const { blinding } of [...last.opening, ...running.opening]) key.update(blinding);
  const secret = key.update(cycleFold.blinding).digest();
  const derived = (message: string | Uint8Array): bigint =>
    BigInt(`0x${createHmac('sha512', secret).update(message).digest('hex')}`);
  return {
    cycleFold: ({ z }) => derived(fq.toCanonical(z.subarray(0, (1 + CYCLEFOLD_INPUTS) * FIELD_BYTES))) % Q,
    auxiliary: derived(AUXILIARY) % R,
  };
}
