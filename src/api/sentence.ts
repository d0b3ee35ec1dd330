/**
 * What a run claims, in words: the `sentence` of its run.json. It says nothing that a proof does not show, so that a verifier can
 * write it again and compare: the number of layers, for example, is a word of the folder, that of the steps is proven.
 */
import type { RunRecord } from '../store/run-record.ts';
import { counted } from '../units.ts';

interface Claim {
  readonly steps: number;
  /** Layers that a step has place for; undefined for the machine. */
  readonly slots: number | undefined;
  /** Whether it is of a batch in one proof. */
  readonly batch: boolean;
  /** Undefined where it is not told. */
  readonly class?: number | undefined;
}

export function sentenceOf({ steps, slots, batch, class: predicted }: Claim): string {
  const extent = `${counted(steps, 'step')} ${slots === undefined ? 'of the tensor machine' : `of up to ${counted(slots, 'layer')}`}`;
  if (batch)
    return (
      `The committed network, run layer by layer in exact integers on every input of a batch (${extent} in all), gives their ` +
      'outputs: the digests of each input and its output are in the first leaves of the tree with this root.'
    );
  return (
    `The committed network, run layer by layer in exact integers (${extent}) on the input with this digest, gives the output with ` +
    `this digest${predicted === undefined ? '' : `; its class is ${predicted}`}.`
  );
}

/**
 * The sentence that a run.json must have: with the class of a public output, which everyone recomputes.
 * @param revealed the class that a folded program reveals, whatever is private
 */
export function ownSentence(
  { private: hidden }: Pick<RunRecord, 'private'>,
  { steps, slots, batch, class: predicted }: Claim,
  revealed: number | undefined,
): string {
  return sentenceOf({ steps, slots, batch, class: hidden.includes('output') ? revealed : predicted });
}
