import { cp, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bn254 } from '@noble/curves/bn254.js';
import { curves, groth16, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { atOnce } from '../../../src/turns.ts';
import { contribute } from '../../../src/wrap/groth16/ceremony.ts';
import { DEVELOPMENT_SECRETS } from '../../../src/wrap/groth16/development.ts';
import { developmentKeyNeeds, keySizes, writeDevelopmentKey } from '../../../src/wrap/groth16/development-key.ts';
import { completeKey, entryCount } from '../../../src/wrap/groth16/entries.ts';
import { encodeG2 } from '../../../src/wrap/groth16/g2.ts';
import { g2Maker } from '../../../src/wrap/groth16/key-tasks.ts';
import { groth16Prove } from '../../../src/wrap/groth16/prove.ts';
import { columnSums, domainPower, lagrange, rootOfUnity } from '../../../src/wrap/groth16/qap.ts';
import { groth16Verify, type VerificationKeyJson } from '../../../src/wrap/groth16/verify.ts';
import { checkZkey, exportVerificationKey, readZkey } from '../../../src/wrap/groth16/zkey.ts';
import { encodeWtns } from '../../../src/wrap/r1cs/files.ts';
import { foldErrorOf, foldErrorOfAsync } from '../../helpers/errors.ts';
import { type Built, build, mixed } from '../random-circuit.ts';

const F = field(R);
let engine: Engine;
let folder: string;
let circuit: Built;
let zkey: string;
/** The same with its entries. */
let complete: string;
let key: VerificationKeyJson;

beforeAll(async () => {
  engine = await createEngine();
  folder = await mkdtemp(join(tmpdir(), 'layerfold-key-'));
  circuit = build(engine, mixed([5n, R - 3n], 9));
  zkey = join(folder, 'dev.zkey');
  await writeDevelopmentKey(zkey, circuit.r1cs, { engine, workers: 1 });
  key = await exportVerificationKey(zkey, await readZkey(zkey));
  complete = join(folder, 'complete.zkey');
  await completeKey(zkey, complete, circuit.r1cs, engine);
});
afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
  await rm(folder, { recursive: true });
});

describe('the field part of a set-up', () => {
  test('roots of unity have their orders', () => {
    for (const power of [0, 1, 5, 28]) {
      const w = rootOfUnity(power);
      expect(F.pow(w, 1n << BigInt(power))).toBe(1n);
      if (power > 0) expect(F.pow(w, 1n << BigInt(power - 1))).toBe(R - 1n);
    }
    expect(foldErrorOf(() => rootOfUnity(29)).code).toBe('E_BUG');
  });

  test('Lagrange polynomials: the definition at a random point, on the whole domain and on its odd roots', () => {
    const tau = 123456789n;
    const product = (roots: bigint[], i: number): bigint => {
      const others = roots.filter((_, j) => j !== i);
      const [top, bottom] = [tau, roots[i]!].map((x) => others.reduce((p, root) => F.mul(p, F.sub(x, root)), 1n));
      return F.mul(top!, F.inv(bottom!));
    };
    const roots = Array.from({ length: 16 }, (_, i) => F.pow(rootOfUnity(4), BigInt(i)));
    expect(engine.fr.decode(atOnce(lagrange(engine, tau, 4, 1n, 4)))).toEqual(roots.map((_, i) => product(roots, i)));
    const odd = [1, 3, 5, 7, 9, 11, 13, 15].map((i) => product(roots, i));
    expect(engine.fr.decode(atOnce(lagrange(engine, tau, 4, rootOfUnity(4), 3)))).toEqual(odd);
  });

  test('column sums: the definition', () => {
    const { r1cs } = circuit;
    const weights = Array.from({ length: r1cs.constraints }, (_, j) => BigInt(j * j + 7));
    const expected = new Array<bigint>(r1cs.signals).fill(0n);
    const { start, signal, coef } = r1cs.b;
    for (let j = 0; j < r1cs.constraints; j++) {
      for (let k = start[j]!; k < start[j + 1]!; k++) {
        const value = F.fromBytes(r1cs.coefficients.subarray(32 * coef[k]!, 32 * coef[k]! + 32));
        expected[signal[k]!] = F.add(expected[signal[k]!]!, F.mul(value, weights[j]!));
      }
    }
    const sums = columnSums(engine, r1cs.b, r1cs.coefficients, r1cs.signals, engine.fr.encode(weights));
    expect(engine.fr.decode(sums)).toEqual(expected);
  });

  test('the domain holds constraints, public inputs and the constant', () => {
    expect([domainPower(1, 0), domainPower(5, 2), domainPower(6, 2), domainPower(2 ** 20 - 23, 22)]).toEqual([
      1, 3, 4, 20,
    ]);
  });
});

test('multiples in G2 agree with noble, zero included', async () => {
  const scalars = [0n, 1n, 2n, 4095n, 4096n, R - 1n, 0x1234567n << 200n, F.pow(7n, 12345n)];
  const expected = scalars.map((k) =>
    k === 0n ? new Uint8Array(128) : encodeG2(bn254.G2.Point.BASE.multiply(k).toAffine()),
  );
  const make = await g2Maker(engine);
  expect(Buffer.from(make(Buffer.concat(scalars.map((k) => F.toBytes(k))))).equals(Buffer.concat(expected))).toBe(true);
});

describe('the development key', () => {
  test('snarkjs proves with it; snarkjs and we verify; a changed public input is rejected by both', async () => {
    const lines: string[] = [];
    const { proof, publicSignals } = await groth16Prove(zkey, encodeWtns(R, circuit.witness()), circuit.r1cs, {
      prover: 'snarkjs',
      log: (line) => lines.push(line),
    });
    expect(lines.length).toBeGreaterThan(3);
    expect(publicSignals).toEqual([1, 2].map((s) => `${F.fromBytes(circuit.witness().subarray(32 * s, 32 * s + 32))}`));
    expect(await groth16.verify(key, publicSignals, proof)).toBe(true);
    expect(groth16Verify(key, publicSignals, proof)).toBe(true);
    for (let s = 0; s < publicSignals.length; s++) {
      const wrong = publicSignals.map((x, i) => (i === s ? `${F.add(BigInt(x), 1n)}` : x));
      expect(await groth16.verify(key, wrong, proof)).toBe(false);
      expect(groth16Verify(key, wrong, proof)).toBe(false);
    }
  });

  test('a witness that does not satisfy the circuit makes no proof', async () => {
    const bad = circuit.witness().slice();
    bad[32 * (circuit.r1cs.signals - 1)]! ^= 1;
    const wtns = encodeWtns(R, bad);
    const { proof, publicSignals } = await groth16Prove(zkey, wtns, circuit.r1cs, { prover: 'snarkjs' });
    expect(groth16Verify(key, publicSignals, proof)).toBe(false);
  });

  test('says that it is insecure; its points are the secrets; snarkjs reads the same verification key', async () => {
    expect((await readZkey(zkey)).insecure).toBe(true);
    expect(key.insecure).toBe(true);
    expect(key.name).toMatch(/insecure/i);
    const { x, y } = bn254.G1.Point.BASE.multiply(DEVELOPMENT_SECRETS.alpha).toAffine();
    expect(key.vk_alpha_1).toEqual([`${x}`, `${y}`, '1']);
    const { insecure: _, name: __, ...points } = key;
    expect(await zKey.exportVerificationKey(zkey)).toMatchObject(points);
  });

  test('stays insecure when somebody contributes to it: tau, alpha and beta are known all the same', async () => {
    const path = join(folder, 'contributed.zkey');
    await contribute(zkey, path, 'somebody');
    const header = await readZkey(path);
    const later = await exportVerificationKey(path, header);
    expect(later.vk_delta_2).not.toEqual(key.vk_delta_2);
    expect([header.insecure, later.insecure]).toEqual([true, true]);
    checkZkey(header, circuit.r1cs);
  });

  test('the same circuit gives the same bytes; two threads give those of one', async () => {
    const other = join(folder, 'again.zkey');
    const events: number[] = [];
    await writeDevelopmentKey(other, circuit.r1cs, {
      engine,
      workers: 2,
      on: ({ done, total }) => events.push(done / total),
    });
    expect((await readFile(other)).equals(await readFile(zkey))).toBe(true);
    expect(events.at(-1)).toBe(1);
  });

  test('rows with A = 1 for the constant and each public input stand behind the constraints', async () => {
    const { r1cs } = circuit;
    const { sections, entries } = await readZkey(complete);
    expect(entries).toBe(entryCount(r1cs));
    const bytes = await readFile(complete);
    const { start } = sections.get(4)!;
    const words = (k: number) => [0, 4, 8].map((at) => bytes.readUInt32LE(start + 4 + 44 * k + at));
    const one = F.toBytes(F.create(1n << 512n));
    for (let s = 0; s <= r1cs.publicInputs; s++) {
      const k = entries - 1 - r1cs.publicInputs + s;
      expect(words(k)).toEqual([0, r1cs.constraints + s, s]);
      expect(bytes.subarray(start + 4 + 44 * k + 12, start + 4 + 44 * (k + 1)).equals(one)).toBe(true);
    }
  });

  test('has no entries, which its circuit gives; with them it is the key that is made with them', async () => {
    expect((await readZkey(zkey)).entries).toBe(0);
    const made = join(folder, 'with-entries.zkey');
    await writeDevelopmentKey(made, circuit.r1cs, { engine, workers: 1, entries: true });
    expect((await readFile(complete)).equals(await readFile(made))).toBe(true);
    const proven = await groth16Prove(complete, encodeWtns(R, circuit.witness()), circuit.r1cs);
    expect(groth16Verify(key, proven.publicSignals, proven.proof)).toBe(true);
  });

  test('of a ceremony has its entries: without them nothing says which circuit it is of', async () => {
    const header = await readZkey(zkey);
    checkZkey(header, circuit.r1cs);
    const error = foldErrorOf(() => checkZkey({ ...header, insecure: false }, circuit.r1cs));
    expect([error.code, error.got]).toEqual(['E_KEY', '0 entries']);
  });

  test('has the size that was announced', async () => {
    const { disk } = developmentKeyNeeds(keySizes(circuit.r1cs), 1);
    const { length } = await readFile(zkey);
    expect(disk).toBeGreaterThanOrEqual(length);
    expect(disk).toBeLessThan(length + 5000);
  });

  test('is not left half-written when it is cancelled', async () => {
    const controller = new AbortController();
    const path = join(folder, 'cancelled.zkey');
    const { r1cs } = build(engine, mixed([1n, 2n], 200));
    const error = await foldErrorOfAsync(() =>
      writeDevelopmentKey(path, r1cs, {
        engine,
        workers: 1,
        signal: controller.signal,
        on: () => controller.abort(),
      }),
    );
    expect(error.code).toBe('E_ABORTED');
    expect((await readdir(folder)).filter((name) => name.includes('cancelled'))).toEqual([]);
  });
});

describe('a key that cannot be used is found out before work starts', () => {
  const prove = (path: string, built = circuit) => groth16Prove(path, encodeWtns(R, built.witness()), built.r1cs);

  test('truncated anywhere', async () => {
    const { length } = await readFile(zkey);
    for (const size of [0, 3, 11, 30, 200, length >> 1, length - 1]) {
      const path = join(folder, 'short.zkey');
      await cp(zkey, path);
      await truncate(path, size);
      expect((await foldErrorOfAsync(() => prove(path))).code).toBe('E_KEY');
    }
  });
  test('a section of a wrong size', async () => {
    const path = join(folder, 'sized.zkey');
    await cp(zkey, path);
    const handle = await open(path, 'r+');
    const bytes = await readFile(zkey);
    const signals = Buffer.alloc(4);
    const at = (await readZkey(zkey)).sections.get(2)!.start + 72;
    signals.writeUInt32LE(bytes.readUInt32LE(at) + 1);
    await handle.write(signals, 0, 4, at);
    await handle.close();
    expect((await foldErrorOfAsync(() => readZkey(path))).message).toMatch(/wrong size/);
  });
  test('of another circuit: by its sizes, and of a development key by the circuit itself', async () => {
    const header = await readZkey(zkey);
    const other = build(engine, mixed([5n, 6n], 8)).r1cs;
    expect(foldErrorOf(() => checkZkey(header, other)).code).toBe('E_KEY');
    const coefficients = circuit.r1cs.coefficients.slice();
    coefficients[64]! ^= 1;
    expect(foldErrorOf(() => checkZkey(header, { ...circuit.r1cs, coefficients })).message).toMatch(/another circuit/);
    checkZkey(header, circuit.r1cs);
  });
  test('no key at all', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'a file that is not a key at all');
    expect((await foldErrorOfAsync(() => prove(path))).code).toBe('E_KEY');
    expect((await foldErrorOfAsync(() => prove(join(folder, 'absent')))).code).toBe('E_FILE');
  });
  test('proving can be cancelled at any moment', async () => {
    const controller = new AbortController();
    const run = groth16Prove(zkey, encodeWtns(R, circuit.witness()), circuit.r1cs, {
      prover: 'snarkjs',
      signal: controller.signal,
      log: () => controller.abort(),
    });
    expect((await foldErrorOfAsync(() => run)).code).toBe('E_ABORTED');
  });
});
