/** The sentences that go with a proof, in one place: what is proven, what is not, and what is assumed. */
import type { KeySource } from '../folding/step-system.ts';
import type { RunRecord } from '../store/run-folder.ts';
import { count } from './format.ts';

interface Claim {
  readonly layers: number;
  readonly steps: number;
  readonly class: number;
}

/** For run.json and for people. */
export function sentenceOf({ layers, steps, class: predicted }: Claim): string {
  return (
    `The committed network of ${count(layers)} layers, run layer by layer in exact integers (${count(steps)} steps) on the input ` +
    `with this digest, gives the output with this digest; its class is ${predicted}.`
  );
}

/** What this proof is not. */
export function honestLines({ insecure }: Pick<KeySource, 'insecure'>): string[] {
  return [
    insecure
      ? 'What it is not: it was made with the INSECURE development key, under which anyone can forge a proof; take a ceremony key (--ptau FILE) for one that convinces.'
      : 'It is sound if nobody knows the secret of the ceremony that made the key.',
    'It is not yet small and not zero-knowledge: it contains folded witnesses, from which the model and the input may leak.',
  ];
}

/** Which files may go to others. */
export function shareLines(
  files: RunRecord['files'] | readonly { readonly path: string; readonly share: string }[],
): string[] {
  const named = (share: string): string =>
    files
      .filter((file) => file.share === share)
      .map(({ path }) => path)
      .join(', ') || 'nothing';
  return [`share: run.json, ${named('yes')}`, `keep:  ${named('no')}`];
}
