/** How many constraints a wrap has, counted in a fraction of a second instead of building it in several. */
import { CountingSystem } from '../circuit/counting-system.ts';
import { FoldError } from '../errors.ts';
import type { Interruptible } from '../turns.ts';
import { foldLast, openFolded, type WrapPlan } from './circuit.ts';
import { challengeCount } from './cyclefold/relaxed-rows.ts';

/** The check of the CycleFold instance without its challenges; the same for every plan (pinned in its tests). */
export const CYCLEFOLD_CONSTRAINTS = 576_846;

/** Constraints of the final proof's circuit. */
export function* wrapConstraints(plan: WrapPlan): Interruptible<number> {
  const cs = new CountingSystem();
  const noAdvice = (): never => {
    throw new FoldError('E_BUG', 'a count asks for no advice');
  };
  const last = yield* foldLast(cs, plan, noAdvice);
  for (let k = challengeCount(plan.system.cycleFold.matrix.sizes.rows); k > 0; k--) last.transcript.squeeze();
  yield* openFolded(cs, plan.system, last, noAdvice);
  return CYCLEFOLD_CONSTRAINTS + cs.total;
}
