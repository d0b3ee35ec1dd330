/** The sentences that go with a proof, in one place: what is proven, what is not, and what is assumed. */
import type { KeySource } from '../folding/step-system.ts';
import type { PrivatePart, RunRecord } from '../store/run-record.ts';
import { count, counted } from './format.ts';

interface Claim {
  readonly layers: number;
  readonly steps: number;
  /** Undefined when it is not told. */
  readonly class: number | undefined;
}

/** For run.json and for people. */
export function sentenceOf({ layers, steps, class: predicted }: Claim): string {
  return (
    `The committed network of ${counted(layers, 'layer')}, run layer by layer in exact integers (${counted(steps, 'step')}) on the input ` +
    `with this digest, gives the output with this digest${predicted === undefined ? '' : `; its class is ${predicted}`}.`
  );
}

/** The same of a batch in one proof. */
export function batchSentence({ layers, steps, items }: Omit<Claim, 'class'> & { readonly items: number }): string {
  return (
    `The committed network of ${counted(layers, 'layer')}, run layer by layer in exact integers (${counted(steps, 'step')}) on each of ` +
    `${counted(items, 'input')}, gives ${counted(items, 'output')}: the digests of every input and its output are in the leaves 0 to ` +
    `${count(items - 1)} of the tree with this root.`
  );
}

/** What a folded proof is not. */
export function honestLines({ insecure }: Pick<KeySource, 'insecure'>): string[] {
  return [
    insecure ? INSECURE : 'It is sound if nobody knows the secret of the ceremony that made the key.',
    'The folded proof is neither small nor zero-knowledge: it contains folded witnesses, from which the model and the input may leak.',
  ];
}

/** What a final proof rests on, and what it hides. */
export function finalLines(insecure: boolean, hidden: readonly PrivatePart[]): string[] {
  return [
    insecure
      ? INSECURE
      : 'It is sound if in each of the two ceremonies (commitment key, proving key) somebody kept no secret.',
    hidden.length > 0
      ? `proof.json is zero-knowledge for the private ${hidden.join(', ')}: sizes and depth are all that it tells of it.`
      : 'Nothing is private in this run: its digests have no salt, so that everyone recomputes them from the data.',
  ];
}

const INSECURE =
  'What it is not: it was made with the INSECURE development key, under which anyone can forge a proof; take a ceremony key (--ptau FILE) for one that convinces.';

/** Which files may go to others; of a batch in one proof its members besides. */
export function shareLines(
  files: RunRecord['files'] | readonly { readonly path: string; readonly share: string }[],
  batch: boolean,
): string[] {
  const named = (share: string): string =>
    files
      .filter((file) => file.share === share)
      .map(({ path }) => path)
      .join(', ') || 'nothing';
  return [`share: run.json, ${batch ? 'manifest.jsonl, members/, ' : ''}${named('yes')}`, `keep:  ${named('no')}`];
}
