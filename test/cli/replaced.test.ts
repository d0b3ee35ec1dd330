/**
 * A finished batch that another one replaces (--force), killed at each place where files change: what is there is the old
 * run, whole, or no run that anyone would take for one; and the new one is gone on with, its fold not made again.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leftovers, statementIn } from '../helpers/crashes.ts';
import { foldProcess } from '../helpers/processes.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const LAYERS = 2;
const COUNT = 2;
let old: unknown;
let fresh: unknown;

/** The same items in the order of a file, which is another statement. */
const batch = (inputs: string, out: string): string[] => [
  ...['batch', folder.path('model.onnx'), folder.path(inputs), '--one-proof', '--insecure-dev', '--no-wrap'],
  ...['--layers-per-step', '1', '--workers', '1', '--out', folder.path(out)],
];
const verify = (out: string): Promise<Outcome> => fold(['verify', folder.path(out)]);
const results = (out: string): string => readFileSync(folder.path(out, 'results.csv'), 'utf8');

beforeAll(async () => {
  const { input } = smallRun(folder.path, LAYERS);
  const items = ['a', 'b'].map((id, k) => JSON.stringify({ id, input_data: [input.map((v) => v / (k + 1))] }));
  writeFileSync(folder.path('ab.jsonl'), items.join('\n'));
  writeFileSync(folder.path('ba.jsonl'), items.reverse().join('\n'));
  expect((await fold(batch('ab.jsonl', 'old'))).code).toBe(0);
  expect((await fold(batch('ba.jsonl', 'fresh'))).code).toBe(0);
  expect((await fold(['report', folder.path('old')])).code).toBe(0);
  [old, fresh] = ['old', 'fresh'].map((out) => statementIn(folder.path(out)));
  expect(fresh).not.toEqual(old);
});

describe('a batch that replaces another', () => {
  it.each([
    ['the proof is kept', `${String(LAYERS * COUNT).padStart(6, '0')}.cbor`, true],
    ['the second member', 'a.json', false],
    ['the record', 'run.json', false],
  ])('killed before %s', async (_what, file, before) => {
    const out = `before-${file}`;
    cpSync(folder.path('old'), folder.path(out), { recursive: true });
    const killed = await foldProcess([...batch('ba.jsonl', out), '--force'], {
      cache: folder.path('cache'),
      fault: `before ${file}`,
    });
    expect(killed.code).toBeNull();
    const found = await verify(out);
    if (before) {
      expect([found.code, statementIn(folder.path(out)), results(out)]).toEqual([0, old, results('old')]);
      expect(found.out).toContain(`${COUNT} of ${COUNT} members are here and checked`);
    } else {
      expect([found.code, found.err]).toEqual([2, expect.stringContaining(`hint: fold resume ${folder.path(out)}`)]);
      for (const name of ['proof.json', 'report.html']) expect(existsSync(folder.path(out, name))).toBe(false);
    }

    const resumed = await fold(['resume', folder.path(out), '--workers', '1', '--json']);
    expect([resumed.code, resumed.err]).toEqual([0, '']);
    // of a proof that was kept nothing is folded again
    const steps = lines(resumed.out).filter(({ type }) => type === 'step');
    expect(steps).toHaveLength(before ? LAYERS * COUNT : 0);
    expect([statementIn(folder.path(out)), leftovers(folder.path(out))]).toEqual([fresh, []]);
    const verified = await verify(out);
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining(`${COUNT} of ${COUNT} members`)]);
    expect(
      results(out)
        .split('\n')
        .slice(1, -1)
        .every((row) => row.includes(',proven,')),
    ).toBe(true);
  });

  it('takes what spoke of the old proof with it', async () => {
    cpSync(folder.path('old'), folder.path('single'), { recursive: true });
    writeFileSync(folder.path('single', 'notes.txt'), 'mine');
    const { args } = smallRun(folder.path, LAYERS);
    expect((await fold(['prove', ...args, '--force', '--out', folder.path('single')])).code).toBe(0);
    for (const name of ['members', 'results.csv', 'manifest.jsonl', 'report.html'])
      expect([name, existsSync(folder.path('single', name))]).toEqual([name, false]);
    expect(existsSync(folder.path('single', 'notes.txt'))).toBe(true);
    expect((await verify('single')).code).toBe(0);
  });
});

it('a final proof that the record does not list yet is none: a kill may have come between the two', async () => {
  cpSync(folder.path('old'), folder.path('wrapped'), { recursive: true });
  writeFileSync(folder.path('wrapped', 'proof.json'), '{}');
  expect((await verify('wrapped')).code).toBe(0);
  expect((await fold(batch('ab.jsonl', 'wrapped'))).out).toContain('verified again');
});
