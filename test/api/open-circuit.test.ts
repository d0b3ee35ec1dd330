/** The kept constraint system of a final proof, and its size: taken where this very program built it, built where anything differs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { hex } from '../../src/api/statement.ts';
import { openCircuit, type WrapTarget } from '../../src/api/wrap-circuit.ts';
import { wrapSize } from '../../src/api/wrap-size.ts';
import { writeCached } from '../../src/store/cache.ts';
import { sha256Json } from '../../src/store/digest.ts';
import { programDigest } from '../../src/store/program-digest.ts';
import { encodeR1cs } from '../../src/wrap/r1cs/stored.ts';
import { build, mixed } from '../wrap/random-circuit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-circuit-'));
  vi.stubEnv('LAYERFOLD_CACHE_DIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const { r1cs } = build(await createEngine(), mixed([5n, R - 3n], 7));
const BUILT = 'built anew';
/** A system of which only the parameter digest is asked unless its circuit is built. */
const target = (pp: bigint): WrapTarget => {
  const system = {
    pp,
    get layout(): never {
      throw new Error(BUILT);
    },
    get step(): never {
      throw new Error(BUILT);
    },
  };
  return { system, step: { machine: {} } } as unknown as WrapTarget;
};
const keep = (pp: bigint, program: string, content = encodeR1cs(r1cs)) =>
  writeCached('wrap-circuit', sha256Json({ parameters: hex(pp) }), Buffer.concat([Buffer.from(program), content]));

test('is taken where this program kept it', async () => {
  await keep(5n, programDigest());
  expect(await openCircuit(target(5n), { anew: false })).toEqual(r1cs);
});

test('is built where it is asked for, of other parameters, of another program, or damaged', async () => {
  await keep(5n, programDigest());
  await keep(6n, '0'.repeat(64));
  await keep(7n, programDigest(), encodeR1cs(r1cs).subarray(1));
  await expect(openCircuit(target(5n), { anew: true })).rejects.toThrow(BUILT);
  for (const pp of [4n, 6n, 7n]) await expect(openCircuit(target(pp), { anew: false })).rejects.toThrow(BUILT);
});

const keepSize = (pp: bigint, program: string, size: string) =>
  writeCached('wrap-size', sha256Json({ parameters: hex(pp) }), Buffer.from(`${program}${size}`));
const sizeOf = (pp: bigint): Promise<number> => {
  const { system, step } = target(pp);
  return wrapSize(system, step);
};

test('has its size kept beside it', async () => {
  await keepSize(5n, programDigest(), '123456');
  expect(await sizeOf(5n)).toBe(123_456);
});

test('is counted where its size is that of other parameters or of another program, or no number', async () => {
  await keepSize(6n, '0'.repeat(64), '123456');
  for (const [pp, text] of [
    [7n, 'many'],
    [8n, '-1'],
    [9n, ''],
    [10n, '1.5'],
  ] as const)
    await keepSize(pp, programDigest(), text);
  for (const pp of [4n, 6n, 7n, 8n, 9n, 10n]) await expect(sizeOf(pp)).rejects.toThrow(BUILT);
});
