/**
 * What stands beside the proof of a batch: a member of each item (src/store/member-file.ts), checked against a VERIFIED
 * proof as a stranger would. The lists of the folder only say where to look.
 */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { ProvenBatch } from '../folding/member.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { type BatchItem, readBatchItems } from '../store/batch-folder.ts';
import { findMember } from '../store/member-file.ts';
import { readPrivateItems } from '../store/private-items.ts';
import { type VerifiedMember, verifyMember } from './member.ts';

export interface CheckedMember extends VerifiedMember {
  /** As the folder, or the path of the member's file, calls it. */
  readonly id: string;
}

/**
 * Verifies the members of a folder against its verified proof.
 * @param named one item, by its id or by the path of its file; undefined for all that are there
 * @returns in the order in which the folder lists them; empty for a copy without members
 * @throws E_REJECTED naming the item and its check that fails; E_FILE, E_FORMAT
 */
export async function verifyMembers(
  folder: string,
  proven: ProvenBatch,
  step: StepPlan,
  named: string | undefined,
  on?: EventListener,
): Promise<readonly CheckedMember[]> {
  if (named !== undefined)
    return [{ id: named, ...verifyMember(proven, await findMember(folder, named), { step, on }) }];
  const checked: CheckedMember[] = [];
  for (const { id, index } of await provenItems(folder)) {
    const member = await findMember(folder, id).catch((error: unknown) => {
      if (error instanceof FoldError && error.code === 'E_FILE') return undefined;
      throw error;
    });
    if (!member) continue;
    try {
      if (member.index !== index) throw wrongPlace(member.index, index!);
      checked.push({ id, ...verifyMember(proven, member, { step }) });
    } catch (error) {
      if (!(error instanceof FoldError)) throw error;
      const { code, message, expected = '', got = '' } = error;
      throw new FoldError(code, `Item "${id}": ${message}`, { expected, got, cause: error });
    }
  }
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
  const member = last && (await findMember(folder, last.id));
  if (!member || verifyMember(proven, member, { step }).items !== member.index + 1) return undefined;
  const secret = member.output ? undefined : (await readPrivateItems(folder))?.[member.index];
  const output = member.output ?? secret?.output;
  return output && { logits: Float64Array.from(output.integers), salt: secret?.salts.output ?? 0n };
}
