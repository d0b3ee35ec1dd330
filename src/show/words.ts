/** The sentences that go with a proof, in one place: what it is not, and what is assumed. */
import { canWrap } from '../api/keys.ts';
import type { KeySource } from '../folding/step-system.ts';
import type { PrivatePart, RunRecord } from '../store/run-record.ts';

/** What a folded proof is not. */
export function honestLines(key: KeySource): string[] {
  const sound = canWrap(key)
    ? 'It is sound if nobody knows the secret of the ceremony that made the key.'
    : 'It is sound, no set-up: nobody knows a relation between the points of its transparent key. It cannot be wrapped.';
  return [
    key.insecure ? INSECURE : sound,
    'The folded proof is neither small nor zero-knowledge: it contains folded witnesses, from which the model and the input may leak.',
  ];
}

/** What a final proof of one's own rests on, and what it hides. */
export function finalLines(insecure: boolean, hidden: readonly PrivatePart[]): string[] {
  return [
    restsOn(insecure),
    hidden.length > 0
      ? hides(hidden)
      : 'Nothing is private in this run: its digests have no salt, so that everyone recomputes them from the data.',
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

const restsOn = (insecure: boolean): string =>
  insecure
    ? INSECURE
    : 'It is sound if in each of the two ceremonies (commitment key, proving key) somebody kept no secret.';

const hides = (hidden: readonly PrivatePart[]): string =>
  `proof.json is zero-knowledge for the private ${hidden.join(', ')}: sizes and depth are all that it tells of it.`;

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
