/**
 * A private network on the machine: two of different architecture that have equally many steps and ports of the same shapes differ in
 * nothing that is shared but digests, and the scales and places of their interfaces. Their final proofs: test/final/machine-private.test.ts.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeProof } from '../../src/store/proof-file.ts';
import { ARCHITECTURE_WORDS, NAMES, PrivatePair, timeless } from '../helpers/private-pair.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const pair = new PrivatePair(folder.path);

beforeAll(() => pair.prove('--no-wrap', '--workers', '1', '--checkpoint-every', '1', '--keep', '10'), 900_000);

const CHECKPOINT = /^checkpoints\//;
const sharedOf = (name: string): string[] => pair.shared(name).filter((file) => !CHECKPOINT.test(file));

describe('what is shared of two private networks', () => {
  it('is the same files, none of which names a node or an operator', () => {
    expect(pair.shared('one')).toEqual(pair.shared('other'));
    expect(sharedOf('one')).toEqual(['events.ndjson', 'plan.json', 'run.json']);
    for (const name of NAMES)
      for (const file of sharedOf(name)) expect(pair.text(name, file)).not.toMatch(ARCHITECTURE_WORDS);
  });

  it('differs in digests, and in scales and places of the interface', () => {
    for (const at of pair.differences('run.json'))
      expect(at).toMatch(/^\/statement\/(modelDigest|inputDigest|outputDigest)$|^\/files\/\d\/(sha256|bytes)$/);
    for (const at of pair.differences('plan.json'))
      expect(at).toMatch(/^\/program\/chain$|^\/program\/interface\/(inputs|outputs)\/0\/(scale|places\/\d+)$/);
  });

  it('has files of the same sizes, whatever digits a scale has', () => {
    const sizes = (name: string) =>
      (pair.json(name, 'run.json') as { files: { bytes?: number }[] }).files.map(({ bytes }) => bytes);
    const plan = (name: string): string => pair.text(name, 'plan.json').replace(/"scale": [\d.e+-]+/g, '"scale": 1');
    expect(plan('one')).toHaveLength(plan('other').length);
    // plan.json alone has scales in it
    expect(sizes('one').slice(1)).toEqual(sizes('other').slice(1));
  });

  it('tells of the work in as many lines, without what a step computes: in the folder and in a stream', () => {
    const lines = NAMES.map((name) => pair.text(name, 'events.ndjson'));
    expect(timeless(lines[0]!)).toEqual(timeless(lines[1]!));
    expect(timeless(pair.streams[0]!)).toEqual(timeless(pair.streams[1]!));
    expect(pair.streams[0]).toContain('"type":"checkpoint"');
    for (const text of pair.streams) expect(text).not.toMatch(ARCHITECTURE_WORDS);
    for (const told of [lines, pair.streams]) {
      const numbers = told.map((text) =>
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
          .filter(({ type }) => type === 'step' || type === 'checkpoint')
          .map(({ step, steps, layers, bytes, activationDigest }) => [step, steps, layers, bytes, activationDigest]),
      );
      expect(numbers[0]).toEqual(numbers[1]);
      expect(numbers[0]!.length).toBeGreaterThan(0);
    }
  });

  it('has checkpoints of the same sizes, which show nothing of the memory', () => {
    const files = NAMES.map((name) => readdirSync(folder.path(name, 'checkpoints')).sort());
    expect(files[0]).toEqual(files[1]);
    expect(files[0]).toHaveLength(pair.steps);
    for (const file of files[0]!) {
      const [one, other] = NAMES.map((name) => folder.path(name, 'checkpoints', file)) as [string, string];
      expect(statSync(one).size).toBe(statSync(other).size);
      for (const path of [one, other]) {
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(decodeProof(readFileSync(path)).memory).toBeUndefined();
      }
    }
  });

  it('has folded proofs of the same size, and reports with the same words', async () => {
    const sizes = NAMES.map((name) => statSync(folder.path(name, 'folded.cbor')).size);
    expect(sizes[0]).toBe(sizes[1]);
    const pages: string[] = [];
    for (const name of NAMES) {
      const out = folder.path(`${name}.html`);
      expect(await fold(['report', folder.path(name), '--workers', '1', '--out', out])).toMatchObject({ code: 0 });
      const page = readFileSync(out, 'utf8');
      expect(page.replace(/<(style|script)[\s\S]*?<\/\1>/g, '')).not.toMatch(ARCHITECTURE_WORDS);
      pages.push(wordsOf(page.replaceAll(folder.path(name), 'FOLDER')));
    }
    expect(pages[0]).toBe(pages[1]);
  }, 300_000);
});

/** The text of a page without its drawings, numbers, units, digests and the names of the folders. */
function wordsOf(page: string): string {
  return page
    .replace(/<(style|script|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/(0x)?[0-9a-f]{16,}/g, 'DIGEST')
    .replace(/\b(one|other)\b/g, 'NAME')
    .replace(/[+-]?\d[\d.,:-]*(e[+-]?\d+)?/g, '0')
    .replace(/0 (kB|MB|GB|ms|min|s|B)\b/g, '0')
    .replace(/(0 )+/g, '0 ')
    .replace(/\s+/g, ' ');
}
