/** The development key is read once by a source, and its memory is of this key and this length alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type Engine, POINT_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import { DEVELOPMENT_TAU, developmentKey } from '../../src/folding/commitment-key.ts';
import { writeCached } from '../../src/store/cache.ts';
import { sha256Json } from '../../src/store/digest.ts';

/** As many as are always made, and more. */
const [USUAL, MORE] = [2 ** 18, 2 ** 18 + 1];

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-keys-'));
  vi.stubEnv('LAYERFOLD_CACHE_DIR', folder);
  engine = await createEngine();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Keeps some points as the key of so many powers: those from `first` on, to be told from the true ones. */
async function keep(powers: number, first: number): Promise<void> {
  const points = engine.g1.toCanonicalPoints(developmentKey(engine, first + 4).subarray(first * POINT_BYTES));
  const id = sha256Json({ tau: DEVELOPMENT_TAU.toString(), powers, encoding: 'canonical-affine-v1' });
  await writeCached('commitment-key', id, points);
}
beforeEach(async () => {
  await keep(USUAL, 0);
  await keep(MORE, 7);
});

const pointsOf = (key: Uint8Array) => engine.g1.decodePoints(key.subarray(0, 2 * POINT_BYTES));
const truePoints = (first: number) => pointsOf(developmentKey(engine, first + 2).subarray(first * POINT_BYTES));

it('is read once, whatever happens to its file, and by another source again', async () => {
  const source = developmentKeySource();
  expect(pointsOf(await source.load(3))).toEqual(truePoints(0));
  await keep(USUAL, 5);
  expect(pointsOf(await source.load(4))).toEqual(truePoints(0));
  expect(pointsOf(await developmentKeySource().load(3))).toEqual(truePoints(5));
});

it('is another one where more powers are asked for than are always made', async () => {
  const source = developmentKeySource();
  expect(pointsOf(await source.load(3))).toEqual(truePoints(0));
  const longer = await source.load(MORE);
  expect(longer.length).toBe(MORE * POINT_BYTES);
  expect(pointsOf(longer)).toEqual(truePoints(7));
  expect(pointsOf(await source.load(3))).toEqual(truePoints(0));
});

it('is what each caller got, whatever others do to theirs', async () => {
  const source = developmentKeySource();
  (await source.load(3)).fill(0);
  expect(pointsOf(await source.load(3))).toEqual(truePoints(0));
});
