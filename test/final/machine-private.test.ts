/**
 * Final proofs of two private networks on the machine that differ in architecture alone: whoever gets all that is shared learns digests,
 * and the scales and places of the interface. The development key of the machine comes from the cache of this test, made by the first.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { useFolder } from '../cli/harness.ts';
import { ARCHITECTURE_WORDS, differences, NAMES, PrivatePair, timeless } from '../helpers/private-pair.ts';

const folder = useFolder();
const pair = new PrivatePair(folder.path);
beforeAll(() => pair.prove('--insecure-dev'));

describe('what is shared of two private networks with final proofs', () => {
  it('is the same files, none of which names a node or an operator', () => {
    const files = ['events.ndjson', 'plan.json', 'proof.json', 'public.json', 'run.json', 'verification_key.json'];
    for (const name of NAMES) {
      expect(pair.shared(name)).toEqual(files);
      for (const file of files) expect(pair.text(name, file)).not.toMatch(ARCHITECTURE_WORDS);
    }
  });

  it('is one key, and proofs that differ in digests, points and values alone', () => {
    expect(pair.text('one', 'verification_key.json')).toBe(pair.text('other', 'verification_key.json'));
    const same = (file: string): unknown[] =>
      NAMES.map((name) => JSON.stringify(pair.json(name, file), (_, v) => (isElement(v) ? 'ELEMENT' : v)));
    for (const file of ['proof.json', 'public.json']) {
      const [one, other] = same(file);
      expect(one).toBe(other);
    }
    for (const at of pair.differences('run.json'))
      expect(at).toMatch(/^\/statement\/(modelDigest|inputDigest|outputDigest)$|^\/files\/\d+\/(sha256|bytes)$/);
    const [one, other] = NAMES.map((name) => pair.json(name, 'proof.json') as { statement: Record<string, unknown> });
    for (const at of differences(one!.statement, other!.statement)) expect(at).toMatch(/^\/\w+Digest$/);
  });

  it('tells of the work in as many lines', () => {
    // the first of the runs made circuit and key, and how often progress is told is the clock's
    const work = (lines: string): string[] =>
      timeless(lines).filter((line) => !/"(setup|wrap-circuit)"|"type":"progress"/.test(line));
    const [one, other] = NAMES.map((name) => work(pair.text(name, 'events.ndjson')));
    expect(one).toEqual(other);
    expect(work(pair.streams[0]!)).toEqual(work(pair.streams[1]!));
    for (const text of pair.streams) expect(text).not.toMatch(ARCHITECTURE_WORDS);
  });
});

/** A decimal or hexadecimal number that is large, as digests and coordinates are. */
const isElement = (value: unknown): boolean =>
  typeof value === 'string' && (/^0x[0-9a-f]{40,}$/.test(value) || /^\d{40,}$/.test(value));
