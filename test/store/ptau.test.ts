/** `.ptau` files written by hand, good and hostile. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, Q, R } from '../../src/algebra/params.ts';
import { DEVELOPMENT_TAU } from '../../src/folding/commitment-key.ts';
import { readPtau } from '../../src/store/ptau.ts';

const POWER = 3;
const TAU = 0x1234567890abcdef1234567890abcdefn;
const F = field(Q);
type G2Coordinates = readonly [bigint, bigint, bigint, bigint];

interface Ptau {
  magic: string;
  version: number;
  modulus: bigint;
  power: number;
  g1: Affine[];
  g2: G2Coordinates[];
}

/** On the twist, but not in the subgroup of order r: x = 1. */
const OUTSIDE_SUBGROUP: G2Coordinates = [
  1n,
  0n,
  3610091866386166428467545612961983990332663701371483510632385378352395651980n,
  15975588672102553735566230729081043132501226101599136527557730645158523614371n,
];

const g2 = (scalar: bigint): G2Coordinates => {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return [x.c0, x.c1, y.c0, y.c1];
};

const g1Powers = (tau: bigint): Affine[] =>
  Array.from({ length: 15 }, (_, i) => mul(G1_PARAMS, G1_PARAMS.generator, tau ** BigInt(i) % R)!);
const g2Powers = (tau: bigint): G2Coordinates[] => Array.from({ length: 8 }, (_, i) => g2(tau ** BigInt(i) % R));
const G1_POWERS = g1Powers(TAU);
const G2_POWERS = g2Powers(TAU);

/** The contents of a file of power 3 whose tau we know. */
const good = (): Ptau => ({
  magic: 'ptau',
  version: 1,
  modulus: Q,
  power: POWER,
  g1: [...G1_POWERS],
  g2: [...G2_POWERS],
});

const montgomery = (x: bigint): Uint8Array => F.toBytes(F.create(x << 256n));
const u32 = (x: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(x);
  return bytes;
};
const section = (type: number, ...parts: Uint8Array[]): Buffer => {
  const data = Buffer.concat(parts);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([u32(type), size, data]);
};
const file = (p: Ptau, ...more: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from(p.magic),
    u32(p.version),
    u32(3 + more.length),
    section(1, u32(32), F.toBytes(p.modulus), u32(p.power), u32(p.power)),
    section(2, ...p.g1.flatMap(({ x, y }) => [montgomery(x), montgomery(y)])),
    section(3, ...p.g2.flatMap((coordinates) => coordinates.map(montgomery))),
    ...more,
  ]);

describe('ptau reader', () => {
  let engine: Engine;
  let dir: string;
  let files = 0;
  beforeAll(async () => {
    engine = await createEngine();
    dir = await mkdtemp(join(tmpdir(), 'ptau-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  const load = async (bytes: Uint8Array, n = 15) => {
    const path = join(dir, `${files++}.ptau`);
    await writeFile(path, bytes);
    return engine.g1.decodePoints((await readPtau(path, n, engine)).points);
  };
  const change = (edit: (p: Ptau) => void, ...more: Buffer[]): Buffer => {
    const p = good();
    edit(p);
    return file(p, ...more);
  };
  const refuses = (bytes: Uint8Array, code: string, n = 15) =>
    expect(load(bytes, n)).rejects.toEqual(expect.objectContaining({ code }));

  it.each([1, 2, 7, 15])('reads the first %i powers', async (n) => {
    expect(await load(file(good()), n)).toEqual(good().g1.slice(0, n));
  });

  it('does not mind further sections', async () => {
    expect(await load(change(() => {}, section(7, Buffer.alloc(10))))).toEqual(good().g1);
  });

  it.each([
    ['1, as in a file that nobody contributed to', 1n],
    ['that of the development key', DEVELOPMENT_TAU],
  ])('refuses a true file whose tau is %s', async (_what, tau) => {
    const bytes = change((p) => Object.assign(p, { g1: g1Powers(tau), g2: g2Powers(tau) }));
    for (const n of [2, 15]) await refuses(bytes, 'E_KEY', n);
  });

  it('refuses a file that is no ptau of BN254', async () => {
    await expect(readPtau(join(dir, 'absent'), 1, engine)).rejects.toMatchObject({ code: 'E_FILE' });
    await refuses(Buffer.alloc(0), 'E_FORMAT');
    await refuses(
      change((p) => {
        p.magic = 'zkey';
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.version = 2;
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.modulus = R;
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.power = 0;
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.power = 4;
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.power = 2 ** 31;
      }),
      'E_FORMAT',
    );
    await refuses(
      change(() => {}, section(2, Buffer.alloc(10))),
      'E_FORMAT',
    );
  });

  it('refuses a truncated or extended file at any length', async () => {
    const whole = file(good());
    for (const length of [3, 11, 20, 70, 200, 1100, whole.length - 128, whole.length - 1]) {
      await refuses(whole.subarray(0, length), 'E_FORMAT', 1);
    }
    await refuses(Buffer.concat([whole, Buffer.alloc(1)]), 'E_FORMAT', 1);
    const short = Buffer.from(whole);
    short.writeUInt32LE(2, 8);
    await refuses(short.subarray(0, 12 + 56 + 12 + 15 * 64), 'E_FORMAT', 1);
    const hostileSize = Buffer.from(whole);
    hostileSize.writeBigUInt64LE(2n ** 64n - 1n, 12 + 4);
    await refuses(hostileSize, 'E_FORMAT');
    const hostileCount = Buffer.from(whole);
    hostileCount.writeUInt32LE(2 ** 32 - 1, 8);
    await refuses(hostileCount, 'E_FORMAT');
  });

  it('says how large a file is needed', async () => {
    await expect(load(file(good()), 16)).rejects.toMatchObject({
      code: 'E_KEY',
      hint: expect.stringContaining('power 4 '),
    });
  });

  it('refuses what is no point of the group', async () => {
    const at = (i: number) => 12 + 56 + 12 + i * 64;
    const whole = file(good());
    const edited = (position: number, bytes: Uint8Array) => {
      const copy = Buffer.from(whole);
      copy.set(bytes, position);
      return copy;
    };
    await refuses(edited(at(5), new Uint8Array(64)), 'E_FORMAT');
    await refuses(edited(at(5), new Uint8Array(32)), 'E_FORMAT');
    await refuses(edited(at(5), new Uint8Array(32).fill(255)), 'E_FORMAT');
    await refuses(
      change((p) => {
        p.g1[0] = p.g1[1]!;
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.g2[0] = p.g2[1]!;
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.g2[1] = [1n, 2n, 3n, 4n];
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.g2[1] = [0n, 0n, 0n, 0n];
      }),
      'E_FORMAT',
    );
    await refuses(
      change((p) => {
        p.g2[1] = OUTSIDE_SUBGROUP;
      }),
      'E_FORMAT',
    );
  });

  it('refuses powers that are not those of one tau', async () => {
    await refuses(
      change((p) => {
        p.g1[7] = p.g1[6]!;
      }),
      'E_KEY',
    );
    await refuses(
      change((p) => {
        p.g1[14] = p.g1[1]!;
      }),
      'E_KEY',
    );
    await refuses(
      change((p) => {
        p.g2[1] = g2(TAU + 1n);
      }),
      'E_KEY',
    );
    // Powers in G1 of another tau than the one in G2.
    await refuses(
      change((p) => {
        p.g1 = p.g1.map((_, i) => mul(G1_PARAMS, G1_PARAMS.generator, 5n ** BigInt(i))!);
      }),
      'E_KEY',
    );
  });
});
