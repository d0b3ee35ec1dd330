/**
 * `fold verify --input`: is the proven input the one in the user's own file? A network that the user names says its shape;
 * without one the file does, because a digest covers numbers in their order, and a private network has no graph to show.
 */

import type { VerifiedFinal } from '../../api/final-run.ts';
import { saltOf } from '../../api/listed-data.ts';
import { pinInput } from '../../api/pin-input.ts';
import { type DataSpec, inputLimit, stepText } from '../../api/specs.ts';
import { FoldError } from '../../errors.ts';
import type { Tensor } from '../../ir/graph.ts';
import { joinInputs, parseInput, parseShapedInput } from '../../ir/input.ts';
import { readInputJson } from '../../ir/input-file.ts';
import { inputLine } from '../../report/final-words.ts';
import type { CommandContext } from '../../runs/context.ts';
import { namesModel, openModel } from '../../runs/resolve.ts';
import type { Member } from '../../store/member-file.ts';
import { readPrivateItems } from '../../store/private-items.ts';
import { PRIVATE_ITEMS_FILE, SALTS_FILE } from '../../store/run-record.ts';
import { checkListener } from './words.ts';

/** The input that the user holds. */
export interface HeldInput {
  readonly path: string;
  /** Whether its shape is that of a network that the user named. */
  readonly ofNetwork: boolean;
  /** @throws E_INPUT for one that does not fit the state, where no network said its shape */
  readonly tensor: (step: DataSpec) => Tensor;
}

/** The file of --input, read before anything is verified. @throws E_FILE, E_FORMAT, E_INPUT, E_TOO_LARGE */
export async function openHeldInput({ options }: Pick<CommandContext, 'options'>): Promise<HeldInput | undefined> {
  const { input: path } = options;
  if (path === undefined) return undefined;
  const json = await readInputJson(path);
  if (!namesModel(options))
    return { path, ofNetwork: false, tensor: (step) => parseShapedInput(json, inputLimit(step)) };
  const tensor = joinInputs(parseInput(json, (await openModel({ options, argument: undefined })).graph));
  return { path, ofNetwork: true, tensor: () => tensor };
}

/** What was verified, of which the input is asked. */
export interface ProvenInput extends Pick<VerifiedFinal, 'record' | 'files'> {
  readonly folder: string;
  readonly step: DataSpec;
  /** h_in. */
  readonly digest: bigint;
  /** The item of a batch that was verified. */
  readonly member: Member | undefined;
}

/**
 * Compares the user's input with the proven one.
 * @returns what to say of it
 * @throws E_REJECTED for another input; E_INPUT; E_FILE for a private one whose salt is not here
 */
export async function verifyHeldInput(
  { path, ofNetwork, tensor }: HeldInput,
  proven: ProvenInput,
  report: CommandContext['report'],
): Promise<string[]> {
  const { step, member, digest } = proven;
  const input = tensor(step);
  pinInput(step, input, member?.item.hIn ?? digest, { salt: await saltOfInput(proven), on: checkListener(report) });
  return [inputLine(path, input.data.length, stepText(step), ofNetwork)];
}

/** 0 where run.json calls the input public; undefined where no run.json says which. @throws E_FILE for one that is not here */
async function saltOfInput({ folder, record, files, member }: ProvenInput): Promise<bigint | undefined> {
  if (!record) return undefined;
  const hidden = record.private;
  const ofMember = member !== undefined && hidden.includes('input');
  const salt = ofMember
    ? (await readPrivateItems(folder))?.[member.index]?.salts.input
    : saltOf(files, hidden, 'input');
  if (salt !== undefined) return salt;
  throw new FoldError('E_FILE', 'The input is private, and the salt of its digest is not here.', {
    expected: `${folder}/${ofMember ? PRIVATE_ITEMS_FILE : SALTS_FILE}`,
    got: 'a copy without it',
    hint: 'Whoever made the run has it, and may show it with the input.',
  });
}
