/** A real set-up at the smallest size, with a powers-of-tau file that the test makes. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curves, powersOfTau } from 'snarkjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { applyBeacon, contribute, newKey, verifyKey } from '../../../src/wrap/groth16/ceremony.ts';
import { groth16Prove } from '../../../src/wrap/groth16/prove.ts';
import { groth16Verify } from '../../../src/wrap/groth16/verify.ts';
import { exportVerificationKey, readZkey } from '../../../src/wrap/groth16/zkey.ts';
import { encodeWtns, writeR1cs } from '../../../src/wrap/r1cs/files.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import { type Built, build, mixed } from '../random-circuit.ts';

let folder: string;
let circuit: Built;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-ceremony-'));
  circuit = build(await createEngine(), mixed([3n, 4n], 2));
  await writeR1cs(at('circuit.r1cs'), circuit.r1cs);
  const curve = await curves.getCurveFromName('bn128');
  await powersOfTau.newAccumulator(curve, 7, at('0.ptau'));
  await powersOfTau.contribute(at('0.ptau'), at('1.ptau'), 'test', 'some entropy');
  await powersOfTau.preparePhase2(at('1.ptau'), at('final.ptau'));
});
afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
  await rm(folder, { recursive: true });
});

test('first key, contribution, beacon, verification, proof', async () => {
  const lines: string[] = [];
  const on = (line: string) => lines.push(line);
  expect(await newKey(at('circuit.r1cs'), at('final.ptau'), at('0.zkey'), { on })).toHaveLength(64);
  expect(await contribute(at('0.zkey'), at('1.zkey'), 'somebody', { on })).toHaveLength(64);
  await applyBeacon(at('1.zkey'), at('2.zkey'), 'the end', '0102030405060708', 10, { on });
  expect(lines.length).toBeGreaterThan(10);
  expect(await verifyKey(at('circuit.r1cs'), at('final.ptau'), at('2.zkey'))).toBe(true);

  const header = await readZkey(at('2.zkey'));
  expect(header.insecure).toBe(false);
  const key = await exportVerificationKey(at('2.zkey'), header);
  expect(key).not.toHaveProperty('insecure');
  const { proof, publicSignals } = await groth16Prove(at('2.zkey'), encodeWtns(R, circuit.witness()), circuit.r1cs);
  expect(groth16Verify(key, publicSignals, proof)).toBe(true);

  // before anybody contributed delta is gamma, and anyone forges
  const first = await exportVerificationKey(at('0.zkey'), await readZkey(at('0.zkey')));
  const error = await foldErrorOfAsync(async () => groth16Verify(first, publicSignals, proof));
  expect(error.code).toBe('E_KEY');
});

test('a key of another circuit does not verify against this one', async () => {
  await writeR1cs(at('other.r1cs'), build(await createEngine(), mixed([3n, 4n], 3)).r1cs);
  await newKey(at('other.r1cs'), at('final.ptau'), at('other.zkey'));
  expect(await verifyKey(at('circuit.r1cs'), at('final.ptau'), at('other.zkey'))).toBe(false);
});

test('what cannot become a key is refused with its reason and leaves nothing', async () => {
  await writeR1cs(at('large.r1cs'), build(await createEngine(), mixed([3n, 4n], 40)).r1cs);
  const large = await foldErrorOfAsync(() => newKey(at('large.r1cs'), at('final.ptau'), at('none.zkey')));
  expect([large.code, large.got]).toEqual(['E_KEY', expect.stringMatching(/too big/)]);
  const unprepared = await foldErrorOfAsync(() => newKey(at('circuit.r1cs'), at('1.ptau'), at('none.zkey')));
  expect([unprepared.code, unprepared.got]).toEqual(['E_KEY', expect.stringMatching(/not prepared/)]);
  expect((await foldErrorOfAsync(() => newKey(at('absent'), at('final.ptau'), at('none.zkey')))).code).toBe('E_FILE');
  expect((await readdir(folder)).filter((name) => name.includes('none') || name.endsWith('tmp'))).toEqual([]);
});

test.each([
  ['not hex', 'xyz', 10],
  ['odd digits', 'abc', 10],
  ['empty', '', 10],
  ['few iterations', 'ab', 9],
  ['no number of iterations', 'ab', 10.5],
])('a beacon with %s is refused', async (_, beacon, iterations) => {
  const error = await foldErrorOfAsync(() => applyBeacon(at('0.zkey'), at('no.zkey'), 'x', beacon, iterations));
  expect(error.code).toBe('E_USAGE');
});

test('a key that cannot be written is told before any work, and with the reason', async () => {
  await newKey(at('circuit.r1cs'), at('final.ptau'), at('start.zkey'));
  const absent = await foldErrorOfAsync(() => contribute(at('start.zkey'), at('no/x.zkey'), 'somebody'));
  expect([absent.code, absent.hint]).toEqual(['E_DISK', `mkdir -p ${at('no')}`]);
  const below = await foldErrorOfAsync(() => contribute(at('start.zkey'), at('circuit.r1cs/x.zkey'), 'somebody'));
  expect([below.code, below.got]).toEqual(['E_DISK', `"${at('circuit.r1cs')}" is a file`]);
  const folderThere = await foldErrorOfAsync(() => contribute(at('start.zkey'), folder, 'somebody'));
  expect([folderThere.code, folderThere.got]).toEqual(['E_DISK', `"${folder}" is a folder`]);
});
