/**
 * Final proofs by the workers of a queue: of each item, and one over all; private ones too. The folders are those that a batch
 * without a queue leaves, and they verify.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModel } from '../../src/api/load.ts';
import { fold, lines, type Outcome } from '../cli/harness.ts';
import { describeRedis, RedisServer } from '../helpers/redis.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';

describeRedis('final proofs on a queue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerfold-final-queue-'));
  const path = (...parts: string[]): string => join(folder, ...parts);
  const stop = new AbortController();
  let redis: RedisServer;
  let worker: Promise<Outcome>;
  let queue: string[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    mkdirSync(path('inputs'));
    const { sample } = await loadModel({ network: 'digits512', layers: 33 });
    for (const [k, id] of ['a', 'b'].entries())
      writeFileSync(
        path('inputs', `${id}.json`),
        JSON.stringify({ input_data: [[...sample!.data].map((v) => v / (k + 1))] }),
      );
    writeFileSync(path('batch.key'), '5a'.repeat(32));
    queue = ['--redis', redis.url, '--store', path('store')];
    worker = fold(['worker', ...queue, '--batch-key', path('batch.key')], { signal: stop.signal });
  });
  afterAll(async () => {
    stop.abort();
    await worker;
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const batch = (out: string, ...more: string[]): Promise<Outcome> =>
    fold(['batch', '--network', 'digits512', '--layers', '33', path('inputs'), '--json', '--out', path(out), ...more]);

  it('come one for each item, and are not made again', async () => {
    const ended = await batch('each', ...queue);
    expect({ code: ended.code, end: ended.out.slice(-800) }).toMatchObject({ code: 0 });
    for (const id of ['a', 'b']) {
      const verified = await fold([
        'verify',
        path('each/items', id),
        '--network',
        'digits512',
        '--layers',
        '33',
        '--json',
      ]);
      expect(lines(verified.out).at(-1)).toMatchObject({ verb: 'verify', final: true });
      expect(readdirSync(path('each/items', id))).toEqual(
        expect.arrayContaining(['proof.json', 'public.json', 'verification_key.json']),
      );
    }
    const again = lines((await batch('each', ...queue)).out).filter(({ name }) => name === 'item');
    expect(again.map(({ made }) => made)).toEqual([false, false]);
  });

  it('come of networks on the tensor machine, with what their programs reveal', async () => {
    const { onnx, input } = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
    writeFileSync(path('two.onnx'), onnx);
    writeFileSync(path('two.json'), JSON.stringify({ input_data: input }));
    const words = ['batch', path('two.onnx'), path('two.json'), '--insecure-dev', '--json', ...queue];
    const ended = await fold([...words, '--out', path('machine')]);
    expect({ code: ended.code, end: ended.out.slice(-800) }).toMatchObject({ code: 0 });
    const verified = await fold(['verify', path('machine/items/two'), '--model', path('two.onnx'), '--json']);
    expect(lines(verified.out).at(-1)).toMatchObject({ verb: 'verify', final: true });
  });

  it('come one for all, of private data too', async () => {
    const closed = ['--one-proof', '--private', 'input,output', '--batch-key', path('batch.key')];
    const ended = await batch('all', ...queue, ...closed);
    expect({ code: ended.code, end: ended.out.slice(-800) }).toMatchObject({ code: 0 });
    const verified = await fold(['verify', path('all'), '--network', 'digits512', '--layers', '33', '--json']);
    expect(lines(verified.out).at(-1)).toMatchObject({ verb: 'verify', final: true, items: 2 });
    const salts = lines(readFileSync(path('all/private/items.jsonl'), 'utf8')).map((item) =>
      JSON.stringify(item.salts),
    );
    expect(new Set(salts).size).toBe(2);
  });
});
