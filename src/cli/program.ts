/** The command line out of the tables: commander does the parsing and the help, nothing else. */

import { Command, CommanderError, Option } from 'commander';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { COMMON, OPTIONS, type OptionName, type OptionValues } from '../runs/options.ts';
import type { Verb } from './verb.ts';
import { batchVerb } from './verbs/batch.ts';
import { cacheVerb } from './verbs/cache.ts';
import { calibrateVerb } from './verbs/calibrate.ts';
import { calldataVerb } from './verbs/calldata.ts';
import { checkVerb } from './verbs/check.ts';
import { commitVerb } from './verbs/commit.ts';
import { completionVerb } from './verbs/completion.ts';
import { compressVerb } from './verbs/compress.ts';
import { contractVerb } from './verbs/contract.ts';
import { doctorVerb } from './verbs/doctor.ts';
import { experimentVerb } from './verbs/experiment.ts';
import { gasVerb } from './verbs/gas.ts';
import { inspectVerb } from './verbs/inspect.ts';
import { jobsVerb } from './verbs/jobs.ts';
import { beaconVerb, contributeVerb } from './verbs/key.ts';
import { keyVerifyVerb } from './verbs/key-verify.ts';
import { proveVerb } from './verbs/prove.ts';
import { reportVerb } from './verbs/report.ts';
import { resumeVerb } from './verbs/resume.ts';
import { runVerb } from './verbs/run.ts';
import { setupVerb } from './verbs/setup.ts';
import { verifyVerb } from './verbs/verify.ts';
import { workerVerb } from './verbs/worker.ts';
import { wrapVerb } from './verbs/wrap.ts';

export const VERBS: readonly Verb[] = [
  proveVerb,
  resumeVerb,
  wrapVerb,
  compressVerb,
  verifyVerb,
  runVerb,
  checkVerb,
  inspectVerb,
  calibrateVerb,
  commitVerb,
  batchVerb,
  workerVerb,
  jobsVerb,
  reportVerb,
  experimentVerb,
  setupVerb,
  contributeVerb,
  beaconVerb,
  keyVerifyVerb,
  contractVerb,
  calldataVerb,
  gasVerb,
  doctorVerb,
  cacheVerb,
  completionVerb(() => VERBS),
];

export interface Invocation {
  readonly verb: Verb;
  readonly options: OptionValues;
  readonly argument: string | undefined;
  readonly more: readonly string[];
}

const ABOUT = `Proves that a committed deep neural network gave an output on an input, by folding its layers.

fold --layers N is fold prove --network digits512 --layers N: a bundled network on a bundled image.`;

const GROUPS: Readonly<Record<string, string>> = {
  key: 'The ceremony of a proving key: contribute, close it with a beacon, verify it.',
};

const CODES = `
Exit codes: 0 done and true; 1 checked and false; 2 usage or input; 3 unsupported or out of range;
4 machine, key or disk; 5 a batch failed in part; 70 a bug of layerfold; 130, 143 interrupted.
`;

/**
 * Parses the arguments. Undefined when all there was to do is written: help or the version.
 * @throws E_USAGE
 */
export function parseArguments(
  argv: readonly string[],
  version: string,
  write: (text: string) => void,
): Invocation | undefined {
  let found: Invocation | undefined;
  const quiet = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: write, writeErr: () => {} })
      .configureHelp({ helpWidth: 100 });
  const program = quiet(new Command('fold').description(ABOUT).version(version)).addHelpText('after', CODES);
  for (const verb of VERBS) {
    const command = quiet(commandOf(program, verb.name, quiet)).description(verb.about);
    for (const { name, about } of [verb.argument ?? [], verb.more ?? []].flat()) command.argument(name, about);
    for (const name of [...verb.options, ...COMMON]) command.addOption(option(name, verb.name));
    command.addHelpText('after', `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join('\n')}\n`);
    command.action((...given: unknown[]) => {
      // the arguments as declared, then the options, then the command
      const [argument, more] = given.slice(0, -2) as [string?, string[]?];
      found = { verb, options: given.at(-2) as OptionValues, argument, more: more ?? [] };
    });
  }
  try {
    program.parse(expand(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const [first, ...more] = error.message.replace(/^error: /, '').split('\n');
    throw new FoldError('E_USAGE', `${sentence(first!)}${more.length > 0 ? ` ${more.join(' ')}` : ''}`, {
      hint: helpOf(argv),
    });
  }
  return found;
}

/** The command that prints the help of the verb that was meant. */
function helpOf(argv: readonly string[]): string {
  const words = expand(argv).join(' ');
  const verb = VERBS.find(({ name }) => `${words} `.startsWith(`${name} `));
  return verb ? `${command`fold `}${verb.name} --help` : command`fold --help`;
}

/** The command of a verb; one of two words, as "key verify", belongs to a group that is made with its first verb. */
function commandOf(program: Command, name: string, quiet: (command: Command) => Command): Command {
  const [first, second] = name.split(' ') as [string, string | undefined];
  if (second === undefined) return program.command(first);
  const known = program.commands.find((command) => command.name() === first);
  const group = known ?? quiet(program.command(first)).description(GROUPS[first]!);
  return group.command(second);
}

function sentence(words: string): string {
  const text = words.replaceAll("'", '"');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`;
}

/** No verb but options: prove the bundled network. Nothing at all, or half a verb: help. */
function expand(argv: readonly string[]): string[] {
  const [first] = argv;
  if (first === undefined) return ['--help'];
  if (argv.length === 1 && Object.hasOwn(GROUPS, first)) return [first, '--help'];
  if (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first)) return [...argv];
  const named = argv.some((word) => /^(--network|--model|-M)(=|$)/.test(word));
  return ['prove', ...(named ? [] : ['--network', 'digits512']), ...argv];
}

function option(name: OptionName, verb: string): Option {
  const spec: { flags: string; about: string; parse?: (text: string, before: never) => unknown } = OPTIONS[name];
  const made = new Option(spec.flags, spec.about);
  const { parse } = spec;
  if (!parse) return made;
  return made.argParser((text: string, before: unknown) => {
    try {
      return parse(text, before as never);
    } catch (error) {
      if (!(error instanceof FoldError)) throw error;
      const { code, message, expected = '', got = text } = error;
      throw new FoldError(code, `Option ${made.long}: ${message}`, {
        expected,
        got,
        hint: `${command`fold `}${verb} --help`,
      });
    }
  });
}
