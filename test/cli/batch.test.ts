/** Batches: where inputs come from, bad ones among them, what is found done, and what every item's folder proves. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FoldError } from '../../src/errors.ts';
import { batchIds } from '../../src/ir/batch-ids.ts';
import { readBatch } from '../../src/ir/batch-inputs.ts';
import { parseCsv } from '../../src/store/csv.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { fold, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const { graph, input } = randomChain(3, { kind: 'dense', layers: 3 });
const scaled = (by: number): number[] => [...input.data].map((x) => x * by);
const ezkl = (by: number, id?: string) => JSON.stringify({ ...(id && { id }), input_data: [scaled(by)] });

async function* nothing(): AsyncGenerator<Uint8Array> {}
async function* lines(text: string): AsyncGenerator<Uint8Array> {
  // a chunk may end anywhere
  for (let i = 0; i < text.length; i += 7) yield new TextEncoder().encode(text.slice(i, i + 7));
}

beforeAll(() => {
  writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
  mkdirSync(folder.path('inputs'));
  writeFileSync(folder.path('inputs', 'b.json'), ezkl(0.5));
  writeFileSync(folder.path('inputs', 'a.json'), ezkl(1));
  writeFileSync(folder.path('inputs', 'notes.txt'), 'no input');
  writeFileSync(folder.path('more.jsonl'), `${ezkl(0.25, 'named')}\n\n[${JSON.stringify(scaled(0.75))}]\n`);
  writeFileSync(folder.path('bad.json'), '{"input_data": [[1]]}');
  writeFileSync(folder.path('far.json'), ezkl(1e6));
});

describe('inputs', () => {
  it('come from files, folders, lines and standard input, each with a name', async () => {
    const paths = [folder.path('inputs'), folder.path('more.jsonl'), folder.path('bad.json'), '-'];
    const items = await readBatch(paths, graph, lines(`${ezkl(1, 'piped')}\nnot json\n`));
    expect(items.map(({ id }) => id)).toEqual(['a', 'b', 'named', 'more-0003', 'bad', 'piped', 'stdin-0002']);
    const errors = items.map(({ input: one }) => (one instanceof FoldError ? one.code : 'ok'));
    expect(errors).toEqual(['ok', 'ok', 'ok', 'ok', 'E_INPUT', 'ok', 'E_FORMAT']);
    expect(items[3]).toMatchObject({
      source: `${folder.path('more.jsonl')}:3`,
      input: { data: Float64Array.from(scaled(0.75)) },
    });
  });

  it('are none: refused', async () => {
    expect((await foldErrorOfAsync(() => readBatch([], graph, nothing()))).code).toBe('E_USAGE');
  });

  it('of a folder may have any name, and none stops the others', async () => {
    const odd = folder.path('odd');
    mkdirSync(join(odd, 'folder.json'), { recursive: true });
    const names = ['a b.json', 'Füße.json', 'a.json', 'B.JSON', '._a.json', '-x.json', 'nul.x.json', 'x.html'];
    for (const name of names) writeFileSync(join(odd, name), ezkl(1));
    writeFileSync(join(odd, 'lines.JSONL'), `{"id": 7, "input_data": [${JSON.stringify(scaled(1))}]}\n`);
    const items = await readBatch([odd], graph, nothing());
    expect(items.map(({ source, id }) => [source.slice(odd.length + 1), id])).toEqual([
      ['-x.json', 'x-a4209624'],
      ['B.JSON', 'B'],
      ['Füße.json', 'Fu-e-976502e2'],
      ['a b.json', 'a-b-c8687a08'],
      ['a.json', 'a'],
      ['folder.json', 'folder'],
      ['lines.JSONL:1', '7'],
      ['nul.x.json', 'input-nul.x-4f25bf65'],
    ]);
    const bad = items.filter(({ input: one }) => one instanceof FoldError).map(({ id }) => id);
    expect(bad).toEqual(['folder']);
  });

  it('must exist', async () => {
    expect((await foldErrorOfAsync(() => readBatch([folder.path('absent.json')], graph, nothing()))).code).toBe(
      'E_FILE',
    );
  });
});

describe('ids', () => {
  const safe = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

  it('are what the names are where those serve', () => {
    expect(batchIds(['a', 'B', 'x.y_z-1', 'n'.repeat(100)])).toEqual(['a', 'B', 'x.y_z-1', 'n'.repeat(100)]);
  });

  it.each([
    ['names that leave the folder', ['../x', '..', '.', '', '/', 'a/b', 'a\\b']],
    ['devices and what file systems drop', ['NUL', 'con', 'com1.json', 'a.', 'aux.x.']],
    ['names of one spelling but for case', ['Ab', 'aB', 'AB', 'ab']],
    ['names that come again', ['a', 'a', 'a-2', 'a', 'A', 'a b', 'a b', 'a-2']],
    ['long names', ['n'.repeat(101), 'n'.repeat(102), 'ü'.repeat(300), 'n'.repeat(100), 'n'.repeat(100)]],
    ['control characters', ['a\nb', 'a\u001b[2Jb', 'a\u202eb', '\u0000']],
  ])('are safe, and each once: %s', (_what, names) => {
    const ids = batchIds(names);
    for (const id of ids) expect(id).toMatch(safe);
    for (const id of ids) expect(id).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.$/i);
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(names.length);
    expect(batchIds(names)).toEqual(ids);
  });

  it('do not change when other names come, nor with the form of an accent or the order', () => {
    const names = ['a', 'b c', 'Füße', 'X'];
    const ids = batchIds(names);
    expect(batchIds([...names, 'A', 'd e', 'a']).slice(0, 4)).toEqual(ids);
    expect(batchIds([...names].reverse())).toEqual([...ids].reverse());
    expect(batchIds(names.map((name) => name.normalize('NFD')))).toEqual(ids);
  });
});

describe('fold batch', () => {
  const out = (): string => folder.path('batch');
  const batch = (...args: string[]): Promise<Outcome> =>
    fold([
      'batch',
      folder.path('model.onnx'),
      ...args,
      '--insecure-dev',
      '--no-wrap',
      '--workers',
      '1',
      '--out',
      out(),
    ]);
  const inputs = () => [folder.path('inputs', 'a.json'), folder.path('far.json'), folder.path('bad.json')];
  const results = (): string[][] => parseCsv(readFileSync(join(out(), 'results.csv'), 'utf8'));

  it('stops before any proof where it is told to', async () => {
    const stopped = await batch(...inputs(), '--on-bad', 'stop');
    expect(stopped).toMatchObject({ code: 3, err: expect.stringMatching(/E_RANGE: Input "far"/) });
    expect(existsSync(out())).toBe(false);
  });

  it('proves the good ones, tells the bad ones, and exits with 5', async () => {
    const { code, out: said } = await batch(...inputs());
    expect(code).toBe(5);
    expect(said).toMatch(/^FAILED far: E_RANGE/m);
    expect(said).toMatch(/^1 of 3 inputs proven/m);
    expect(results().map((row) => [row[0], row[2], row[4]])).toEqual([
      ['id', 'status', 'error'],
      ['a', 'proven', ''],
      ['far', 'failed', 'E_RANGE'],
      ['bad', 'failed', 'E_INPUT'],
    ]);
    const next = /^next: fold (.*)$/m.exec(said)![1]!.split(' ');
    expect((await fold([...next, '--no-wrap'])).code).toBe(0);
  });

  it('does only what is missing, and lists all of it', async () => {
    const first = results();
    const again = await batch(folder.path('inputs'), folder.path('more.jsonl'), '--json');
    expect(again.code).toBe(0);
    const items = again.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type, name }) => type === 'fact' && name === 'item');
    expect(items.map(({ id, made }) => [id, made])).toEqual([
      ['a', false],
      ['b', true],
      ['named', true],
      ['more-0003', true],
    ]);
    expect(results()[1]).toEqual(first[1]);
    const manifest = readFileSync(join(out(), 'manifest.jsonl'), 'utf8').trimEnd().split('\n');
    expect(manifest.map((line) => JSON.parse(line).status)).toEqual(Array.from({ length: 4 }, () => 'proven'));

    rmSync(join(out(), 'items', 'b'), { recursive: true });
    const third = await batch(folder.path('inputs'), '--json');
    const made = third.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type, name }) => type === 'fact' && name === 'item');
    expect(made.map((item) => [item.id, item.made])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  it('does not take the proof of another input or model for one of this', async () => {
    writeFileSync(folder.path('a.json'), ezkl(0.125));
    const other = await batch(folder.path('a.json'));
    expect(other.code).toBe(5);
    expect(results()[1]!.slice(2)).toEqual(['failed', '', 'E_RUN_EXISTS']);
    const forced = await batch(folder.path('a.json'), '--force');
    expect(forced.code).toBe(0);
  });

  it('goes on after an interruption', async () => {
    const stop = new AbortController();
    stop.abort();
    const args = [
      'batch',
      folder.path('model.onnx'),
      folder.path('inputs'),
      '--insecure-dev',
      '--no-wrap',
      '--out',
      out(),
    ];
    rmSync(out(), { recursive: true });
    const stopped = await fold([...args, '--workers', '1'], { signal: stop.signal });
    expect(stopped.code).toBe(130);
    // and two at a time
    expect((await fold([...args, '--workers', '2'])).code).toBe(0);
    expect(
      results()
        .slice(1)
        .map((row) => row[2]),
    ).toEqual(['proven', 'proven']);
  });

  it('proves inputs of any name, tells by what they go, and finds them again', async () => {
    mkdirSync(folder.path('named'));
    for (const name of ['ü 1.json', '._x.json', 'a.json']) writeFileSync(folder.path('named', name), ezkl(1));
    const [first, second] = [await batch(folder.path('named'), '--json'), await batch(folder.path('named'), '--json')];
    const id = 'u-1-7c201433';
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.out).toContain(`"name":"ids","renamed":[{"id":"${id}","name":"ü 1"`);
    expect(results().map(([name, , status]) => [name, status])).toEqual([
      ['id', 'status'],
      ['a', 'proven'],
      [id, 'proven'],
    ]);
    expect(second.out.match(/"made":false/g)).toHaveLength(2);
  });

  it('keeps what an item took over sittings that end before its turn', async () => {
    const took = (): string[] => results().map((row) => row[3]!);
    const before = took();
    expect(before.slice(1).every((seconds) => Number(seconds) > 0)).toBe(true);
    const stop = new AbortController();
    stop.abort();
    const args = ['batch', folder.path('model.onnx'), folder.path('named'), '--insecure-dev', '--no-wrap'];
    expect((await fold([...args, '--workers', '1', '--out', out()], { signal: stop.signal })).code).toBe(130);
    expect(results()[1]![2]).toBe('waiting');
    expect((await batch(folder.path('named'))).code).toBe(0);
    expect(took()).toEqual(before);
  });
});
