/** Tables that threads exchange: who makes them, who copies them, and what happens to stale ones. */
import { expect, it } from 'vitest';
import { mul } from '../../../src/algebra/curve.ts';
import { SHARED_TABLE_BYTES } from '../../../src/algebra/engine.ts';
import { createKernelEngine } from '../../../src/algebra/kernels/index.ts';
import { SharedTables } from '../../../src/algebra/module/shared-tables.ts';
import { G1_PARAMS, R } from '../../../src/algebra/params.ts';
import { Random } from '../random.ts';

it('gives each range to the first who asks, to the others when it is ready', () => {
  const memory = new SharedArrayBuffer(4096);
  const [one, other] = [new SharedTables(memory), new SharedTables(memory)];
  const mine = one.claim(64, 640, 100)!;
  expect(mine.state).toBe('mine');
  expect(other.claim(64, 640, 100)!.state).toBe('making');
  expect(other.claim(64, 704, 200)!.state).toBe('mine');
  mine.bytes.fill(7);
  mine.publish();
  const ready = other.claim(64, 640, 100)!;
  expect(ready.state).toBe('ready');
  expect([...ready.bytes]).toEqual(new Array(100).fill(7));
});

it('gives nothing where the memory or the directory is full', () => {
  const small = new SharedTables(new SharedArrayBuffer(1024));
  expect(small.claim(0, 64, 400)?.state).toBe('mine');
  expect(small.claim(64, 64, 400)).toBe(undefined);
  expect(small.claim(64, 64, 400)).toBe(undefined);
  const many = new SharedTables(new SharedArrayBuffer(SHARED_TABLE_BYTES));
  const given = Array.from({ length: 40 }, (_, i) => many.claim(64 * i, 64, 1) !== undefined);
  expect(given.filter((yes) => yes).length).toBe(32);
  expect(many.claim(0, 64, 1)!.state).toBe('making');
});

it('does without a table that another thread is making', async () => {
  const { g1, fr } = await createKernelEngine();
  const memory = new SharedArrayBuffer(SHARED_TABLE_BYTES);
  const key = new Uint8Array(new SharedArrayBuffer(64 * 300));
  key.set(g1.fixedBase(G1_PARAMS.generator, fr.encode(Array.from({ length: 300 }, (_, i) => BigInt(i + 1)))));
  g1.shareTables(key, memory);
  const table = new SharedTables(memory).claim(0, key.length, 12 * key.length)!;
  const ones = { kind: 'full', values: fr.encode(new Array<bigint>(300).fill(R - 1n)) } as const;
  for (let use = 0; use < 6; use++) {
    expect(g1.msm(key, ones)).toEqual(mul(G1_PARAMS, G1_PARAMS.generator, R - 45150n));
    // What it finds then are other points' multiples: all zero.
    if (use === 4) table.publish();
  }
});

it('lets engines share a key: the same sums, each table made once, a stale one never used', async () => {
  const count = 300;
  const random = new Random('shared tables');
  const memory = new SharedArrayBuffer(SHARED_TABLE_BYTES);
  const key = new Uint8Array(new SharedArrayBuffer(64 * count));
  const engines = [await createKernelEngine(), await createKernelEngine(), await createKernelEngine()];
  const logs = random.elements(R, count);
  key.set(engines[0]!.g1.fixedBase(G1_PARAMS.generator, engines[0]!.fr.encode(logs)));
  const check = ({ g1, fr }: (typeof engines)[number]) => {
    const scalars = random.elements(R, count);
    const total = scalars.reduce((sum, s, i) => (sum + s * logs[i]!) % R, 0n);
    expect(g1.msm(key, { kind: 'full', values: fr.encode(scalars) })).toEqual(
      mul(G1_PARAMS, G1_PARAMS.generator, total),
    );
  };
  const tables = new SharedTables(memory);
  for (const { g1 } of engines) g1.shareTables(key, memory);
  for (let use = 0; use < 5; use++) check(engines[0]!);
  expect(tables.claim(0, 64 * count, 0)!.state).toBe('ready');
  for (let use = 0; use < 5; use++) check(engines[1]!);
  key.set(key.slice(64, 128), 0);
  logs[0] = logs[1]!;
  for (let use = 0; use < 5; use++) for (const engine of engines) check(engine);
});
