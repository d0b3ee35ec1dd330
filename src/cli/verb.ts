/** What a verb is: its name, its options out of the table, for what they mean something, and what it does. */
import type { CommandContext } from '../runs/context.ts';
import type { OptionName, OptionValues } from '../runs/options.ts';

/** What is known of a command before it begins. */
export interface Given {
  readonly options: OptionValues;
  readonly argument: string | undefined;
  /** Of what the argument names: see `factsOf` of the verb. */
  readonly facts: Facts;
}

export type Facts = Readonly<Record<string, boolean>>;

export interface Meaning {
  readonly options: readonly OptionName[];
  /** In words: with what, or for what, they mean something. */
  readonly only: string;
  readonly holds: (given: Given) => boolean;
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
  factsOf?(context: CommandContext): Promise<Facts>;
  /** Shown below the options. */
  readonly examples: readonly string[];
  /** Returns the exit code: 0, or 1 for something checked and false. Throws FoldError for everything else. */
  run(context: CommandContext): Promise<number>;
}

/** The argument that says which network. */
export const MODEL_ARGUMENT = { name: '[model]', about: 'an ONNX file' } as const;
