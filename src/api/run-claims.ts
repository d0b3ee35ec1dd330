/**
 * What run.json tells beside the digests: numbers of layers, the kind of key, the sentence. It is not proven; but where the proof
 * refutes it the folder is rejected, so that people who read run.json, or a report of it, read nothing that is known to be false.
 * Names, and the number of layers within the last step, stay words.
 */
import type { FoldError } from '../errors.ts';
import type { CompleteRun } from '../store/run-record.ts';
import { rejected } from './proven-data.ts';
import { ownSentence } from './sentence.ts';

/** What a verified proof shows of it. */
export interface Shown {
  readonly steps: number;
  /** L; undefined for a final proof, which has it inside the model digest. */
  readonly stepsPerNetwork?: number | undefined;
  /** Layers that a step has place for; undefined for the machine. */
  readonly slots: number | undefined;
  /** Whether the commitment key is the development key. */
  readonly insecure: boolean;
  /** The class of the output that was checked. */
  readonly class: number | undefined;
  /** The class that a program reveals when it is folded; what a wrap reveals is told by the final proof alone. */
  readonly revealed?: number | undefined;
}

/** @throws E_REJECTED */
export function checkClaims(record: CompleteRun, shown: Shown): void {
  const { model, key, statement } = record;
  const { steps, slots, insecure } = shown;
  const batch = statement.root !== undefined;
  if (model.layersPerStep !== (slots ?? 0)) throw told(`${slots} layers per step`, `${model.layersPerStep}`);
  const network = shown.stepsPerNetwork ?? (batch ? undefined : steps);
  // the readout, where a network has one, is no layer of a slot
  const own = [model.layers - 1, model.layers].map((layers) => Math.max(1, Math.ceil(layers / (slots ?? 1))));
  if (slots !== undefined && !own.some((n) => (network === undefined ? steps % n === 0 : n === network)))
    throw told(`a network of ${network ?? `a divisor of ${steps}`} steps`, `${model.layers} layers`);
  if (key.insecure !== insecure)
    throw told(insecure ? 'the INSECURE development key' : 'the key of a ceremony', `key insecure: ${key.insecure}`);
  const sentence = ownSentence(record, { steps, slots, batch, class: shown.class }, shown.revealed);
  if (statement.sentence !== sentence) throw told(`the sentence "${sentence}"`, `"${statement.sentence}"`);
}

const told = (expected: string, got: string): FoldError =>
  rejected('statement', `${expected}, as the proof shows`, `run.json says ${got}`);
