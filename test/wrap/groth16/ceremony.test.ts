/** A real set-up at the smallest size, with a powers-of-tau file that the test makes. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bn254 } from '@noble/curves/bn254.js';
import { curves, powersOfTau, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { DEVELOPMENT_TAU } from '../../../src/folding/commitment-key.ts';
import { readPtau } from '../../../src/store/ptau.ts';
import { readPtauHeader } from '../../../src/store/ptau-file.ts';
import { applyBeacon, contribute, newKey, verifyCeremony, verifyPtau } from '../../../src/wrap/groth16/ceremony.ts';
import { DEVELOPMENT_SECRETS } from '../../../src/wrap/groth16/development.ts';
import { groth16Prove } from '../../../src/wrap/groth16/prove.ts';
import { PtauLog } from '../../../src/wrap/groth16/ptau-log.ts';
import {
  contributionParts,
  type LoggedPart,
  logProgress,
  newKeyParts,
  sizesOf,
  verificationParts,
} from '../../../src/wrap/groth16/snarkjs-progress.ts';
import { groth16Verify } from '../../../src/wrap/groth16/verify.ts';
import { decodePoints, exportVerificationKey, readZkey } from '../../../src/wrap/groth16/zkey.ts';
import { encodeWtns, writeR1cs } from '../../../src/wrap/r1cs/files.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import {
  g1Bytes,
  g2Bytes,
  readSections,
  type Sections,
  withAlpha,
  withBeta,
  writeSections,
} from '../../helpers/ptau.ts';
import { type Built, build, mixed } from '../random-circuit.ts';

const POWER = 7;
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** With the point at `i` in the place of the one behind it. */
const swapped = (section: Buffer, i: number): Buffer =>
  Buffer.concat([
    section.subarray(0, 64 * (i + 1)),
    section.subarray(64 * i, 64 * (i + 1)),
    section.subarray(64 * (i + 2)),
  ]);

/** Section 10 of a key with a contribution before all others whose secret is 1: delta stays what it was, and [s] = [s x]. */
function withIdleContribution(section: Buffer): Buffer {
  const one = g1Bytes(bn254.G1.Point.BASE);
  const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const name = Buffer.from('nobody');
  const idle = Buffer.concat([
    ...[one, one, one, g2Bytes(bn254.G2.Point.BASE), Buffer.alloc(64)],
    ...[u32(0, 2 + name.length), Buffer.from([1, name.length]), name],
  ]);
  const count = section.readUInt32LE(64);
  return Buffer.concat([section.subarray(0, 64), u32(count + 1), idle, section.subarray(68)]);
}

let folder: string;
let circuit: Built;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-ceremony-'));
  circuit = build(await createEngine(), mixed([3n, 4n], 2));
  await writeR1cs(at('circuit.r1cs'), circuit.r1cs);
  const curve = await curves.getCurveFromName('bn128');
  await powersOfTau.newAccumulator(curve, POWER, at('0.ptau'));
  await powersOfTau.contribute(at('0.ptau'), at('1.ptau'), 'test', 'some entropy');
  await powersOfTau.preparePhase2(at('1.ptau'), at('final.ptau'));
});
afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
  await rm(folder, { recursive: true });
});

test('first key, contribution, beacon, verification, proof', async () => {
  /** Runs a call and follows its log: every part is told of, in this order, and the last one is reached. */
  const followed = async <T>(parts: LoggedPart[], call: (on: (line: string) => void) => Promise<T>): Promise<T> => {
    const [lines, seen]: [string[], number[]] = [[], []];
    const progress = logProgress(parts, (done, total) => {
      expect(total).toBe(parts.reduce((sum, { points }) => sum + points, 0));
      seen.push(done);
    });
    const result = await call((line) => {
      lines.push(line);
      progress(line);
    });
    expect(parts.filter(({ line }) => !lines.some((told) => told.startsWith(line)))).toEqual([]);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const last = parts.slice(0, -1).reduce((sum, { points }) => sum + points, 0);
    expect(seen.at(-1)).toBeGreaterThanOrEqual(last);
    return result;
  };
  const sizes = sizesOf(circuit.r1cs);
  const makeFirst = (on: (line: string) => void) => newKey(at('circuit.r1cs'), at('final.ptau'), at('0.zkey'), { on });
  expect(await followed(newKeyParts(sizes), makeFirst)).toHaveLength(64);
  expect(await readZkey(at('0.zkey'))).toMatchObject(sizes);
  const mixing = contributionParts(sizes);
  const contributed = await followed(mixing, (on) => contribute(at('0.zkey'), at('1.zkey'), 'somebody', { on }));
  const closed = await followed(mixing, (on) =>
    applyBeacon(at('1.zkey'), at('2.zkey'), 'the end', '0102030405060708', 10, { on }),
  );
  const powers = await readPtauHeader(at('final.ptau'));
  expect(powers).toEqual({ power: POWER, ceremony: POWER, prepared: true });
  const told = await followed(verificationParts(sizes, powers), (on) =>
    verifyCeremony(at('circuit.r1cs'), at('final.ptau'), at('2.zkey'), { on }),
  );
  expect(told.key).toEqual([
    { name: 'somebody', hash: hexOf(contributed), changes: true },
    { name: 'the end', hash: hexOf(closed), changes: true, beacon: { value: '0102030405060708', iterations: 10 } },
  ]);
  expect(told.ptau).toEqual([{ name: 'test', hash: expect.stringMatching(/^[0-9a-f]{128}$/) }]);

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

const rejected = async (work: () => Promise<unknown>): Promise<string> => {
  const { code, message, got } = await foldErrorOfAsync(work);
  expect(code).toBe('E_REJECTED');
  return `${message} ${got}`;
};

test('powers cut from those of a larger ceremony, as the public files are', async () => {
  await powersOfTau.newAccumulator(await curves.getCurveFromName('bn128'), POWER + 1, at('large-0.ptau'));
  await powersOfTau.contribute(at('large-0.ptau'), at('large-1.ptau'), 'test', 'some entropy');
  await powersOfTau.beacon(at('large-1.ptau'), at('large-2.ptau'), 'a block', '0a0b', 10);
  await powersOfTau.preparePhase2(at('large-2.ptau'), at('large.ptau'));
  await powersOfTau.truncate(at('large.ptau'), at('cut_'));
  const cut = at(`cut_0${POWER}.ptau`);
  // all of its powers can be committed with, as the final proof of a bundled network does
  const all = 2 ** (POWER + 1) - 1;
  expect((await readPtau(cut, all, await createEngine())).points).toHaveLength(64 * all);
  const tooMany = await foldErrorOfAsync(async () => readPtau(cut, all + 1, await createEngine()));
  expect([tooMany.code, tooMany.got]).toEqual(['E_KEY', `${all} powers (2^${POWER})`]);
  await newKey(at('circuit.r1cs'), cut, at('cut-0.zkey'));
  await contribute(at('cut-0.zkey'), at('cut-1.zkey'), 'somebody');
  const { ptau, key } = await verifyCeremony(at('circuit.r1cs'), cut, at('cut-1.zkey'));
  expect([ptau, key].map((list) => list.map(({ name }) => name))).toEqual([['test', 'a block'], ['somebody']]);
});

test('a key of another circuit does not verify against this one', async () => {
  await writeR1cs(at('other.r1cs'), build(await createEngine(), mixed([3n, 4n], 3)).r1cs);
  await newKey(at('other.r1cs'), at('final.ptau'), at('other.zkey'));
  await contribute(at('other.zkey'), at('other-1.zkey'), 'somebody');
  const verify = () => verifyCeremony(at('circuit.r1cs'), at('final.ptau'), at('other-1.zkey'));
  expect(await rejected(verify)).toContain('The key is not what it says');
});

describe('a ceremony without a secret', () => {
  const verify = (ptau: string, zkey: string) => verifyCeremony(at('circuit.r1cs'), at(ptau), at(zkey));

  test('of the key: a beacon alone, from which anyone derives delta', async () => {
    await newKey(at('circuit.r1cs'), at('final.ptau'), at('beacon-0.zkey'));
    await applyBeacon(at('beacon-0.zkey'), at('beacon.zkey'), 'a block', '0a0b', 10);
    const told = await rejected(() => verify('final.ptau', 'beacon.zkey'));
    expect(told).toMatch(/Nobody contributed a secret to this key.*"a block", a beacon/);
    expect(await rejected(() => verify('final.ptau', 'beacon-0.zkey'))).toContain('none at all');
  });

  test('of the key: a contribution with the secret 1 beside the beacon', async () => {
    // as snarkjs verifies it: a true proof of knowledge, of a secret that changes nothing
    const sections = await readSections(at('beacon.zkey'));
    sections.set(10, withIdleContribution(sections.get(10)!));
    await writeSections(at('idle.zkey'), 'zkey', sections);
    const told = await rejected(() => verify('final.ptau', 'idle.zkey'));
    expect(told).toMatch(/Nobody contributed.*"nobody", which changes nothing; "a block", a beacon/);
  });

  test('of the powers of tau', async () => {
    await powersOfTau.beacon(at('0.ptau'), at('beacon-1.ptau'), 'a block', '0a0b', 10);
    await powersOfTau.preparePhase2(at('beacon-1.ptau'), at('beacon.ptau'));
    await newKey(at('circuit.r1cs'), at('beacon.ptau'), at('on-beacon-0.zkey'));
    await contribute(at('on-beacon-0.zkey'), at('on-beacon.zkey'), 'somebody');
    const told = await rejected(() => verify('beacon.ptau', 'on-beacon.zkey'));
    expect(told).toMatch(/Nobody contributed a secret to these powers of tau.*"a block", a beacon/);
  });

  test('is not read out of a name', async () => {
    const log = new PtauLog();
    log.see('Contribution #2: x\nContribution #1: Alice');
    log.see('Response Hash:\n\t\t0a 0b');
    log.see('Beacon generator: 0102');
    expect(log.contributions).toEqual([
      { name: 'x\nContribution #1: Alice', hash: '0a0b', beacon: { value: '0102', iterations: 0 } },
    ]);
  });
});

describe('doctored powers of tau', () => {
  // known to the attacker only: no list of known secrets has it
  const OWN = 0x1234567890abcdef1234567890abcdefn;
  type Change = (sections: Sections) => Sections;
  const write = async (name: string, change: Change) =>
    writeSections(at(`${name}.ptau`), 'ptau', change(await readSections(at('final.ptau'))));
  const read = async (ptau: string) => readPtau(ptau, 2 ** POWER, await createEngine());

  const KNOWN: readonly (readonly [name: string, change: Change])[] = [
    ['alpha is 1', (s) => withAlpha(s, POWER, 1n)],
    ['alpha is -1', (s) => withAlpha(s, POWER, R - 1n)],
    ['beta is 1', (s) => withBeta(s, POWER, 1n)],
    ['alpha is that of the development key', (s) => withAlpha(s, POWER, DEVELOPMENT_SECRETS.alpha)],
    ['beta is that of the development key', (s) => withBeta(s, POWER, DEVELOPMENT_SECRETS.beta)],
    ['alpha is the tau of the development key', (s) => withAlpha(s, POWER, DEVELOPMENT_TAU)],
  ];
  test.each(KNOWN)('where %s are not even read', async (_, change) => {
    const ptau = await write('known', change);
    expect((await foldErrorOfAsync(() => read(ptau))).code).toBe('E_KEY');
  });

  const DOCTORED: readonly (readonly [name: string, change: Change])[] = [
    ['beta is the attackers own', (s) => withBeta(s, POWER, OWN)],
    [
      'the Lagrange bases alone have another alpha',
      (s) => new Map([...s, [14, s.get(12)!.subarray(0, s.get(14)!.length)]]),
    ],
    ['the Lagrange bases alone have another beta', (s) => new Map([...s, [15, s.get(14)!]])],
    ['one Lagrange point is another', (s) => new Map([...s, [12, swapped(s.get(12)!, 200)]])],
    ['one Lagrange point of H is another', (s) => new Map([...s, [12, swapped(s.get(12)!, 300)]])],
    ['one power times alpha is another', (s) => new Map([...s, [4, swapped(s.get(4)!, 5)]])],
  ];
  test.each(DOCTORED)('where %s do not verify', async (_, change) => {
    const ptau = await write('doctored', change);
    await read(ptau);
    expect(await rejected(() => verifyPtau(ptau))).toContain('not those of their ceremony');
  });

  test('where alpha is the attackers own give no key that verifies, whoever contributed to it', async () => {
    const ptau = await write('own', (s) => withAlpha(s, POWER, OWN));
    await read(ptau);
    await newKey(at('circuit.r1cs'), ptau, at('own-0.zkey'));
    await contribute(at('own-0.zkey'), at('own.zkey'), 'an honest one');
    const verify = () => verifyCeremony(at('circuit.r1cs'), ptau, at('own.zkey'));
    expect(await rejected(verify)).toContain('not those of their ceremony');

    // why: under it the attacker proves anything
    const zkey = at('own.zkey');
    const header = await readZkey(zkey);
    const key = await exportVerificationKey(zkey, header);
    const point = (at: number) => {
      const [x, y] = decodePoints(header.points, at, 2);
      return bn254.G1.Point.fromAffine({ x: x!, y: y! });
    };
    // alpha1, beta1, beta2, gamma2, delta1
    const [beta, delta] = [point(64), point(128 + 2 * 128)];
    const inputs = ['41', '42'];
    const sum = key.IC.reduce((total, [x, y], s) => {
      const p = bn254.G1.Point.fromAffine({ x: BigInt(x), y: BigInt(y) });
      return total.add(s === 0 ? p : p.multiplyUnsafe(BigInt(inputs[s - 1]!)));
    }, bn254.G1.Point.ZERO);
    const a = sum.add(beta.multiply(OWN)).add(delta).toAffine();
    const g2 = bn254.G2.Point.BASE.toAffine();
    const forged = {
      ...{ protocol: 'groth16', curve: 'bn128', pi_a: [`${a.x}`, `${a.y}`, '1'], pi_c: ['1', '2', '1'] },
      pi_b: [
        [`${g2.x.c0}`, `${g2.x.c1}`],
        [`${g2.y.c0}`, `${g2.y.c1}`],
        ['1', '0'],
      ],
    };
    expect(groth16Verify(key, inputs, forged)).toBe(true);
  });
});

test('a key whose points are of another curve gets no contribution: it would give the secret away', async () => {
  await newKey(at('circuit.r1cs'), at('final.ptau'), at('honest.zkey'));
  const honest = await readSections(at('honest.zkey'));
  // (1, 1) lies on y^2 = x^3, where k (1, 1) has x / y = k
  const Fq = field(Q);
  const cusp = Buffer.concat([1n, 1n].map((c) => Fq.toBytes(Fq.create(c << 256n))));
  for (const type of [8, 9]) {
    const section = Buffer.from(honest.get(type)!);
    cusp.copy(section, section.length - 64);
    await writeSections(at('trap.zkey'), 'zkey', new Map([...honest, [type, section]]));
    const error = await foldErrorOfAsync(() => contribute(at('trap.zkey'), at('no.zkey'), 'a victim'));
    expect([error.code, error.message]).toEqual(['E_KEY', expect.stringContaining(`section ${type}`)]);
  }

  // what snarkjs alone would have told: 1 / delta, from the last point of section 9
  await zKey.contribute(at('trap.zkey'), at('told.zkey'), 'a victim', 'entropy');
  const [x, y] = decodePoints((await readSections(at('told.zkey'))).get(9)!.subarray(-64), 0, 2);
  const secret = field(R).inv(Fq.mul(x!, Fq.inv(y!)));
  const [deltaX] = decodePoints((await readZkey(at('told.zkey'))).points, 2 * 64 + 2 * 128, 2);
  expect(bn254.G1.Point.BASE.multiply(secret).toAffine().x).toBe(deltaX);
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
