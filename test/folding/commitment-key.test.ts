import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, Q, R } from '../../src/algebra/params.ts';
import { DEVELOPMENT_TAU, developmentKey } from '../../src/folding/commitment-key.ts';
import { keyDigest } from '../../src/folding/step-system.ts';

/** Pinned: proofs made on one machine verify on another only while this stays. */
const PINNED_TAU = 1030609951595425248800547021557671362256357568760205074918357962287741629014n;

describe('development commitment key', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  });

  it('holds the powers of the pinned public tau', () => {
    expect(DEVELOPMENT_TAU).toBe(PINNED_TAU);
    const points = engine.g1.decodePoints(developmentKey(engine, 20));
    points.forEach((point, i) => {
      expect(point).toEqual(mul(G1_PARAMS, G1_PARAMS.generator, DEVELOPMENT_TAU ** BigInt(i) % R));
    });
    expect(developmentKey(engine, 0).length).toBe(0);
  });

  it('is named by SHA-256 over canonical coordinates; every point and the length count', () => {
    const key = developmentKey(engine, 4);
    const bytes = engine.g1
      .decodePoints(key)
      .flatMap((p) => [field(Q).toBytes(p!.x), field(Q).toBytes(p!.y)])
      .map((b) => Buffer.from(b));
    expect(keyDigest(key, engine)).toBe(createHash('sha256').update(Buffer.concat(bytes)).digest('hex'));
    const swapped = key.slice();
    swapped.set(key.subarray(64, 128), 128);
    const digests = [key, swapped, key.subarray(64), key.subarray(0, 192)].map((k) => keyDigest(k, engine));
    expect(new Set(digests).size).toBe(4);
  });
});
