/** Run folders: what is written, in which order, and what a reader refuses. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/store/digest.ts';
import { jsonBytes } from '../../src/store/json.ts';
import { parseOutput, parseRunInput } from '../../src/store/run-data.ts';
import { type RunFile, readRun, readRunFile, writeComplete, writeUnfinished } from '../../src/store/run-folder.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const root = mkdtempSync(join(tmpdir(), 'layerfold-run-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = {
  model: { name: 'net', sha256: 'a'.repeat(64), layers: 3, layersPerStep: 1 },
  key: { name: 'INSECURE DEV', insecure: true },
  private: [],
};
const digest = `0x${'0'.repeat(64)}`;
const statement = {
  sentence: 'A sentence.',
  parameters: digest,
  modelDigest: digest,
  inputDigest: digest,
  outputDigest: digest,
  steps: 3,
};
const bytes = new TextEncoder().encode('content');
const files: RunFile[] = [
  { path: 'folded.cbor', bytes, share: 'yes' },
  { path: 'private/input.json', bytes, share: 'no' },
];

describe('run folder', () => {
  it('is absent, unfinished, then complete', async () => {
    const folder = join(root, 'a', 'b');
    expect(await readRun(folder)).toBeUndefined();
    await writeUnfinished(folder, run, 'running');
    expect(await readRun(folder)).toEqual({ format: 'layerfold/run', version: 1, state: 'running', ...run, files: [] });
    await writeComplete(folder, run, statement, files);
    const record = await readRun(folder);
    expect(record).toMatchObject({ state: 'complete', statement });
    expect(record!.files).toEqual([
      { path: 'folded.cbor', sha256: sha256Hex(bytes), bytes: 7, share: 'yes' },
      // its digest would let anyone confirm a guess of the input
      { path: 'private/input.json', share: 'no' },
    ]);
    expect(await readRunFile(folder, 'folded.cbor')).toEqual(bytes);
    expect(await readRunFile(folder, 'plan.json')).toBeUndefined();
    writeFileSync(join(folder, 'plan.json'), new Uint8Array(2 ** 22 + 1));
    expect((await foldErrorOfAsync(() => readRunFile(folder, 'plan.json'))).code).toBe('E_TOO_LARGE');
  });

  it('has no record while the files of a new run replace those of an old one', async () => {
    const folder = join(root, 'replaced');
    await writeComplete(folder, run, statement, files);
    const broken = [...files, { path: 'plan.json', bytes: 'no bytes' as never, share: 'yes' }] as RunFile[];
    broken[2] = { ...broken[2]!, path: 'folded.cbor/x' as never };
    expect((await foldErrorOfAsync(() => writeComplete(folder, run, statement, broken))).code).toBe('E_DISK');
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
    expect(readFileSync(join(folder, 'folded.cbor'))).toEqual(Buffer.from(bytes));
  });

  it('cannot be made where a file stands', async () => {
    const path = join(root, 'file');
    writeFileSync(path, 'x');
    expect((await foldErrorOfAsync(() => writeUnfinished(path, run, 'running'))).code).toBe('E_DISK');
    expect((await foldErrorOfAsync(() => readRun(path))).code).toBe('E_FILE');
  });

  it.each([
    ['another format', { format: 'x' }],
    ['another version', { version: 2 }],
    ['an unknown state', { state: 'done' }],
    ['a short digest', { statement: { ...statement, modelDigest: '0x1' } }],
    [
      'a file that is none of a run',
      { files: [{ path: '/etc/passwd', sha256: 'a'.repeat(64), bytes: 1, share: 'no' }] },
    ],
    ['an unknown field', { more: 1 }],
  ])('is refused with %s', async (_what, change) => {
    const folder = join(root, `bad-${Object.keys(change)[0]}`);
    await writeComplete(folder, run, statement, files);
    const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...record, ...change }));
    expect((await foldErrorOfAsync(() => readRun(folder))).code).toBe('E_FORMAT');
  });

  it('reads outputs and inputs only in their form', () => {
    const output = {
      format: 'layerfold/output',
      version: 1,
      shape: [1, 1],
      integers: [5],
      values: [2.5],
      fraction: 1,
      class: 0,
    };
    expect(parseOutput(jsonBytes(output))).toEqual(output);
    for (const change of [{ integers: [0.5] }, { integers: ['5'] }, { class: -1 }, { values: [null] }]) {
      expect(foldErrorOf(() => parseOutput(jsonBytes({ ...output, ...change }))).code).toBe('E_FORMAT');
    }
    const input = { input_data: [[0.5]], input_shapes: [[1, 1]] };
    expect(parseRunInput(jsonBytes(input))).toEqual(input);
    expect(foldErrorOf(() => parseRunInput(jsonBytes({ input_data: [[1], [2]] }))).code).toBe('E_FORMAT');
  });
});
