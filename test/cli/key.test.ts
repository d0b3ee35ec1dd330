/** The verbs of a ceremony, on a key of a small circuit; what they do is snarkjs' work and tested with it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { Q, R } from '../../src/algebra/params.ts';
import { writeDevelopmentKey } from '../../src/wrap/groth16/development-key.ts';
import { readZkey } from '../../src/wrap/groth16/zkey.ts';
import { R1csShape } from '../../src/wrap/r1cs/shape.ts';
import { writeSections } from '../helpers/ptau.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const first = (): string => folder.path('0000.zkey');

beforeAll(async () => {
  const shape = new R1csShape();
  const [a, b] = shape.publicInputs(() => [], 2);
  shape.row([a!, b!]);
  await writeDevelopmentKey(first(), shape.finish(), { engine: await createEngine(), workers: 1 });
});

it('contribute and beacon write new keys and say what to publish', async () => {
  const [second, last] = [folder.path('0001.zkey'), folder.path('final.zkey')];
  const contributed = await fold(['key', 'contribute', first(), '--name', 'A', '--out', second]);
  expect({ code: contributed.code, told: /Publish its hash.*: [0-9a-f]{128}/.test(contributed.out) }).toEqual({
    code: 0,
    told: true,
  });
  const closed = await fold(['key', 'beacon', second, '--beacon', '0a0b', '--name', 'B', '--out', last, '--json']);
  expect(JSON.parse(closed.out.trimEnd().split('\n').at(-1)!)).toMatchObject({ verb: 'key beacon', iterations: 10 });
  const points = await Promise.all([first(), second, last].map(async (path) => (await readZkey(path)).points));
  expect(new Set(points.map((p) => Buffer.from(p).toString('hex'))).size).toBe(3);
});

it('says what is missing', async () => {
  for (const args of [
    ['contribute', first(), '--name', 'A'],
    ['contribute', first(), '--out', 'x'],
    ['beacon', first(), '--name', 'A', '--out', 'x'],
    ['verify', first(), '--network', 'digits512'],
    ['verify', first(), '--network', 'digits512', '--insecure-dev', '--ptau', 'x.ptau'],
  ]) {
    const { code, err } = await fold(['key', ...args]);
    expect({ code, usage: err.includes('E_USAGE') }).toEqual({ code: 2, usage: true });
  }
  const { code, err } = await fold(['key', 'contribute', folder.path('none'), '--name', 'A', '--out', 'x']);
  expect({ code, file: err.includes('E_FILE') }).toEqual({ code: 2, file: true });
});

describe('the powers of tau of a proving key', () => {
  /** A file of which no more than its header is looked at. */
  const header = (name: string, power: number, n8 = 32, modulus = Q): Promise<string> => {
    const bytes = Buffer.alloc(4 + n8 + 8);
    bytes.writeUInt32LE(n8);
    for (let k = 0, rest = modulus; k < n8; k++, rest >>= 8n) bytes[4 + k] = Number(rest & 255n);
    bytes.writeUInt32LE(power, 4 + n8);
    bytes.writeUInt32LE(power, 8 + n8);
    return writeSections(folder.path(name), 'ptau', new Map([[1, bytes]]));
  };
  const model = (): string[] => [folder.path('model.onnx'), '--input', folder.path('input.json')];
  beforeAll(() => void smallRun(folder.path, 2));

  it('are named, with the power that is needed, before any work', async () => {
    const small = await header('small.ptau', 12);
    const { code, out, err } = await fold(['setup', ...model(), '--ptau', small]);
    expect([code, out]).toEqual([4, expect.stringContaining('powers of tau: of power 17 or more')]);
    expect(err).toMatch(/expected: power 17 or more\n {2}got: power 12/);
    const absent = await fold(['setup', ...model(), '--ptau', folder.path('absent.ptau')]);
    expect([absent.code, absent.out]).toEqual([2, expect.stringContaining('of power 17 or more')]);
    const verified = await fold(['key', 'verify', first(), '--model', ...model(), '--ptau', small]);
    expect([verified.code, verified.err]).toEqual([4, expect.stringContaining('expected: power 17 or more')]);
  });

  it('must be prepared, and the hint prepares them', async () => {
    const raw = await header('raw.ptau', 20);
    const { code, err } = await fold(['setup', ...model(), '--ptau', raw]);
    expect([code, err]).toEqual([4, expect.stringContaining(`hint: npx snarkjs powersoftau prepare phase2 ${raw}`)]);
  });

  it.each([
    ['of BLS12-381, with longer coordinates', 48, (1n << 380n) + 1n],
    ['of another modulus', 32, R],
  ])('%s are of another curve, which a second download would not change', async (_, n8, modulus) => {
    const other = await header('other.ptau', 20, n8, modulus);
    for (const args of [
      ['setup', ...model(), '--ptau', other],
      ['prove', ...model(), '--ptau', other, '--no-wrap', '--out', folder.path('none')],
    ]) {
      const { code, err } = await fold(args);
      expect([code, err]).toEqual([2, expect.stringContaining('The powers of tau are of another curve.')]);
      expect(err).toContain('BN254');
      expect(err).not.toContain('again');
    }
  });
});
