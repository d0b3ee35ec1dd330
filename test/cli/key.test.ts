/** The verbs of a ceremony, on a key of a small circuit; what they do is snarkjs' work and tested with it. */
import { beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { writeDevelopmentKey } from '../../src/wrap/groth16/development-key.ts';
import { readZkey } from '../../src/wrap/groth16/zkey.ts';
import { R1csShape } from '../../src/wrap/r1cs/shape.ts';
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
  ]) {
    const { code, err } = await fold(['key', ...args]);
    expect({ code, usage: err.includes('E_USAGE') }).toEqual({ code: 2, usage: true });
  }
  const { code, err } = await fold(['key', 'contribute', folder.path('none'), '--name', 'A', '--out', 'x']);
  expect({ code, file: err.includes('E_FILE') }).toEqual({ code: 2, file: true });
});
