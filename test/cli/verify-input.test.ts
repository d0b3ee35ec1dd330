/** `fold verify --input`: the proven input is the verifier's own copy, or it is rejected; of runs and of a batch's items. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FINAL_FILE } from '../../src/store/run-record.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const write = (name: string, json: unknown): void => writeFileSync(folder.path(name), JSON.stringify(json));
const verify = (name: string, input: string, ...more: string[]): Promise<Outcome> =>
  fold(['verify', folder.path(name), '--input', folder.path(input), ...more]);
const model = (): string[] => ['--model', folder.path('model.onnx'), '--workers', '1'];
const statement = (name: string) => JSON.parse(readFileSync(folder.path(name, 'run.json'), 'utf8')).statement;

beforeAll(async () => {
  const { args, input } = smallRun(folder.path, 1);
  const other = input.map((v) => v / 2);
  mkdirSync(folder.path('inputs'));
  for (const [id, numbers] of Object.entries({ a: input, b: other }))
    write(`inputs/${id}.json`, { input_data: [numbers] });
  write('other.json', { input_data: [other] });
  write('nested.json', [[...input]]);
  write('long.json', new Array(1000).fill(0));
  write('short.json', input.slice(1));
  write(
    'large.json',
    input.map(() => 1e6),
  );

  const [file, , , ...options] = args;
  const together = ['batch', file!, folder.path('inputs'), '--one-proof', ...options];
  for (const [name, command] of Object.entries({ single: ['prove', ...args], together })) {
    await fold([...command, '--out', folder.path(name), '--checkpoint-every', '1']);
    await fold([...command, '--out', folder.path(`${name}-hidden`), '--private', 'input']);
    addFinal(folder.path, `${name}-final`, name);
    addFinal(folder.path, `${name}-hidden-final`, `${name}-hidden`);
  }
}, 60_000);

const KINDS = ['', '-final'];

describe.each(KINDS)('a single run%s', (kind) => {
  const single = `single${kind}`;
  const hidden = `single-hidden${kind}`;

  it('is of the input, however it is written, and says so', async () => {
    for (const input of ['input.json', 'nested.json']) {
      const { code, out } = await verify(single, input);
      expect(code).toBe(0);
      expect(out).toMatch(/^ok {2}input-digest/m);
      expect(out).toMatch(/^input PINNED: the \d numbers of .*; its shape is the file's, no network was named/m);
    }
    const told = lines((await verify(single, 'input.json', '--json')).out).at(-1);
    expect(told).toMatchObject({ inputPinned: true });
    const plain = await fold(['verify', folder.path(single), '--json']);
    expect(lines(plain.out).at(-1)).toMatchObject({ inputPinned: false });
  });

  it('takes the shape from a network that is named', async () => {
    const { code, out } = await verify(single, 'input.json', ...model());
    expect([code, out]).toEqual([0, expect.stringMatching(/^input PINNED: .* is the proven input, its \d numbers/m)]);
    const short = await verify(single, 'short.json', ...model());
    expect([short.code, short.err]).toEqual([2, expect.stringContaining('E_INPUT')]);
  });

  it('is not of another one: both digests are named', async () => {
    const { code, out, err } = await verify(single, 'other.json');
    expect(code).toBe(1);
    expect(err).toContain('The proof is of another input');
    expect(err).toMatch(/expected: input digest 0x[0-9a-f]{64}/);
    expect(err).toContain(`got: ${statement(single).inputDigest}`);
    expect(out).not.toContain('VERIFIED');
  });

  it('is not of one that does not fit: its length is E_INPUT, its values were never proven', async () => {
    const long = await verify(single, 'long.json');
    expect([long.code, long.err]).toEqual([2, expect.stringContaining('E_INPUT')]);
    for (const input of ['short.json', 'large.json']) expect((await verify(single, input)).code).toBe(1);
    expect((await verify(single, 'absent.json')).code).toBe(2);
  });

  it('is compared under its salt where that is at hand', async () => {
    expect((await verify(hidden, 'input.json')).code).toBe(0);
    expect((await verify(hidden, 'other.json')).code).toBe(1);
    for (const file of ['salts.json', 'input.json']) rmSync(folder.path(hidden, 'private', file));
    const { code, err } = await verify(hidden, 'input.json');
    expect([code, err]).toEqual([2, expect.stringContaining('the salt of its digest is not here')]);
  });
});

describe('a proof.json alone', () => {
  it('is compared as a public one; a private one fits no input', async () => {
    const public_ = await verify(`single-final/${FINAL_FILE}`, 'input.json');
    expect([public_.code, public_.out]).toEqual([0, expect.stringContaining('input PINNED')]);
    const hidden = await verify(`single-hidden-final/${FINAL_FILE}`, 'input.json');
    expect([hidden.code, hidden.err]).toEqual([1, expect.stringContaining('private input has a salt')]);
  });
});

describe.each(KINDS)('an item of a batch%s', (kind) => {
  const [batch, hidden] = [`together${kind}`, `together-hidden${kind}`];

  it('is of its own input, not of another item', async () => {
    for (const [name, member, input, expected] of [
      [batch, 'b', 'inputs/b.json', 0],
      [batch, 'b', 'inputs/a.json', 1],
      [hidden, 'a', 'inputs/a.json', 0],
      [hidden, 'a', 'inputs/b.json', 1],
    ] as const) {
      const { code, out } = await verify(name, input, '--member', member);
      expect([code, out.includes('input PINNED')], `${name} ${member} ${input}`).toEqual([expected, expected === 0]);
    }
  });

  it('has to be named', async () => {
    const { code, err } = await verify(batch, 'inputs/a.json');
    expect([code, err]).toEqual([2, expect.stringContaining('hint: --member ID')]);
  });

  it('is private where its salt is not here', async () => {
    rmSync(folder.path(hidden, 'private'), { recursive: true });
    const { code, err } = await verify(hidden, 'inputs/a.json', '--member', 'a');
    expect([code, err]).toEqual([2, expect.stringContaining('private/items.jsonl')]);
  });
});

it('a checkpoint is not asked for its input', async () => {
  const { code, err } = await verify('single/checkpoints/000001.cbor', 'input.json');
  expect([code, err]).toEqual([2, expect.stringContaining('E_USAGE')]);
});
