/** What a verb is: its name, its options out of the table, and what it does. */
import type { Facts, Meaning } from './meaning.ts';
import type { OptionName, OptionValues } from './options.ts';
import type { Reporter } from './reporter.ts';

export interface VerbContext {
  readonly options: OptionValues;
  /** The positional argument: a model, or the folder of a run. */
  readonly argument: string | undefined;
  /** What follows it, of a verb that takes any number. */
  readonly more: readonly string[];
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

export interface Verb {
  readonly name: string;
  readonly about: string;
  readonly argument?: { readonly name: string; readonly about: string };
  /** Any number of further arguments: a name that ends in three dots. */
  readonly more?: { readonly name: string; readonly about: string };
  readonly options: readonly OptionName[];
  /** For what some of them mean something (meaning.ts); the others always do. */
  readonly meanings?: readonly Meaning[];
  /** What the meanings need to know of the argument. */
  factsOf?(context: VerbContext): Promise<Facts>;
  /** Shown below the options. */
  readonly examples: readonly string[];
  /** Returns the exit code: 0, or 1 for something checked and false. Throws FoldError for everything else. */
  run(context: VerbContext): Promise<number>;
}

/** The argument and the options that say which network. */
export const MODEL_ARGUMENT = { name: '[model]', about: 'an ONNX file' } as const;
export const MODEL_OPTIONS: readonly OptionName[] = ['model', 'network', 'layers', 'seed'];
/** What is hidden, and where a private model's salt lies. */
export const PRIVACY_OPTIONS: readonly OptionName[] = ['private', 'modelSalt'];
export const PLAN_OPTIONS: readonly OptionName[] = [
  'plan',
  'layersPerStep',
  'activationBits',
  'activationFraction',
  'weightFraction',
];
