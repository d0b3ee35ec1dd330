/** What the verification of a final proof says, in one place for the command line and the page. */
import type { PrivatePart } from '../store/run-record.ts';
import { count, counted, hex } from '../units.ts';
import type { FinalStatement } from '../wrap/final-proof.ts';

/** What was verified. `missing`: what of it nobody pinned, in words. */
export function verifiedLine(
  { steps, modelDigest }: Pick<FinalStatement, 'steps' | 'modelDigest'>,
  insecure: boolean,
  missing: readonly string[],
): string {
  const pinned = missing.length === 0 ? '' : ', NOT PINNED';
  return `VERIFIED${pinned}: ${count(Number(steps))} steps, model ${hex(modelDigest)}${insecure ? ', key INSECURE DEV' : ''}`;
}

/** Nothing where all is pinned. */
export function notPinnedLines(missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  const were = missing.length === 1 ? 'was' : 'were';
  return [
    `NOT PINNED: ${missing.join(' and ')} ${were} taken from what came with the proof, and compared with nothing.`,
  ];
}

export const classLine = (revealed: number | undefined): string =>
  revealed === undefined ? 'the proof does not reveal the class' : `class ${revealed}, revealed by the proof`;

/** The same of a lone proof of the machine, beside which nothing says what the number is. */
export const numberLine = (k: bigint): string =>
  k === 0n
    ? classLine(undefined)
    : `the proof reveals the number ${k - 1n}; what it is the interface of the program says, in plan.json of the run`;

/** Of an input that was compared. `ofNetwork`: whether its shape is that of a network that the verifier named. */
export function inputLine(path: string, numbers: number, step: string, ofNetwork: boolean): string {
  const rounded = `as multiples of ${step}`;
  return ofNetwork
    ? `input PINNED: ${path} is the proven input, its ${count(numbers)} numbers ${rounded}`
    : `input PINNED: the ${count(numbers)} numbers of ${path} in their order, ${rounded} and with zeros behind them, are the proven input; its shape is the file's, no network was named (--model, --network)`;
}

/** Of a batch of which no member is at hand. */
export const batchLine = ({ root, steps }: Pick<FinalStatement, 'root' | 'steps'>): string =>
  `a batch with root ${hex(root)}; how many items it covers a member shows (--member FILE): ${counted(Number(steps), 'step')}, divided by those of one network`;

/** What could not be recomputed, because it is not here. `input`: whether it was checked, or compared with the user's own. */
export function missingLines(
  { inputDigest, outputDigest }: { readonly inputDigest: string; readonly outputDigest: string },
  output: boolean,
  input: boolean,
): string[] {
  return [
    ...(output ? [] : [`the output is not here; the proof is about the one with digest ${outputDigest}`]),
    ...(input ? [] : [`the input is not here; the proof is about the one with digest ${inputDigest}`]),
  ];
}

/** The same of a proof that somebody else made. Which digests have a salt no proof shows: run.json says it, if there is one. */
export function verifiedLines(insecure: boolean, told: readonly PrivatePart[] | undefined): string[] {
  return [
    restsOn(insecure),
    told === undefined
      ? 'What of the run is private a proof alone does not say: it is zero-knowledge for the data behind every digest that has a salt.'
      : told.length > 0
        ? `${hides(told)} That these are private run.json says.`
        : 'run.json calls nothing private: then the digests have no salt, and everyone recomputes them from the data.',
  ];
}

/** On what a final proof rests. */
export const restsOn = (insecure: boolean): string =>
  insecure
    ? INSECURE
    : 'It is sound if in each of the two ceremonies (commitment key, proving key) somebody kept no secret.';

export const hides = (hidden: readonly PrivatePart[]): string =>
  `proof.json is zero-knowledge for the private ${hidden.join(', ')}: sizes and depth are all that it tells of it.`;

export const INSECURE =
  'What it is not: it was made with the INSECURE development key, under which anyone can forge a proof; take a ceremony key (--ptau FILE) for one that convinces.';
