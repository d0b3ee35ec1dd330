/**
 * Commitments of the wrap, [p(tau)]_1: to Aux, to s and to the two quotients. Each is a multi-scalar multiplication over as many
 * points as the longest polynomial has coefficients; threads share one by ranges (wrap/work.ts).
 */
import { type Engine, FIELD_BYTES, type Points, type Vec } from '../../algebra/engine.ts';
import type { Affine } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import { keyRange } from '../../folding/commit.ts';

/** Commits to the polynomial with these coefficients. */
export type Commit = (p: Vec) => Promise<Affine>;

/** In this thread. */
export function commitHere(engine: Engine, key: Points): Commit {
  return async (p) => finite(engine.g1.msm(keyRange(key, 0, p.length / FIELD_BYTES), { kind: 'full', values: p }));
}

/** Infinity would mean p(tau) = 0, which blinding makes as unlikely as guessing tau. */
export function finite(point: Affine | null): Affine {
  invariant(point, 'a commitment of the wrap is infinity');
  return point;
}
