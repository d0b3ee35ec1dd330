/** Checkpoint files: whole or absent, bounded in number, and the newest whole one is found. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import {
  listCheckpoints,
  newestCheckpoint,
  removeCheckpoints,
  sweepTemporary,
  writeCheckpoint,
} from '../../src/store/checkpoints.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { encodeProof } from '../../src/store/proof-file.ts';
import { proveToy, toyKey, toyStep } from '../folding/toy.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';

let folder = '';
const proofs: FoldedProof[] = [];
beforeAll(async () => {
  const engine = await createEngine();
  const system = await buildStepSystem(engine, toyStep, toyKey(engine));
  const { prover, prepared, cms } = await proveToy(engine, system, [1, 2, 3, 4], 5);
  for (const [j, step] of prepared.entries()) {
    await prover.step(step);
    proofs.push(prover.proof(cms.slice(j + 1)));
  }
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerfold-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (step: number, keep = 2) => writeCheckpoint(folder, step, encodeProof(proofs[step - 1]!), keep);
const path = (step: number): string => join(folder, 'checkpoints', `00000${step}.cbor`);
const damage = (step: number): void => {
  const bytes = readFileSync(path(step));
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path(step), bytes);
};

describe('writing', () => {
  it('keeps the newest files only, closed to others, with their digests', async () => {
    for (const step of [1, 2, 3]) {
      const stored = await write(step);
      const bytes = readFileSync(path(step));
      expect(stored).toEqual({
        step,
        file: `checkpoints/00000${step}.cbor`,
        bytes: bytes.length,
        sha256: sha256Hex(bytes),
      });
    }
    expect(readdirSync(folder)).toEqual(['checkpoints']);
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['000002.cbor', '000003.cbor']);
    expect([statSync(path(3)).mode & 0o777, statSync(join(folder, 'checkpoints')).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    await removeCheckpoints(folder);
    expect(await listCheckpoints(folder)).toEqual([]);
  });

  it('does not make the folder when the first file fails', async () => {
    const bytes = encodeProof(proofs[0]!);
    const missing = await foldErrorOfAsync(() => writeCheckpoint(join(folder, 'absent'), 1, bytes, 2));
    expect(missing.code).toBe('E_DISK');
    writeFileSync(join(folder, 'checkpoints'), 'a file in the way');
    expect((await foldErrorOfAsync(() => write(1))).code).toBe('E_DISK');
    expect(readdirSync(folder)).toEqual(['checkpoints']);
  });

  it.skipIf(process.getuid?.() === 0)('leaves the ones before when a later one fails', async () => {
    await write(1);
    chmodSync(join(folder, 'checkpoints'), 0o500);
    expect((await foldErrorOfAsync(() => write(2))).code).toBe('E_DISK');
    chmodSync(join(folder, 'checkpoints'), 0o700);
    expect((await newestCheckpoint(folder))?.proof.statement.steps).toBe(1);
  });
});

describe('the newest checkpoint', () => {
  it('is none where there is none', async () => {
    expect(await newestCheckpoint(folder)).toBeUndefined();
    mkdirSync(join(folder, 'checkpoints'));
    writeFileSync(join(folder, 'checkpoints', 'notes.txt'), '');
    expect(await newestCheckpoint(folder)).toBeUndefined();
  });

  it('is the last one; a damaged one is told and the one before is taken', async () => {
    for (const step of [1, 2, 3]) await write(step, 3);
    const newest = await newestCheckpoint(folder);
    expect([newest?.proof, newest?.damaged]).toEqual([proofs[2], []]);
    damage(3);
    writeFileSync(path(4), encodeProof(proofs[3]!).subarray(0, 4000));
    mkdirSync(path(5));
    const before = await newestCheckpoint(folder);
    expect(before?.file).toBe('checkpoints/000002.cbor');
    expect(before?.sha256).toBe(sha256Hex(readFileSync(path(2))));
    expect(before?.damaged.map(({ file, error }) => [file, error.code])).toEqual([
      ['checkpoints/000005.cbor', 'E_FILE'],
      ['checkpoints/000004.cbor', 'E_FORMAT'],
      ['checkpoints/000003.cbor', 'E_FORMAT'],
    ]);
  });

  it('says what is wrong when all are damaged, of another version or misnamed', async () => {
    await write(1);
    damage(1);
    expect((await foldErrorOfAsync(() => newestCheckpoint(folder))).code).toBe('E_FORMAT');
    writeFileSync(path(1), encodeProof(proofs[2]!));
    const error = await foldErrorOfAsync(() => newestCheckpoint(folder));
    expect([error.code, error.got]).toEqual(['E_FORMAT', expect.stringContaining('misnamed')]);
    expect(error.hint).toBe(`from the first step again: rm -r ${join(folder, 'checkpoints')}; fold resume ${folder}`);
  });
});

describe('sweepTemporary', () => {
  it('removes what a kill left behind, and nothing else', async () => {
    await write(1);
    mkdirSync(join(folder, '.checkpoints.1.ab.tmp'));
    for (const name of [
      '.checkpoints.1.ab.tmp/000001.cbor',
      '.run.json.1.ab.tmp',
      'checkpoints/.000002.cbor.1.ab.tmp',
      'mine.tmp',
    ])
      writeFileSync(join(folder, name), '');
    await sweepTemporary(folder);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'mine.tmp']);
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['000001.cbor']);
    expect(existsSync(path(1))).toBe(true);
  });
});
