/**
 * What stands beside the proof of a batch: a member of each item (src/store/member-file.ts), checked against a VERIFIED
 * proof as a stranger would. The lists of the folder only say where to look.
 */
import { createEngine } from '../algebra/index.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { FoldError, throwIfAborted } from '../errors.ts';
import { type EventListener, stage } from '../events.ts';
import { rememberedNodes } from '../folding/batch-tree.ts';
import type { ProvenBatch } from '../folding/member.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { type BatchItem, readBatchItems } from '../store/batch-folder.ts';
import { memberPath, readMember, readOwnMember } from '../store/member-file.ts';
import { readPrivateItems } from '../store/private-items.ts';
import { type VerifiedMember, verifyMember } from './member.ts';

/** A member that was checked, without its data: there may be tens of thousands. */
export interface CheckedMember extends Omit<VerifiedMember, 'output'> {
  /** As the folder calls it. */
  readonly id: string;
  /** Undefined where the output is not in the member. */
  readonly class: number | undefined;
}

export interface VerifyMembersOptions {
  readonly on?: EventListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Members between two events of progress. */
const REPORTED = 256;

/**
 * Verifies all members of a folder that are there against its verified proof. They are read one after the other, and what
 * their paths have in common is hashed once.
 * @returns in the order in which the folder lists them; empty for a copy without members
 * @throws E_REJECTED naming the item and its check that fails; E_FILE, E_FORMAT, E_ABORTED
 */
export async function verifyMembers(
  folder: string,
  proven: ProvenBatch,
  step: StepPlan,
  { on, signal }: VerifyMembersOptions = {},
): Promise<readonly CheckedMember[]> {
  const listed = await provenItems(folder);
  const checked: CheckedMember[] = [];
  if (listed.length === 0) return checked;
  const sponge = nativeSponge(await createEngine());
  const hashes = { sponge, nodeHash: rememberedNodes(sponge) };
  await stage(on, 'members', async () => {
    for (const [k, { id, index }] of listed.entries()) {
      throwIfAborted(signal);
      if (k > 0 && k % REPORTED === 0) on?.({ type: 'progress', stage: 'members', done: k, total: listed.length });
      const member = await readOwnMember(folder, id);
      if (!member) continue;
      try {
        if (member.index !== index) throw wrongPlace(member.index, index!);
        const { output, ...found } = verifyMember(proven, member, { step, hashes });
        checked.push({ id, ...found, class: output?.class });
      } catch (error) {
        if (!(error instanceof FoldError)) throw error;
        const { code, message, expected = '', got = '' } = error;
        throw new FoldError(code, `Item "${id}": ${message}`, { expected, got, cause: error });
      }
    }
  });
  if (checked.length > 0) on?.({ type: 'check', name: 'members' });
  return checked;
}

const wrongPlace = (got: number, expected: number): FoldError =>
  new FoldError('E_REJECTED', 'The member is of another item.', { expected: `index ${expected}`, got: `${got}` });

const provenItems = async (folder: string): Promise<BatchItem[]> =>
  [...(await readBatchItems(folder)).values()].filter(({ index }) => index !== undefined);

/** The readout that a final proof opens. */
export interface LastOutput {
  readonly logits: Float64Array;
  readonly salt: bigint;
}

/**
 * The output of the last item of a folded batch; undefined where it is private and not here.
 * @throws E_REJECTED for a member that is not of the batch; E_FILE, E_FORMAT
 */
export async function lastOutput(folder: string, proven: ProvenBatch, step: StepPlan): Promise<LastOutput | undefined> {
  const last = (await provenItems(folder)).at(-1);
  const member = last && (await readMember(memberPath(folder, last.id)));
  if (!member || verifyMember(proven, member, { step }).items !== member.index + 1) return undefined;
  const secret = member.output ? undefined : (await readPrivateItems(folder))?.[member.index];
  const output = member.output ?? secret?.output;
  return output && { logits: Float64Array.from(output.integers), salt: secret?.salts.output ?? 0n };
}
