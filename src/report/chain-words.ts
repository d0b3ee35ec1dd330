/**
 * What the verification of a proof of the chain says, a checkpoint's or a compressed proof's, in one place for the command line and the
 * page.
 */
import { liveDigest } from '../folding/planned.ts';
import { type ChainClaim, type FoldedProof, itemsBegun, ownSteps } from '../folding/proof.ts';
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
  /** Null of the machine, whose state has no activations, but for a planned checkpoint: of the vectors that are still read. */
  readonly activationDigest: string | null;
  /** Of a planned checkpoint. */
  readonly vectors: number | null;
}

type Claimed = Pick<ChainClaim, 'statement'> & Pick<FoldedProof, 'memory'>;

export function chainFacts(claim: Claimed, state: StateSpec): ChainFacts {
  const { statement, memory } = claim;
  const { wires, z, steps } = statement;
  const stepsPerNetwork = Number(wires.stepsPerNetwork);
  // the network under way: a checkpoint says that it is complete before the next one begins
  const begun = itemsBegun(steps, wires.stepsPerNetwork);
  const own = ownSteps(statement);
  const complete = own === stepsPerNetwork;
  return {
    ...{ steps, stepsPerNetwork, own, complete, items: complete ? begun : begun - 1 },
    root: wires.root === 0n ? undefined : hex(wires.root),
    modelDigest: hex(wires.modelDigest),
    planDigest: hex(wires.pp),
    inputDigest: hex(elementOf(state, z, 'hIn')),
    outputDigest: hex(elementOf(state, z, 'o')),
    activationDigest: activationsOf(claim, state),
    vectors: memory?.live ? memory.live.rows.length / (memory.live.width + 2) : null,
  };
}

/** The digest of the activations that a proof of first steps ends in; null where it shows none. */
export function activationsOf({ statement, memory }: Claimed, state: StateSpec): string | null {
  if (state.kind === 'machine') return memory?.live ? hex(liveDigest(memory.live)) : null;
  return hex(elementOf(state, statement.z, 'h'));
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

/** What a prefix of a program has read is shown to be written where its checkpoint was planned. */
function givesLine({ activationDigest, vectors, complete, outputDigest }: ChainFacts): string {
  if (activationDigest !== null && vectors !== null)
    return `leave ${counted(vectors, 'vector')} of activations to be read, with digest ${activationDigest}`;
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
