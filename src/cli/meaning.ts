/**
 * Which options mean something for what was given. An option that would be ignored is an error: whoever gives one believes that it
 * does something, and of a verifier's `--vk` that belief is what he trusts.
 *
 * Each verb says as data for what its options mean something (`meanings`); those of which it says nothing always do. Options that
 * say how this machine works, and not what is claimed, are never refused: a service manager gives them to every command.
 */
import { isTensorModel } from '../api/machine-model.ts';
import { FoldError } from '../errors.ts';
import type { CommandContext } from '../runs/context.ts';
import { flagOf, MACHINE, type OptionName, type OptionValues } from '../runs/options.ts';
import { openModel } from '../runs/resolve.ts';
import type { Facts, Given, Meaning, Verb } from './verb.ts';

/** @throws E_USAGE naming the option, and what it means something for; what reading the argument throws */
export async function checkMeaning(verb: Verb, context: CommandContext): Promise<void> {
  const { options, argument } = context;
  const { meanings = [], factsOf } = verb;
  const given = (names: readonly OptionName[]) => names.filter((name) => isGiven(options, name));
  if (given(meanings.flatMap((meaning) => [...meaning.options])).length > 0) {
    const facts = (await factsOf?.(context)) ?? {};
    for (const meaning of meanings) {
      const [name] = given(meaning.options);
      if (name !== undefined && !meaning.holds({ options, argument, facts }))
        throw meaningless(verb, name, meaning, context);
    }
  }
  if (options.json && options.quiet)
    throw meaningless(verb, 'quiet', { only: 'lines for people, not for those of --json' }, context);
}

/** Whether it is on the command line. The parser sets --no-wrap's value by itself. */
export const isGiven = (options: OptionValues, name: OptionName): boolean =>
  name === 'wrap' ? options.wrap === false : options[name] !== undefined;

function meaningless(
  { name: verb, options: taken }: Verb,
  name: OptionName,
  { only }: Pick<Meaning, 'only'>,
  { options, argument = '' }: Pick<CommandContext, 'options' | 'argument'>,
): FoldError {
  const others = taken.filter((other) => other !== name && isGiven(options, other)).map(flagOf);
  return new FoldError('E_USAGE', `Option ${flagOf(name)} means nothing here.`, {
    expected: `${flagOf(name)} with ${only}`,
    got: ['fold', verb, argument, ...others, flagOf(name)].filter(Boolean).join(' '),
    hint: `fold ${verb} --help`,
  });
}

/** For the test of the whole table: options that a verb takes for whatever is given. */
export function unconditional({ options, meanings = [] }: Verb): OptionName[] {
  const conditional = meanings.flatMap((meaning) => meaning.options);
  return options.filter((name) => !conditional.includes(name) && !MACHINE.includes(name));
}

const hidesModel = ({ options }: Given): boolean => options.private?.includes('model') === true;
const makesPlan = ({ options }: Given): boolean => {
  const { plan, network, activationBits, activationFraction, weightFraction } = options;
  const scales = [activationBits, activationFraction, weightFraction];
  return plan === undefined && (network === undefined || scales.some((value) => value !== undefined));
};

/** Of the options that name a network. */
export const SEED: Meaning = {
  options: ['seed'],
  only: 'the synthetic network (--network synthetic)',
  holds: ({ options }) => options.network === 'synthetic',
};
/** Where a network need not be named. */
export const OF_NETWORK: Meaning = {
  options: ['layers', 'seed'],
  only: 'a network (--model or --network)',
  holds: ({ options }) => options.model !== undefined || options.network !== undefined,
};
export const SCALES: Meaning = {
  options: ['activationBits', 'activationFraction', 'weightFraction'],
  only: 'a plan that is to be made, not with one that is given (--plan)',
  holds: ({ options }) => options.plan === undefined,
};
/** Where an input serves for nothing but a plan. */
export const SAMPLE: Meaning = {
  options: ['input'],
  only: 'a plan that is to be made from it: without --plan, and a network that has none of its own',
  holds: makesPlan,
};
export const MODEL_SALT: Meaning = {
  options: ['modelSalt'],
  only: 'a private model (--private model)',
  holds: hidesModel,
};
/** Where nothing but the model digest is computed. */
export const PRIVATE_MODEL: Meaning = {
  options: ['private'],
  only: 'the model among what it names: the digest of a model depends on nothing else',
  holds: hidesModel,
};
export const FINAL_PROOF: Meaning = {
  options: ['key', 'groth16'],
  only: 'a final proof, not with --no-wrap',
  holds: ({ options }) => options.wrap !== false,
};
/** What a network in slots reveals its final proof says, what one on the tensor machine its program (`onMachine`). */
export const REVEAL: Meaning = {
  options: ['reveal'],
  only: 'a final proof, not with --no-wrap, or with a network on the tensor machine',
  holds: ({ options, facts }) => options.wrap !== false || facts.machine!,
};

/** Where no final proof reveals anything, a program may. */
export const revealsFolded = ({ reveal, wrap }: OptionValues): boolean => reveal !== undefined && wrap === false;
/** Of a digest, which depends on what a program reveals. */
export const REVEALING: Meaning = {
  options: ['reveal'],
  only: 'a network on the tensor machine, whose program reveals it',
  holds: ({ facts }) => facts.machine!,
};
/** Whether the network is proven on the tensor machine. It is read only where the meaning of an option depends on it. */
export async function onMachine(
  { options, argument }: Pick<CommandContext, 'options' | 'argument'>,
  depends: boolean,
): Promise<Facts> {
  return { machine: depends && isTensorModel(await openModel({ options, argument })) };
}
/** Of a batch that other machines prove. */
export const OF_QUEUE: Meaning = {
  options: ['store', 'batchKey'],
  only: 'a queue (--redis)',
  holds: ({ options }) => options.redis !== undefined,
};
/** What says how runs of this machine are kept while they go on; a queue's workers keep theirs in its store. */
export const OF_THIS_MACHINE: Meaning = {
  options: ['keep', 'verifyCheckpoints'],
  only: 'runs of this machine, not with a queue (--redis)',
  holds: ({ options }) => options.redis === undefined,
};
