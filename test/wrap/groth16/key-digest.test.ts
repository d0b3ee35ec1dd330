/**
 * A damaged proving key: found by its digest before it is used, made again where it can be; and where no digest lies beside it,
 * the proof that does not hold names it. Never "checked and false".
 */
import { Hash } from 'node:crypto';
import { copyFile, mkdtemp, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { FoldError } from '../../../src/errors.ts';
import { writeDevelopmentKey } from '../../../src/wrap/groth16/development-key.ts';
import {
  checkKeyDigest,
  digestPath,
  isWhole,
  keyDigests,
  writeKeyDigest,
} from '../../../src/wrap/groth16/key-digest.ts';
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

describe('the digest that this process remembers of a key', () => {
  /** A whole second, which a file system keeps as it is. */
  const THEN = new Date('2026-01-01T00:00:00Z');
  /** More than a tick of the clock that a file system has its times from. */
  const tick = (): Promise<void> => setTimeout(50);
  /** As if what is changed now had been changed a while ago: only then a digest is remembered. */
  beforeEach(() => {
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 10_000);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const known = async (name: string): Promise<string> => {
    const path = join(folder, `${name}.zkey`);
    await copyFile(zkey, path);
    await writeKeyDigest(path);
    await utimes(path, THEN, THEN);
    expect(await isWhole(path)).toBe(true);
    await tick();
    return path;
  };
  /** Another content of the same size. */
  const changed = async (path: string): Promise<Buffer> => {
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    return bytes;
  };

  it('is not that of another content with the same size and times, in its place', async () => {
    const path = await known('in-place');
    const before = await stat(path, { bigint: true });
    await writeFile(path, await changed(path));
    await utimes(path, THEN, THEN);
    const after = await stat(path, { bigint: true });
    expect([after.ino, after.size, after.mtimeNs]).toEqual([before.ino, before.size, before.mtimeNs]);
    expect(await isWhole(path)).toBe(false);
  });

  it('is not that of another file with the same size and times, under its name', async () => {
    const path = await known('renamed');
    const other = join(folder, 'other.zkey');
    await writeFile(other, await changed(path));
    await utimes(other, THEN, THEN);
    await rename(other, path);
    expect(await isWhole(path)).toBe(false);
  });

  it('is none of what was changed just now, whose times may stay as they are', async () => {
    vi.restoreAllMocks();
    const path = join(folder, 'now.zkey');
    await copyFile(zkey, path);
    await writeKeyDigest(path);
    for (let k = 0; k < 20; k++) {
      const whole = await readFile(path);
      expect(await isWhole(path)).toBe(true);
      await writeFile(path, await changed(path));
      expect(await isWhole(path)).toBe(false);
      await writeFile(path, whole);
    }
  });

  it('saves reading a key again', async () => {
    const path = await known('again');
    const read = vi.spyOn(Hash.prototype, 'update');
    expect(await isWhole(path)).toBe(true);
    expect(read).not.toHaveBeenCalled();
    await writeFile(path, await changed(path));
    await isWhole(path);
    expect(read).toHaveBeenCalled();
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
