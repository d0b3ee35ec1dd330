/** Batches in one proof whose proof is true and whose words are not (verify-lies.test.ts): lists, members, what is private of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { addFinal } from '../helpers/final-beside.ts';
import { Liar } from '../helpers/liar.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const json = (...parts: string[]) => JSON.parse(readFileSync(folder.path(...parts), 'utf8'));
const copy = (from: string): Liar => new Liar(folder.path, from);

beforeAll(async () => {
  const { args, input } = smallRun(folder.path, 2);
  mkdirSync(folder.path('inputs'));
  for (const [k, id] of ['a', 'b'].entries())
    writeFileSync(folder.path('inputs', `${id}.json`), JSON.stringify({ input_data: [input.map((v) => v / (k + 1))] }));
  const [file, , , ...options] = args;
  for (const [name, more] of Object.entries({ together: [], hidden: ['--private', 'input,output'] })) {
    const command = ['batch', file!, folder.path('inputs'), '--one-proof', ...options, ...more];
    expect((await fold([...command, '--out', folder.path(name)])).code).toBe(0);
    addFinal(folder.path, `${name}-final`, name);
  }
}, 120_000);

describe.each(['', '-final'])('a batch in one proof%s', (kind) => {
  const [together, hidden] = [`together${kind}`, `hidden${kind}`];
  const member = (id: string) => json(together, 'members', `${id}.json`);

  it('is accepted as it is', async () => {
    for (const name of [together, hidden]) {
      const { code, err } = await fold(['verify', folder.path(name)]);
      expect([code, err]).toEqual([0, expect.not.stringContaining('error')]);
    }
  });

  it('says of items whose members are not here that what the lists tell of them is not checked', async () => {
    const { code, out } = await fold(['verify', folder.path(copy(together).remove('members/b.json').name)]);
    expect([code, out]).toEqual([0, expect.stringContaining('what results.csv tells of the others is not checked')]);
  });

  const LIES: readonly (readonly [lie: string, make: () => Liar, check: string])[] = [
    ['an output.json', () => copy(together).write('output.json', member('a').output).list('output.json'), 'files'],
    [
      'another class in its lists',
      () =>
        copy(together)
          .lines('manifest.jsonl', (line) => line.replace(/"class":\d+/, '"class":77'))
          .lines('results.csv', (line) => line.replace(/^([ab]),\d+/, '$1,77')),
      'class',
    ],
    [
      'another class in its manifest',
      () => copy(together).lines('manifest.jsonl', (line) => line.replace(/"class":\d+/, '"class":77')),
      'members',
    ],
    [
      'another class in its results',
      () => copy(together).lines('results.csv', (line) => line.replace(/^a,\d+/, 'a,77')),
      'members',
    ],
    [
      'a last row of its results that has no end',
      () => copy(together).lines('results.csv', (line) => (line === '' ? 'a,77,proven' : line)),
      'members',
    ],
    [
      'an item twice in its manifest',
      () =>
        copy(together).lines('manifest.jsonl', (line) =>
          line.includes('"id":"a"') ? `${line.replace(/"class":\d+/, '"class":77')}\n${line}` : line,
        ),
      'members',
    ],
    [
      'a line of its manifest that only people read',
      () => copy(together).lines('manifest.jsonl', (line) => line.replace(/"class":(\d+)/, '"class":"$1"')),
      'members',
    ],
    [
      'a class of a private output',
      () =>
        copy(hidden)
          .lines('manifest.jsonl', (line) => line.replace('"status"', '"class":77,"status"'))
          .lines('results.csv', (line) => line.replace(/^([ab]),/, '$1,77')),
      'class',
    ],
    [
      'a proven item that has no place in the tree',
      () =>
        copy(together).lines('manifest.jsonl', (line) =>
          line.includes('"id":"b"')
            ? `${line}\n${line.replace('"id":"b"', '"id":"z"').replace(/,"index":\d+/, '')}`
            : line,
        ),
      'members',
    ],
    [
      'a member that no list names',
      () => copy(together).write('members/z.json', { ...member('a'), output: member('b').output }),
      'output',
    ],
    [
      'another output among what is private',
      () => copy(hidden).lines('private/items.jsonl', (line) => line.replace(/"integers":\[-?\d+/, '"integers":[77')),
      'output',
    ],
    [
      'another input among what is private',
      () =>
        copy(hidden).lines('private/items.jsonl', (line) =>
          line.replace(/"input_data":\[\[[-0-9.e]+/, '"input_data":[[0.4375'),
        ),
      'input',
    ],
    [
      'what is private under the names of other items',
      () => copy(hidden).lines('private/items.jsonl', (line) => line.replace('"id":"a"', '"id":"c"')),
      'members',
    ],
    ['what is private of an item without its digests', () => copy(hidden).remove('members/a.json'), 'members'],
    [
      'another number of inputs in its sentence',
      () => copy(together).record((r) => Object.assign(r.statement, { sentence: 'On each of 99 inputs.' })),
      'statement',
    ],
  ];
  it.each(LIES)('is refused with %s', async (_, make, check) => {
    const { code, err, out } = await fold(['verify', folder.path(make().name)]);
    expect([code, err]).toEqual([1, expect.stringContaining(`check '${check}' failed`)]);
    expect(out).not.toContain('VERIFIED');
  });
});
