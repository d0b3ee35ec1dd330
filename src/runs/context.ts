/** What a command works with: its options out of the table, where its words go, and what ends it. */
import type { Reporter } from '../show/reporter.ts';
import type { OptionName, OptionValues } from './options.ts';
import type { Provers } from './provers.ts';

export interface CommandContext {
  readonly options: OptionValues;
  /** The positional argument: a model, or the folder of a run. */
  readonly argument: string | undefined;
  /** What follows it, of a verb that takes any number. */
  readonly more: readonly string[];
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** Who makes the proofs, where it is not this process. */
  readonly provers?: Provers | undefined;
}

/** The options that say which network. */
export const MODEL_OPTIONS: readonly OptionName[] = ['model', 'network', 'layers', 'seed', 'circuit', 'dim'];
/** What is hidden, and where a private model's salt lies. */
export const PRIVACY_OPTIONS: readonly OptionName[] = ['private', 'modelSalt'];
export const PLAN_OPTIONS: readonly OptionName[] = [
  'plan',
  'layersPerStep',
  'activationBits',
  'activationFraction',
  'weightFraction',
  'headroom',
  'saturate',
];
