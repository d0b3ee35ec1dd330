/** What a run hides, and the salts that hide it. */
import { isMachineModel, type ProvableModel } from '../api/model.ts';
import { freshSalt, type RunSalts } from '../api/salts.ts';
import { FoldError } from '../errors.ts';
import { parseSalts } from '../store/run-data.ts';
import { readRunFile } from '../store/run-folder.ts';
import { type PrivatePart, type RunRecord, SALTS_FILE } from '../store/run-record.ts';
import { readModelSalt, writeModelSalt } from '../store/salt-files.ts';
import type { CommandContext } from './context.ts';

type Asked = Pick<CommandContext, 'options' | 'argument'>;

/** What --private names. */
export function hiddenParts({ options }: Asked): readonly PrivatePart[] {
  return options.private ?? [];
}

/** Whether nobody may see the classes: that of a program that reveals it everyone sees in the proof. */
export function hidesClass(model: ProvableModel, hidden: readonly PrivatePart[]): boolean {
  return hidden.includes('output') && !(isMachineModel(model) && model.ports.reveals === 'class');
}

/**
 * The salt of the model: 0 for a public one, else that of its file, which is made where it is absent. One file per model
 * and for ever: another salt is another model digest.
 * @param begun a run has been begun with the model's salt: it must be there
 * @throws E_USAGE for a private model that has no place for its salt; E_FORMAT, E_FILE, E_DISK
 */
export async function openModelSalt({ options, argument }: Asked, begun = false): Promise<bigint> {
  if (!hiddenParts({ options, argument }).includes('model')) return 0n;
  const path = saltPath({ options, argument });
  const known = await readModelSalt(path);
  if (known !== undefined) return known;
  if (begun)
    throw new FoldError('E_FILE', 'The salt that the run was begun with is not here.', {
      expected: 'the salt of this private model',
      got: `no file "${path}"`,
      hint: '--model-salt FILE',
    });
  const salt = freshSalt();
  await writeModelSalt(path, salt);
  return salt;
}

function saltPath({ options, argument }: Asked): string {
  const model = argument ?? options.model;
  const path =
    options.modelSalt ?? (options.network === undefined && model !== undefined ? `${model}.salt` : undefined);
  if (path !== undefined) return path;
  throw new FoldError('E_USAGE', 'Where is the salt of this private model?', {
    expected: 'a file that stays with the model',
    got: 'a network without a file of its own',
    hint: '--model-salt FILE',
  });
}

/** Fresh salts for what is private in a new run. */
export function runSalts(hidden: readonly PrivatePart[], model: bigint): RunSalts {
  const salt = (part: PrivatePart): bigint => (hidden.includes(part) ? freshSalt() : 0n);
  return { model, input: salt('input'), output: salt('output') };
}

/** The salts that a finished run was made with; undefined where its private/ folder is not at hand. */
export async function knownSalts(
  folder: string,
  { private: hidden }: Pick<RunRecord, 'private'>,
): Promise<{ readonly input: bigint; readonly output: bigint } | undefined> {
  if (!hidden.includes('input') && !hidden.includes('output')) return { input: 0n, output: 0n };
  const bytes = await readRunFile(folder, SALTS_FILE);
  if (!bytes) return undefined;
  const { input, output } = parseSalts(bytes);
  return { input: BigInt(input), output: BigInt(output) };
}
