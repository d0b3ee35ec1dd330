/** What the final proof of a run shows of its output. */
import { type AnyPlan, isMachinePlan } from '../api/model.ts';
import { FoldError } from '../errors.ts';
import type { PrivatePart } from '../store/run-record.ts';
import type { CommandContext } from './context.ts';

/**
 * What the final proof shows of the output: the class, unless the output is private. Of a batch nothing, as it could be the
 * last item's only. A program reveals what it is made to, and a batch of it the same of every item.
 * @throws E_USAGE for a class of a batch, and for what another program would reveal
 */
export function revealOf(
  { reveal }: CommandContext['options'],
  plan: AnyPlan,
  hidden: readonly PrivatePart[],
  batch: boolean,
): 'class' | 'nothing' {
  if (isMachinePlan(plan)) {
    const own = plan.reveals ?? 'nothing';
    if (reveal === undefined || reveal === own) return own;
    throw new FoldError('E_USAGE', `The program of this run reveals ${own}.`, {
      expected: `--reveal ${own}, or none: on the tensor machine it is decided with the model digest`,
      got: `--reveal ${reveal}`,
      hint: `prove again with --reveal ${reveal}`,
    });
  }
  if (batch && reveal === 'class')
    throw new FoldError('E_USAGE', 'The proof of a batch reveals no class.', {
      expected: 'members of the batch, each with its output where that is public',
      got: '--reveal class',
    });
  if (batch) return 'nothing';
  return reveal ?? (hidden.includes('output') ? 'nothing' : 'class');
}
