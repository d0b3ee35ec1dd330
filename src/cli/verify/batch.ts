/** `fold verify` of a batch: how many items the proof covers, and what its members show. */
import { type CheckedMember, verifyMembers } from '../../api/batch-folder.ts';
import { type VerifiedMember, verifyMember } from '../../api/member.ts';
import type { DataSpec } from '../../api/specs.ts';
import { hex } from '../../api/statement.ts';
import { FoldError } from '../../errors.ts';
import type { ProvenBatch } from '../../folding/member.ts';
import { batchLine, classLine } from '../../report/final-words.ts';
import type { CommandContext } from '../../runs/context.ts';
import { count } from '../../show/format.ts';
import { findMember, type Member } from '../../store/member-file.ts';
import { checkListener, outputLines } from './words.ts';

export interface BatchWords {
  readonly facts: Readonly<Record<string, unknown>>;
  /** Before and after the line that says what was verified. */
  readonly before: readonly string[];
  readonly lines: readonly string[];
  /** The one of --member. */
  readonly member?: Member | undefined;
}

/**
 * The members of a verified proof, all that are there or the one of --member; undefined for a single run.
 * @throws E_REJECTED naming the check of a member that fails; E_USAGE for --member of a single run, and
 *   --input without it; E_FILE, E_FORMAT, E_ABORTED
 */
export async function verifyBatch(
  { options, report, signal }: Pick<CommandContext, 'options' | 'report' | 'signal'>,
  folder: string,
  proven: ProvenBatch,
  step: DataSpec,
): Promise<BatchWords | undefined> {
  const { member: named } = options;
  if (proven.root === 0n) {
    if (named === undefined) return undefined;
    throw new FoldError('E_USAGE', 'The proof is of a single run, which has no members.', {
      expected: 'the proof of a batch',
      got: `--member ${named}`,
    });
  }
  const on = checkListener(report);
  if (named === undefined && options.input !== undefined)
    throw new FoldError('E_USAGE', 'The proof is of a batch: of which of its inputs?', {
      expected: '--member ID|FILE beside --input',
      got: '--input alone',
      hint: '--member ID',
    });
  if (named === undefined) return allWords(proven, await verifyMembers(folder, proven, step, { on, signal }));
  const member = await findMember(folder, named);
  return { ...oneWords(proven, named, verifyMember(proven, member, { step, on })), member };
}

function allWords(proven: ProvenBatch, members: readonly CheckedMember[]): BatchWords {
  const { root } = proven;
  const items = members[0]?.items;
  const shown = members.map(({ id, index, class: found, inputChecked }) => {
    return { id, index, class: found ?? null, inputChecked };
  });
  const facts = { root: hex(root), items: items ?? null, members: shown };
  if (items === undefined) return { facts, before: [], lines: [batchLine(proven)] };
  const inputs = members.filter(({ inputChecked }) => inputChecked).length;
  const outputs = members.filter(({ outputChecked }) => outputChecked).length;
  return {
    facts,
    before: [],
    lines: [
      ...provenLines(items, root),
      `${count(members.length)} of ${count(items)} members are here and checked, ${count(inputs)} with their input, ${count(outputs)} with their output${members.length < items ? '; what results.csv tells of the others is not checked' : ''}`,
    ],
  };
}

function oneWords(
  { root }: ProvenBatch,
  named: string,
  { index, items, output, class: found, inputChecked }: VerifiedMember,
): BatchWords {
  const data = [inputChecked ? 'input' : '', output ? 'output' : ''].filter(Boolean).join(' and ');
  const checked =
    data === ''
      ? 'its data are private: the digests alone were checked'
      : `its ${data} ${data.includes(' ') ? 'are' : 'is'} that of the proven digests`;
  return {
    facts: { root: hex(root), items, members: [{ id: named, index, class: found ?? null, inputChecked }] },
    before: outputLines(output),
    lines: [
      ...provenLines(items, root),
      ...(found !== undefined && !output ? [classLine(found)] : []),
      `${named} is item ${count(index + 1)} of ${count(items)} (index ${index}); ${checked}`,
    ],
  };
}

const provenLines = (items: number, root: bigint): string[] => [`${count(items)} items proven, root ${hex(root)}`];
