/**
 * Names of a batch's inputs as names of folders: safe on every file system, each once, and the same in every run, so that a
 * batch that is run again finds what it made. A name that serves stays as it is, whatever other names there are; the other
 * ones get a digest of themselves.
 */
import { sha256Hex } from '../store/digest.ts';

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** What Windows takes for devices, with any ending, and a last dot, which it drops. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.$/i;
/** Of what is kept of a name that does not serve; leaves room for a digest and a number. */
const KEPT = 80;

/** An id for each name, in their order. */
export function batchIds(names: readonly string[]): string[] {
  const exact = names.map((name) => name.normalize('NFC'));
  const spellings = new Map<string, Set<string>>();
  for (const name of exact) {
    const folded = name.toLowerCase();
    spellings.set(folded, (spellings.get(folded) ?? new Set()).add(name));
  }
  // some file systems know no difference between upper and lower case: of several spellings the lower one stays
  const serves = (name: string): boolean =>
    SAFE.test(name) &&
    !RESERVED.test(name) &&
    (name === name.toLowerCase() || spellings.get(name.toLowerCase())!.size === 1);
  const taken = new Set<string>();
  const free = (id: string): boolean => !taken.has(id.toLowerCase());
  const take = (id: string): string => {
    taken.add(id.toLowerCase());
    return id;
  };
  const ids = exact.map((name) => (serves(name) && free(name) ? take(name) : undefined));
  return ids.map((id, k) => {
    if (id !== undefined) return id;
    const name = exact[k]!;
    const made = serves(name) ? name : madeOf(name);
    if (free(made)) return take(made);
    for (let n = 2; ; n++) {
      const numbered = `${made.slice(0, KEPT + 10)}-${n}`;
      if (free(numbered)) return take(numbered);
    }
  });
}

/** What can be kept of a name, without accents, and the beginning of its digest. */
function madeOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  const kept = RESERVED.test(plain) || plain === '' ? `input-${plain}` : plain;
  const digest = sha256Hex(new TextEncoder().encode(name)).slice(0, 8);
  return `${kept.slice(0, KEPT).replace(/[^A-Za-z0-9]+$/, '')}-${digest}`;
}
