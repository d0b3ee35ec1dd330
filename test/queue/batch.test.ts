/**
 * `fold batch --redis` against a real server, with workers in this process: what it leaves is what a batch of this machine leaves, two
 * submitters share jobs, private data stay closed, and nothing false is taken.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { JobQueue } from '../../src/queue/connection.ts';
import { openStore } from '../../src/queue/content-store.ts';
import { makeResult } from '../../src/queue/messages.ts';
import { fold, lines, type Outcome, useFolder } from '../cli/harness.ts';
import { randomChain } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { useWorkers } from '../helpers/queue-workers.ts';
import { describeRedis, RedisServer } from '../helpers/redis.ts';

const folder = useFolder();
const { graph, input } = randomChain(3, { kind: 'dense', layers: 3 });
const IDS = ['a', 'b', 'c'];
// workers and whoever submits share this process
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

describeRedis('a batch on a queue', () => {
  let redis: RedisServer;
  const queue = (): string[] => ['--redis', redis.url, '--store', folder.path('store')];
  const startWorker = useWorkers(queue);

  beforeAll(async () => {
    redis = await RedisServer.start();
    writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
    const text = IDS.map((id, k) => JSON.stringify({ id, input_data: [[...input.data].map((x) => x / (k + 1))] }));
    writeFileSync(folder.path('inputs.jsonl'), `${text.join('\n')}\n`);
    mkdirSync(folder.path('store'));
    writeFileSync(folder.path('batch.key'), `${'5a'.repeat(32)}\n`);
    writeFileSync(folder.path('other.key'), 'a5'.repeat(32));
  });
  afterAll(() => redis?.stop());

  const inputs = (): string[] => [
    folder.path('model.onnx'),
    folder.path('inputs.jsonl'),
    '--no-wrap',
    '--workers',
    '1',
  ];
  const batch = (out: string, ...more: string[]): Promise<Outcome> =>
    fold(['batch', ...inputs(), '--layers-per-step', '1', '--out', folder.path(out), ...more]);
  const manifest = (out: string) =>
    lines(readFileSync(folder.path(out, 'manifest.jsonl'), 'utf8')).map(({ seconds, ...item }) => item);
  const files = (out: string): string[] =>
    readdirSync(folder.path(out), { recursive: true })
      .map(String)
      .filter((name) => !name.endsWith('.lock'))
      .sort();

  it('leaves what one of this machine leaves', async () => {
    expect(await batch('here')).toMatchObject({ code: 0 });
    startWorker();
    const there = await batch('there', ...queue());
    expect(there).toMatchObject({ code: 0, out: expect.stringMatching(/^3 of 3 inputs proven/m) });
    expect(there.err).toMatch(/^a: folding: step \d\/\d/m);
    expect(files('there')).toEqual(files('here'));
    expect(manifest('there')).toEqual(manifest('here'));
    for (const id of IDS) {
      const [own, theirs] = ['here', 'there'].map((out) =>
        JSON.parse(readFileSync(folder.path(out, 'items', id, 'run.json'), 'utf8')),
      );
      const about = ({ path, share, bytes }: { path: string; share: string; bytes: number }) => ({
        path,
        share,
        bytes,
      });
      expect({ ...theirs, files: theirs.files.map(about) }).toEqual({ ...own, files: own.files.map(about) });
      const pinned = [
        '--model',
        folder.path('model.onnx'),
        '--input',
        folder.path('there', 'items', id, 'private/input.json'),
      ];
      expect(await fold(['verify', folder.path('there', 'items', id), ...pinned])).toMatchObject({ code: 0 });
    }
    // again: nothing is left to do, with or without the queue
    for (const more of [queue(), []]) {
      const again = lines((await batch('there', '--json', ...more)).out).filter(({ name }) => name === 'item');
      expect(again.map(({ made }) => made)).toEqual([false, false, false]);
    }
  });

  it('is shared by two who submit it', async () => {
    const both = Promise.all(['one', 'two'].map((out) => batch(out, ...queue(), '--weight-fraction', '9', '--json')));
    startWorker();
    startWorker();
    const ended = await both;
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const proofs = ['one', 'two'].map((out) =>
      IDS.map((id) => readFileSync(folder.path(out, 'items', id, 'folded.cbor'))),
    );
    // the same proofs, to the byte: each was made once
    expect(proofs[0]).toEqual(proofs[1]);
    expect(manifest('one')).toEqual(manifest('two'));
    const jobs = await JobQueue.open(redis.url, {});
    try {
      const counts = await jobs.queue.getJobCounts();
      expect(counts).toMatchObject({ failed: 0, waiting: 0, active: 0 });
    } finally {
      await jobs.close();
    }
  });

  it('proves equal inputs once, for each of their names', async () => {
    const line = (id: string): string => JSON.stringify({ id, input_data: [[...input.data].map((x) => x / 5)] });
    writeFileSync(folder.path('equal.jsonl'), ['a', 'b', 'c'].map(line).join('\n'));
    startWorker();
    const words = [folder.path('model.onnx'), folder.path('equal.jsonl'), '--no-wrap', '--workers', '1'];
    const equal = await fold(['batch', ...words, '--out', folder.path('equal'), ...queue()]);
    expect(equal).toMatchObject({ code: 0, out: expect.stringMatching(/^3 of 3 inputs proven/m) });
    const proofs = IDS.map((id) => readFileSync(folder.path('equal', 'items', id, 'folded.cbor')));
    expect(proofs.every((proof) => proof.equals(proofs[0]!))).toBe(true);
  }, 120_000);

  it('goes into one proof', async () => {
    expect(await batch('own', '--one-proof')).toMatchObject({ code: 0 });
    startWorker();
    const together = await batch('together', '--one-proof', ...queue());
    expect(together).toMatchObject({ code: 0 });
    expect(files('together')).toEqual(files('own'));
    expect(manifest('together')).toEqual(manifest('own'));
    expect(await fold(['verify', folder.path('together'), '--model', folder.path('model.onnx')])).toMatchObject({
      code: 0,
    });
  });

  it('keeps private data closed to Redis and the store', async () => {
    const secret = ['--private', 'input,output,model', '--model-salt', folder.path('salt')];
    expect(await batch('closed', ...queue(), ...secret)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--batch-key/),
    });
    const keyed = [...queue(), ...secret, '--batch-key', folder.path('batch.key')];
    // one with another key gives the jobs back, and says why
    startWorker(['--batch-key', folder.path('other.key')]);
    const running = batch('closed', ...keyed, '--json');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    startWorker(['--batch-key', folder.path('batch.key')]);
    const ended = await running;
    expect(ended).toMatchObject({ code: 0 });
    expect(lines(ended.out).filter(({ name }) => name === 'refused')[0]).toMatchObject({ code: 'E_KEY' });
    const { integers } = JSON.parse(readFileSync(folder.path('closed/items/a/private/output.json'), 'utf8'));
    const salts = JSON.parse(readFileSync(folder.path('closed/items/a/private/salts.json'), 'utf8'));
    const seen = await redis.dump();
    const objects = readdirSync(folder.path('store/objects'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
    const words = [
      salts.input,
      salts.output,
      '5a'.repeat(32),
      JSON.stringify(integers).slice(1, -1),
      String(input.data[0]),
    ];
    for (const word of words) expect(seen.includes(word)).toBe(false);
    const { salt } = JSON.parse(readFileSync(folder.path('salt'), 'utf8'));
    for (const word of [salts.input, salts.output, salt])
      expect(objects.filter((text) => text.includes(word) || text.includes(word.slice(2)))).toEqual([]);
    expect(
      new Set(IDS.map((id) => readFileSync(folder.path('closed/items', id, 'private/salts.json'), 'utf8'))).size,
    ).toBe(3);
    expect(
      await fold([
        'verify',
        folder.path('closed/items/a'),
        '--model',
        folder.path('model.onnx'),
        ...secret.slice(2),
        '--private',
        'model',
      ]),
    ).toMatchObject({ code: 0 });
  });

  it('is refused by a worker where a digest is not that of its content', async () => {
    const jobs = await JobQueue.open(redis.url, {});
    try {
      const data = (await jobs.queue.getJobs(['completed'])).find(({ data: known }) => known.keyId === undefined)!.data;
      const other = `0x${'1'.repeat(64)}`;
      const { statement } = data;
      const lies: Partial<typeof statement>[] = [
        { parameters: other },
        { modelDigest: other },
        { inputDigest: other },
        { outputDigest: other },
        { steps: statement.steps + 1 },
        { root: other },
      ];
      for (const [k, lie] of lies.entries())
        await jobs.add(`fold-lie-${k}`, { ...data, statement: { ...statement, ...lie } });
      startWorker();
      for (const k of lies.keys()) {
        let job = await jobs.get(`fold-lie-${k}`);
        while (job?.failedReason === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          job = await jobs.get(`fold-lie-${k}`);
        }
        expect(JSON.parse(job.failedReason)).toMatchObject({
          code: 'E_REJECTED',
          message: expect.stringMatching(/The job is of another/),
        });
        expect(job.attemptsMade).toBe(1);
      }
    } finally {
      await jobs.close();
    }
  });

  it('is proven again where the store lost what was proven', async () => {
    rmSync(folder.path('store'), { recursive: true });
    startWorker();
    expect(await batch('lost', ...queue())).toMatchObject({ code: 0 });
    const [before, after] = ['there', 'lost'].map((out) => readFileSync(folder.path(out, 'items/a/folded.cbor')));
    expect(after!.equals(before!)).toBe(false);
    expect(manifest('lost')).toEqual(manifest('there'));
  });

  it('takes no false result, and names who gave it', async () => {
    const store = await openStore(folder.path('store'));
    const jobs = await JobQueue.open(redis.url, {});
    let given = 0;
    const garbage = readFileSync(folder.path('there/items/a/folded.cbor'));
    const liar = jobs.worker(
      async () => {
        given++;
        // a proof that holds, of something else; or no proof
        const bytes = given % 2 === 1 ? garbage : new Uint8Array(100);
        const facts = { threads: 1, seconds: 1, busy: 1, peakMemory: 1, partSeconds: {} };
        return makeResult({ worker: 'liar', content: await store.put(bytes), ...facts });
      },
      { concurrency: 1, name: 'liar' },
      {},
    );
    const lying = liar.run();
    const running = batch('lied', ...queue(), '--weight-fraction', '8', '--json');
    while (given < 4) await new Promise((resolve) => setTimeout(resolve, 50));
    await liar.close();
    await lying;
    startWorker();
    const ended = await running;
    await jobs.close();
    expect(ended).toMatchObject({ code: 0 });
    const named = lines(ended.out).filter(({ name }) => name === 'false-result');
    expect(named.length).toBeGreaterThanOrEqual(4);
    for (const line of named)
      expect(line).toMatchObject({ worker: 'liar', code: expect.stringMatching(/E_REJECTED|E_FORMAT/) });
    expect(manifest('lied').map(({ status }) => status)).toEqual(['proven', 'proven', 'proven']);
    for (const id of IDS) expect(await fold(['verify', folder.path('lied/items', id)])).toMatchObject({ code: 0 });
  });
});
