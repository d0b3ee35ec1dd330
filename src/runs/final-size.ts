/** Whether a plan's final proof can be made at all. */
import { type Budget, WRAP_LIMIT } from '../api/budget.ts';
import { alignedRanges } from '../circuit/aligned-ranges.ts';
import { FoldError } from '../errors.ts';
import { count } from '../show/format.ts';

/** @param slots layers in a step, of slots: they cost the final proof least where they are a power of two  @throws E_PLAN */
export function checkFinalSize({ wrapConstraints }: Pick<Budget, 'wrapConstraints'>, slots = 1): void {
  if (wrapConstraints <= WRAP_LIMIT) return;
  const [largest, ...others] = alignedRanges(slots);
  throw new FoldError('E_PLAN', 'The final proof of this plan would be too large.', {
    expected: `at most ${count(WRAP_LIMIT)} constraints`,
    got: `${count(wrapConstraints)} with ${slots} layers per step`,
    hint: `${others.length > 0 ? `--layers-per-step ${2 ** largest!.log}` : 'Use fewer activation or weight bits'}   or   --no-wrap`,
  });
}
