/** `fold verify` of a batch: how many items the proof covers, and what its members show. */
import { type CheckedMember, verifyMembers } from '../api/batch-folder.ts';
import { hex } from '../api/statement.ts';
import { FoldError } from '../errors.ts';
import type { ProvenBatch } from '../folding/member.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { checkListener, outputLines } from './check-words.ts';
import { count } from './format.ts';
import type { VerbContext } from './verb.ts';

export interface BatchWords {
  readonly facts: Readonly<Record<string, unknown>>;
  /** Before and after the line that says what was verified. */
  readonly before: readonly string[];
  readonly lines: readonly string[];
}

/**
 * The members of a verified proof, all that are there or the one of --member; undefined for a single run.
 * @throws E_REJECTED naming the check of a member that fails; E_USAGE for --member of a single run; E_FILE, E_FORMAT
 */
export async function verifyBatch(
  { options, report }: Pick<VerbContext, 'options' | 'report'>,
  folder: string,
  proven: ProvenBatch,
  step: StepPlan,
): Promise<BatchWords | undefined> {
  const { member } = options;
  if (proven.root === 0n) {
    if (member === undefined) return undefined;
    throw new FoldError('E_USAGE', 'The proof is of a single run, which has no members.', {
      expected: 'the proof of a batch',
      got: `--member ${member}`,
    });
  }
  const members = await verifyMembers(folder, proven, step, member, checkListener(report));
  const items = members[0]?.items;
  const root = hex(proven.root);
  const shown = members.map(({ id, index, output, inputChecked }) => {
    return { id, index, class: output?.class ?? null, inputChecked };
  });
  return {
    facts: { root, items: items ?? null, members: shown },
    before: member === undefined ? [] : outputLines(members[0]!.output),
    lines:
      items === undefined
        ? [
            `a batch with root ${root}; how many items it covers a member shows (--member FILE): ${count(Number(proven.steps))} steps, divided by those of one network`,
          ]
        : [`${count(items)} items proven, root ${root}`, ...memberLines(members, items, member)],
  };
}

function memberLines(members: readonly CheckedMember[], items: number, named: string | undefined): string[] {
  const outputs = members.filter(({ output }) => output).length;
  const inputs = members.filter(({ inputChecked }) => inputChecked).length;
  if (named === undefined)
    return [
      `${count(members.length)} of ${count(items)} members are here and checked, ${count(inputs)} with their input, ${count(outputs)} with their output`,
    ];
  const [{ index }] = members as [CheckedMember];
  const data = [inputs > 0 ? 'input' : '', outputs > 0 ? 'output' : ''].filter(Boolean).join(' and ');
  return [
    `${named} is item ${count(index + 1)} of ${count(items)} (index ${index}); ${data === '' ? 'its data are private: the digests alone were checked' : `its ${data} ${data.includes(' ') ? 'are' : 'is'} that of the proven digests`}`,
  ];
}
