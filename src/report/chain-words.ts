/**
 * What the verification of a proof of the chain says, a checkpoint's or a compressed proof's, in one place for the command line and the
 * page.
 */
import { type ChainClaim, itemsBegun } from '../folding/proof.ts';
import { elementOf, type StateSpec } from '../folding/state.ts';
import { count, counted, hex } from '../units.ts';
import { INSECURE } from './final-words.ts';

/** What a proof of the chain claims, as it is shown. */
export interface ChainFacts {
  readonly steps: number;
  readonly stepsPerNetwork: number;
  /** Steps of the network under way. */
  readonly own: number;
  /** Whether that network is complete. */
  readonly complete: boolean;
  /** Of a batch. */
  readonly root: string | undefined;
  /** Networks that are complete. */
  readonly items: number;
  readonly modelDigest: string;
  readonly planDigest: string;
  readonly inputDigest: string;
  readonly outputDigest: string;
  /** Null of the machine, whose state has no activations. */
  readonly activationDigest: string | null;
}

export function chainFacts({ statement }: Pick<ChainClaim, 'statement'>, state: StateSpec): ChainFacts {
  const { wires, z, steps } = statement;
  const stepsPerNetwork = Number(wires.stepsPerNetwork);
  // the network under way: a checkpoint says that it is complete before the next one begins
  const begun = itemsBegun(steps, wires.stepsPerNetwork);
  const own = steps - (begun - 1) * stepsPerNetwork;
  const complete = own === stepsPerNetwork;
  return {
    ...{ steps, stepsPerNetwork, own, complete, items: complete ? begun : begun - 1 },
    root: wires.root === 0n ? undefined : hex(wires.root),
    modelDigest: hex(wires.modelDigest),
    planDigest: hex(wires.pp),
    inputDigest: hex(elementOf(state, z, 'hIn')),
    outputDigest: hex(elementOf(state, z, 'o')),
    activationDigest: state.kind === 'machine' ? null : hex(elementOf(state, z, 'h')),
  };
}

/**
 * @param slots layers that a step has place for; undefined for the machine
 * @param key as it is shown
 */
export function chainLines(facts: ChainFacts, slots: number | undefined, pinned: boolean, key: string): string[] {
  const { steps, stepsPerNetwork, own, complete, root, items, modelDigest, inputDigest } = facts;
  // the last step may have fewer layers than slots, and has the readout
  const layers = complete
    ? 'all layers'
    : slots === undefined
      ? `steps 1..${count(own)}`
      : `layers 1..${count(own * slots)}`;
  return [
    ...(root === undefined ? [] : [batchLine(items, complete, root)]),
    `VERIFIED${pinned ? '' : ', NOT PINNED'}: ${layers} of model ${modelDigest} on input ${inputDigest} ${givesLine(facts)}`,
    root === undefined
      ? `  ${count(steps)}/${count(stepsPerNetwork)} steps, key ${key}`
      : `  ${counted(steps, 'step')}, ${count(stepsPerNetwork)} for each input, key ${key}`,
  ];
}

/** A prefix of a program has read what nobody has shown to be written. */
function givesLine({ activationDigest, complete, outputDigest }: ChainFacts): string {
  if (activationDigest !== null) return `give activation digest ${activationDigest}`;
  return complete
    ? `give output digest ${outputDigest}`
    : 'are folded: a run can go on from here, but of its numbers this shows nothing before its last step';
}

function batchLine(items: number, complete: boolean, root: string): string {
  const proven = items === 0 ? 'no item is complete yet' : `items 1..${count(items)} are proven`;
  return `batch with root ${root}: ${proven}. Of item ${count(complete ? items : items + 1)}:`;
}

/** What a proof under a key rests on. @param wraps whether the key is powers of a tau */
export function soundLine(insecure: boolean, wraps: boolean): string {
  if (insecure) return INSECURE;
  return wraps
    ? 'It is sound if nobody knows the secret of the ceremony that made the key.'
    : 'It is sound, no set-up: nobody knows a relation between the points of its transparent key. It cannot be wrapped.';
}

/** What a compressed proof is not. */
export const COMPRESSED_LINE =
  'The compressed proof is small, but not zero-knowledge and not for a chain: it has combinations of the witness, from which the model and the input may leak.';
