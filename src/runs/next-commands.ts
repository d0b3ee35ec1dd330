/** The commands that a verb names as the next ones: about the same network, plan and key as the one before. */
import { command } from '../command.ts';
import { KEY_FILE } from '../store/run-record.ts';
import { type CommandContext, PLAN_OPTIONS } from './context.ts';
import { flagOf, type OptionName } from './options.ts';

type Asked = Pick<CommandContext, 'options' | 'argument'>;

/** A network and its plan as a command names them; the model by --model, or as the argument that it was. */
export function networkWords({ options, argument }: Asked, how: 'argument' | 'option'): string {
  const { model = argument } = options;
  const named = how === 'option' ? command` --model ${model ?? ''}` : command` ${model ?? ''}`;
  const network = model === undefined ? given({ options }, ['network']) : named;
  return `${network}${given({ options }, ['layers', 'seed', ...PLAN_OPTIONS])}`;
}

/** Verifies a run: `folded` without a final proof, which takes the commitment key. */
export function verifyCommand(
  folder: string,
  { options }: Pick<CommandContext, 'options'>,
  { modelDigest, folded }: { readonly modelDigest: string; readonly folded: boolean },
): string {
  const key = folded ? given({ options }, ['ptau']) : '';
  return `${command`fold verify ${folder}`}${key}${command` --model-digest ${modelDigest}`}`;
}

/**
 * How a run is verified as a stranger should, with a key that is not the folder's; of the development key there is none to trust.
 * @param context of a folded run: its commitment key is named
 */
export function nextLines(
  folder: string,
  modelDigest: string,
  key: 'folded' | 'development' | 'ceremony',
  context: Pick<CommandContext, 'options'> = { options: {} },
): string[] {
  const plain = verifyCommand(folder, context, { modelDigest, folded: key === 'folded' });
  if (key !== 'ceremony') return [`next: ${plain}`];
  return [
    `next: ${command`fold verify ${folder} --vk ${KEY_FILE} --model-digest ${modelDigest} --strict`}`,
    `      with the ${KEY_FILE} that fold key verify --out wrote, not the one in the folder`,
  ];
}

/** Those of the named options that were given, as they were. */
export function given({ options }: Pick<CommandContext, 'options'>, names: readonly OptionName[]): string {
  const words = names.map((name) => {
    const value = options[name];
    if (value === undefined || value === false) return '';
    const flag = flagOf(name);
    return value === true ? ` ${flag}` : ` ${flag}${command` ${String(value)}`}`;
  });
  return words.join('');
}
