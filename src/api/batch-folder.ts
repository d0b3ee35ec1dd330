/**
 * What stands beside the proof of a batch: a member of each item (src/store/member-file.ts), checked against a VERIFIED
 * proof as a stranger would. The lists of the folder only say where to look.
 */
import { createEngine } from '../algebra/index.ts';
import { nativeSponge, plainSponge, type SpongeArithmetic } from '../algebra/sponge.ts';
import { FoldError, throwIfAborted } from '../errors.ts';
import { counter, type EventListener, stage } from '../events.ts';
import { rememberedNodes } from '../folding/batch-tree.ts';
import type { ProvenBatch } from '../folding/member.ts';
import { type BatchItem, readBatchItems, readManifest, readResults, resultsOf } from '../store/batch-folder.ts';
import { type Member, memberIds, memberPath, readMember, readOwnMember } from '../store/member-file.ts';
import { type PrivateItem, readPrivateItems } from '../store/private-items.ts';
import { type VerifiedMember, verifyMember } from './member.ts';
import { checkInput, checkOutput, checkRevealed, revealedClass } from './proven-data.ts';
import type { DataSpec } from './specs.ts';

/** A member that was checked, without its data: there may be tens of thousands. */
export interface CheckedMember extends Omit<VerifiedMember, 'output'> {
  /** As the folder calls it. */
  readonly id: string;
  /** Whether the output is in the member. */
  readonly outputChecked: boolean;
}

/** Of `verifyMembers`. */
export interface VerifyMembersOptions {
  readonly on?: EventListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Members between two events of progress. */
const REPORTED = 256;

/**
 * Verifies all members of a folder that are there against its verified proof, what is private of them as far as that is there,
 * and the classes in the folder's lists. They are read one after the other, and what their paths have in common is hashed once.
 * @returns those that the folder lists in its order, then others; empty for a copy without members
 * @throws E_REJECTED naming the item and its check that fails; E_FILE, E_FORMAT, E_ABORTED
 */
export async function verifyMembers(
  folder: string,
  proven: ProvenBatch,
  step: DataSpec,
  { on, signal }: VerifyMembersOptions = {},
): Promise<readonly CheckedMember[]> {
  const secrets = await readPrivateItems(folder);
  const listed = await withUnlisted(folder, await checkLists(folder, secrets));
  const checked: CheckedMember[] = [];
  if (listed.length === 0) return checked;
  const sponge = nativeSponge(await createEngine());
  const hashes = { sponge, nodeHash: rememberedNodes(sponge) };
  await stage(on, 'members', async () => {
    const told = counter(on, 'members', 'items');
    for (const [k, item] of listed.entries()) {
      throwIfAborted(signal);
      if (k % REPORTED === 0) told(k, listed.length);
      const { id, index } = item;
      const secret = index === undefined ? undefined : secrets?.[index];
      const member = await readOwnMember(folder, id);
      try {
        if (!member) {
          if (secret) throw itemRejected('members', `members/${id}.json, with the digests of what is private`, 'none');
          continue;
        }
        if (index !== undefined && member.index !== index) throw wrongPlace(member.index, index);
        const { output, ...found } = verifyMember(proven, member, { step, hashes });
        if (secret) checkSecret(step, member, secret, sponge);
        const shown = found.class ?? secret?.output?.class;
        if (item.class !== undefined && item.class !== shown)
          throw itemRejected(
            'class',
            shown === undefined ? 'no class, as the output is private' : `${shown}`,
            `${item.class}`,
          );
        checked.push({ id, ...found, outputChecked: output !== undefined });
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

const itemRejected = (name: string, expected: string, got: string): FoldError =>
  new FoldError('E_REJECTED', `The batch is not what it says: check '${name}' failed.`, { expected, got });

/**
 * The lists are for people. Every line of manifest.jsonl is another item, and what is called proven has a place in the tree;
 * results.csv is what the manifest makes; private/items.jsonl is of the same items. That a class is the proven one the item's member
 * shows.
 * @returns the items in the tree
 */
async function checkLists(folder: string, secrets: readonly PrivateItem[] | undefined): Promise<readonly BatchItem[]> {
  const lines = await readManifest(folder);
  const items = lines.filter((item) => item !== undefined);
  const inTree = items.filter(({ index }) => index !== undefined);
  if (items.length < lines.length)
    throw itemRejected('members', 'an item in every line of manifest.jsonl', 'another line');
  for (const [what, values] of [
    ['id', items.map(({ id }) => id)],
    ['index', inTree.map(({ index }) => index)],
  ] as const)
    if (new Set<unknown>(values).size < values.length)
      throw itemRejected('members', `items of manifest.jsonl with another ${what} each`, 'two with the same');
  for (const { id, class: found, status, index } of items)
    if (index === undefined && (found !== undefined || status === 'proven'))
      throw itemRejected('members', `an index of the proven item "${id}"`, 'none in manifest.jsonl');
  const results = await readResults(folder);
  if (results !== undefined && results !== resultsOf(items))
    throw itemRejected('members', 'in results.csv what manifest.jsonl says', 'something else');
  const ids = new Map(inTree.map(({ id, index }) => [index, id]));
  const wrong = secrets?.find(({ id }, k) => ids.get(k) !== id);
  if (wrong) throw itemRejected('members', 'private/items.jsonl of the items of the tree', `"${wrong.id}"`);
  return inTree;
}

/** What is hidden of an item is what its digests cover under its salts. */
function checkSecret(
  step: DataSpec,
  { item }: Member,
  { salts, input, output }: PrivateItem,
  sponge: SpongeArithmetic<bigint>,
): void {
  if (output) {
    checkOutput(step, output, salts.output, item.o, sponge);
    checkRevealed(output, revealedClass(step, item.k ?? 0n));
  }
  if (input) checkInput(step, input, salts.input, item.hIn, sponge);
}

const wrongPlace = (got: number, expected: number): FoldError =>
  new FoldError('E_REJECTED', 'The member is of another item.', { expected: `index ${expected}`, got: `${got}` });

/** Members that are there without a place in the lists are verified with the others. */
async function withUnlisted(
  folder: string,
  items: readonly BatchItem[],
): Promise<readonly Pick<BatchItem, 'id' | 'class' | 'index'>[]> {
  const known = new Set(items.map(({ id }) => id));
  return [...items, ...(await memberIds(folder)).filter((id) => !known.has(id)).map((id) => ({ id }))];
}

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
export async function lastOutput(folder: string, proven: ProvenBatch, step: DataSpec): Promise<LastOutput | undefined> {
  const last = (await provenItems(folder)).at(-1);
  const member = last && (await readMember(memberPath(folder, last.id)));
  if (!member || verifyMember(proven, member, { step }).items !== member.index + 1) return undefined;
  const secret = member.output ? undefined : (await readPrivateItems(folder))?.[member.index];
  if (secret) checkSecret(step, member, secret, plainSponge);
  const output = member.output ?? secret?.output;
  return output && { logits: Float64Array.from(output.integers), salt: secret?.salts.output ?? 0n };
}
