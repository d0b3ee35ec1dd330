/** The options of an unfinished run as they are kept for `fold resume`: as the text that each is parsed from. */
import { resolve } from 'node:path';
import type { CheckpointInterval } from '../api/checkpoints.ts';
import { FoldError } from '../errors.ts';
import type { ResumeRecord } from '../store/resume-file.ts';
import type { CommandContext } from './context.ts';
import { OPTIONS, type OptionName, type OptionValues } from './options.ts';

/** Options that say what is proven and how; those of one machine (workers, memory) are left out. */
const SAVED: readonly OptionName[] = [
  'network',
  'circuit',
  'dim',
  'layers',
  'seed',
  'insecureDev',
  'wrap',
  'compressed',
  'reveal',
  'private',
  'checkpointEvery',
  'keep',
  'verifyCheckpoints',
];
/** Files, kept with their whole path: a run may be resumed from another folder. */
export const SAVED_PATHS: readonly OptionName[] = ['model', 'modelSalt', 'ptau', 'key'];

export function savedOptions({
  options,
  argument,
}: Pick<CommandContext, 'options' | 'argument'>): ResumeRecord['options'] {
  const given: OptionValues = argument === undefined ? options : { ...options, model: argument };
  const saved: Record<string, string | boolean> = {};
  for (const name of [...SAVED, ...SAVED_PATHS]) {
    const value = given[name];
    if (value === undefined) continue;
    if (SAVED_PATHS.includes(name)) saved[name] = resolve(String(value));
    else saved[name] = typeof value === 'boolean' ? value : optionText(value);
  }
  return saved;
}

function optionText(value: Exclude<OptionValues[OptionName], undefined>): string {
  // a dimension is a pair of its name and size
  if (Array.isArray(value)) return value.map((part) => (Array.isArray(part) ? part.join('=') : part)).join(',');
  if (typeof value !== 'object') return String(value);
  const interval = value as CheckpointInterval;
  return 'steps' in interval ? String(interval.steps) : `${interval.seconds}s`;
}

/** The options again. @throws E_FORMAT for one that is unknown or has a wrong value */
export function parseSavedOptions(saved: ResumeRecord['options']): OptionValues {
  const entries = Object.entries(saved).map(([name, value]): [string, unknown] => {
    const known = [...SAVED, ...SAVED_PATHS].find((option) => option === name);
    if (!known) throw wrong(name, value);
    const { parse }: { flags: string; parse?: (text: string, before: never) => unknown } = OPTIONS[known];
    if ((typeof value === 'boolean') !== (parse === undefined)) throw wrong(name, value);
    try {
      return [name, typeof value === 'boolean' ? value : parse!(value, undefined as never)];
    } catch (cause) {
      throw wrong(name, value, cause);
    }
  });
  return Object.fromEntries(entries) as OptionValues;
}

function wrong(name: string, value: string | boolean, cause?: unknown): FoldError {
  return new FoldError('E_FORMAT', 'The record of the unfinished run has a wrong option.', {
    got: `${name}: ${value}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
