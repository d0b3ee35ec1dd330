/** The rounds of a sum-check as a circuit; the prover's side is sumcheck.ts. */
import type { Transcript } from '../../algebra/sponge.ts';
import { type ConstraintSystem, multiply } from '../../circuit/constraint-system.ts';

/**
 * `degree` coefficients a round (number 1 follows from the claim), highest coordinate first. Returns the point, and the claim
 * that is left there.
 */
export function verifyRounds<E>(
  cs: ConstraintSystem<E>,
  rounds: Transcript<E>,
  start: E,
  log: number,
  degree: number,
  messages: () => readonly (readonly bigint[])[],
): { readonly point: E[]; readonly claim: E } {
  let claim = start;
  const point: E[] = [];
  for (let k = 0; k < log; k++) {
    const sent = Array.from({ length: degree }, (_, d) => cs.field(() => messages()[k]![d]!));
    rounds.absorb(...sent);
    const challenge = cs.scope('transcript', () => rounds.squeeze());
    point.unshift(challenge);
    const [c0, ...high] = sent as [E, ...E[]];
    // g(0) + g(1) = claim
    const c1 = cs.sum([[1n, claim], [-2n, c0], ...high.map((c) => [-1n, c] as const)]);
    const highest = high.pop()!;
    claim = [c0, c1, ...high].reduceRight((s, c) => cs.add(c, multiply(cs, challenge, s)), highest);
  }
  return { point, claim };
}
