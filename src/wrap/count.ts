/** How many constraints a wrap has, counted in a fraction of a second instead of building it in several. */
import { CountingSystem } from '../circuit/counting-system.ts';
import { FoldError } from '../errors.ts';
import type { Interruptible } from '../turns.ts';
import { type WrapPlan, wrapCircuit } from './circuit.ts';

const known = new WeakMap<WrapPlan['system'], number>();

/** Constraints of the final proof's circuit; counted once for a system. */
export function* wrapConstraints(plan: WrapPlan): Interruptible<number> {
  const before = known.get(plan.system);
  if (before !== undefined) return before;
  const cs = new CountingSystem();
  yield* wrapCircuit(cs, plan, () => {
    throw new FoldError('E_BUG', 'a count asks for no advice');
  });
  known.set(plan.system, cs.total);
  return cs.total;
}
