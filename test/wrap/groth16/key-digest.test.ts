/**
 * A damaged proving key: found by its digest before it is used, made again where it can be; and where no digest lies beside it,
 * the proof that does not hold names it. Never "checked and false".
 */
import { copyFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { FoldError } from '../../../src/errors.ts';
import { writeDevelopmentKey } from '../../../src/wrap/groth16/development-key.ts';
import { checkKeyDigest, digestPath, keyDigests, writeKeyDigest } from '../../../src/wrap/groth16/key-digest.ts';
import { groth16Prove } from '../../../src/wrap/groth16/prove.ts';
import { groth16Verify } from '../../../src/wrap/groth16/verify.ts';
import { checkZkey, exportVerificationKey, readZkey } from '../../../src/wrap/groth16/zkey.ts';
import { encodeWtns } from '../../../src/wrap/r1cs/files.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import { type Built, build, mixed } from '../random-circuit.ts';

let folder: string;
let circuit: Built;
let zkey: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-digest-'));
  const engine = await createEngine();
  circuit = build(engine, mixed([5n, R - 3n], 3));
  zkey = join(folder, 'whole.zkey');
  await writeDevelopmentKey(zkey, circuit.r1cs, { engine, workers: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy with one bit flipped. */
async function damaged(name: string, at: number): Promise<string> {
  const path = join(folder, `${name}.zkey`);
  await copyFile(zkey, path);
  await using file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, at);
  await file.write(Uint8Array.of(byte[0]! ^ 4), 0, 1, at);
  return path;
}

describe('the digest of a key', () => {
  it('is one that sha256sum reads, and finds one flipped bit anywhere', async () => {
    const { size } = await stat(zkey);
    for (const [k, at] of [0, 100, size >> 1, size - 1].entries()) {
      const path = await damaged(`flipped-${k}`, at);
      await writeKeyDigest(zkey);
      await copyFile(digestPath(zkey), digestPath(path));
      const error = await foldErrorOfAsync(() => checkKeyDigest(path));
      expect([error.code, error.exitCode]).toEqual(['E_KEY', 4]);
      expect(error.message).toBe(`The proving key "${path}" is damaged.`);
    }
    await checkKeyDigest(zkey);
    expect(await readFile(digestPath(zkey), 'utf8')).toBe(`${(await keyDigests(zkey)).got}  whole.zkey\n`);
  });

  it('is not asked for where there is none, or none that can be read', async () => {
    const path = await damaged('alone', 200);
    await checkKeyDigest(path);
    await writeFile(digestPath(path), 'no digest');
    expect((await keyDigests(path)).expected).toBeUndefined();
    expect((await foldErrorOfAsync(() => keyDigests(join(folder, 'absent.zkey')))).code).toBe('E_FILE');
  });
});

describe('a key that nothing says is damaged', () => {
  it('gives a proof that does not hold, or an error that names the key, for a bit in any section', async () => {
    const wtns = encodeWtns(R, circuit.witness());
    const { sections } = await readZkey(zkey);
    const places = [...sections].flatMap(([type, { start, size }]) =>
      [0, 3, 31, size >> 1, size - 1].map((offset) => [type, start + offset] as const),
    );
    for (const [type, at] of places) {
      const path = await damaged('any', at);
      const held = await prove(path, wtns).catch((error: unknown) => {
        if (!(error instanceof FoldError)) throw error;
        return error.code === 'E_REJECTED' ? false : error.code;
      });
      // contributions are not used; some bits of a section belong to signals that are 0
      expect([false, true, 'E_KEY']).toContain(held);
      if ([2, 3].includes(type)) expect([type, at, held]).not.toEqual([type, at, true]);
    }
  });

  async function prove(path: string, wtns: Uint8Array): Promise<boolean> {
    const header = await readZkey(path);
    checkZkey(header, circuit.r1cs);
    const key = await exportVerificationKey(path, header);
    const { proof, publicSignals } = await groth16Prove(path, wtns, circuit.r1cs);
    return groth16Verify(key, publicSignals, proof);
  }
});
