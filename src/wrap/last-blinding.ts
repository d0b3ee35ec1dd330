/**
 * Blinding scalars of the two CycleFold instances of the last fold, derived from what is secret in the folded proof.
 *
 * They go into the transcript of the wrap by way of the CycleFold commitment. Drawn anew, they would give every wrap of one
 * folded proof other challenges, and with them other values of the same polynomials. Derived, all wraps share one
 * opening. They are as good as drawn: the key is a hash of all blinding of the proof, of which nothing is published but what four
 * linear equations and two discrete logarithms leave open; a new fold has new blinding, and the two instances have different
 * public inputs.
 */
import { createHash, createHmac } from 'node:crypto';
import { type Engine, FIELD_BYTES } from '../algebra/engine.ts';
import { Q } from '../algebra/params.ts';
import type { CycleFoldBlinding } from '../folding/cyclefold-witness.ts';
import { CYCLEFOLD_INPUTS } from '../folding/instance.ts';
import type { FoldedProof } from '../folding/proof.ts';

const DOMAIN = 'layerfold/last-fold/cyclefold-blinding/v1';

/** A pseudorandom function of an instance's (u, x), keyed by the proof's blinding; 512 bits, so uniform modulo q but for 2^-250. */
export function lastBlinding(
  { fq }: Pick<Engine, 'fq'>,
  { running, last, cycleFold }: Pick<FoldedProof, 'running' | 'last' | 'cycleFold'>,
): CycleFoldBlinding {
  const key = createHash('sha512').update(DOMAIN);
  for (const { blinding } of [...last.opening, ...running.opening]) key.update(blinding);
  const secret = key.update(cycleFold.blinding).digest();
  return ({ z }) => {
    const head = fq.toCanonical(z.subarray(0, (1 + CYCLEFOLD_INPUTS) * FIELD_BYTES));
    return BigInt(`0x${createHmac('sha512', secret).update(head).digest('hex')}`) % Q;
  };
}
