/** The sentences that go with a proof, in one place: what it is not, and what is assumed. */
import { canWrap } from '../api/keys.ts';
import type { KeySource } from '../folding/step-system.ts';
import { COMPRESSED_LINE, soundLine } from '../report/chain-words.ts';
import { hides, restsOn } from '../report/final-words.ts';
import type { PrivatePart, RunRecord } from '../store/run-record.ts';

/** What a folded proof is not. */
export function honestLines(key: KeySource): string[] {
  return [
    soundLine(key.insecure, canWrap(key)),
    'The folded proof is neither small nor zero-knowledge: it contains folded witnesses, from which the model and the input may leak.',
  ];
}

/** What a compressed proof rests on, and what it is not. */
export const compressedLines = (key: KeySource): string[] => [soundLine(key.insecure, canWrap(key)), COMPRESSED_LINE];

/** What a final proof of one's own rests on, and what it hides. */
export function finalLines(insecure: boolean, hidden: readonly PrivatePart[]): string[] {
  return [
    restsOn(insecure),
    hidden.length > 0
      ? hides(hidden)
      : 'Nothing is private in this run: its digests have no salt, so that everyone recomputes them from the data.',
  ];
}

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
