/** `fold jobs` and the ways to a server: list, cancel, retry, follow, the page; passwords, TLS, and servers that are not there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { JobQueue } from '../../src/queue/connection.ts';
import { fold, lines, type Outcome, useFolder } from '../cli/harness.ts';
import { randomChain } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { describeRedis, RedisServer } from '../helpers/redis.ts';

const folder = useFolder();
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const PASSWORD = 'correct horse';
const env = { LAYERFOLD_REDIS_PASSWORD: PASSWORD };

describeRedis('the jobs of a queue', () => {
  let redis: RedisServer;
  let batch: (out: string) => Promise<Outcome>;
  const jobs = (...words: string[]): Promise<Outcome> =>
    fold(['jobs', ...words, '--redis', redis.url, '--json'], { env });
  const listed = async (...words: string[]) =>
    lines((await jobs(...words)).out).at(-1) as unknown as {
      jobs: { batch: string; state: string; item: string; job: string }[];
    };

  beforeAll(async () => {
    redis = await RedisServer.start({ more: ['--requirepass', PASSWORD] });
    const { graph, input } = randomChain(3, { kind: 'dense', layers: 3 });
    writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
    const text = ['a', 'b'].map((id, k) =>
      JSON.stringify({ id, input_data: [[...input.data].map((x) => x / (k + 1))] }),
    );
    writeFileSync(folder.path('inputs.jsonl'), text.join('\n'));
    mkdirSync(folder.path('store'));
    const words = [
      'batch',
      folder.path('model.onnx'),
      folder.path('inputs.jsonl'),
      '--no-wrap',
      '--workers',
      '1',
      '--json',
    ];
    batch = (out) =>
      fold([...words, '--redis', redis.url, '--store', folder.path('store'), '--out', folder.path(out)], { env });
  });
  afterAll(() => redis?.stop());

  const waiting = async (count: number): Promise<string> => {
    for (;;) {
      const { jobs: found } = await listed();
      if (found.filter(({ state }) => state === 'waiting').length === count) return found[0]!.batch;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  it('are listed, cancelled as a batch, and whoever waits is told', async () => {
    const running = batch('cancelled');
    const name = await waiting(2);
    expect((await listed('list', name)).jobs.map(({ item, state }) => [item, state]).sort()).toEqual([
      ['a', 'waiting'],
      ['b', 'waiting'],
    ]);
    expect((await listed('list', 'f'.repeat(16))).jobs).toEqual([]);
    expect(await jobs('cancel')).toMatchObject({ code: 2 });
    expect((await listed('cancel', name)).jobs).toHaveLength(2);
    const ended = await running;
    expect(ended).toMatchObject({ code: 130 });
    expect(lines(ended.out).at(-1)).toMatchObject({
      type: 'error',
      code: 'E_ABORTED',
      hint: 'The same command again goes on.',
    });
    expect(lines(ended.out).filter(({ name: fact }) => fact === 'cancelled')).toMatchObject([{ batch: name }]);
    const manifest = readFileSync(folder.path('cancelled/manifest.jsonl'), 'utf8');
    expect(lines(manifest).map(({ status }) => status)).toEqual(['waiting', 'waiting']);
  });

  it('of a batch that was cancelled are submitted again with it, followed, and shown', async () => {
    const running = batch('cancelled');
    const name = await waiting(2);
    const page = new AbortController();
    const shown = fold(['jobs', '--ui', '0', '--redis', redis.url, '--json'], { env, signal: page.signal });
    const following = jobs('follow', name);
    const stop = new AbortController();
    const words = ['worker', '--redis', redis.url, '--store', folder.path('store'), '--workers', '1'];
    const worker = fold(words, { env, signal: stop.signal });
    expect(await running).toMatchObject({ code: 0 });
    expect(lines((await following).out).at(-1)).toMatchObject({
      action: 'follow',
      jobs: [{ state: 'completed' }, { state: 'completed' }],
    });
    stop.abort();
    page.abort();
    expect((await Promise.all([worker, shown])).map(({ code }) => code)).toEqual([0, 0]);
    expect(await listed('retry', name)).toMatchObject({ jobs: [] });
  });

  it('are on a page of loopback, to look at only, under its own name only', async () => {
    const queue = await JobQueue.open(redis.url, env);
    const { openDashboard } = await import('../../src/queue/dashboard.ts');
    const page = await openDashboard(queue, 0);
    try {
      expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const answer = await fetch(`${page.url}api/queues`);
      expect(await answer.json()).toMatchObject({ queues: [{ name: 'jobs', readOnlyMode: true }] });
      const id = (await queue.queue.getJobs(['completed']))[0]!.id!;
      const change = await fetch(`${page.url}api/queues/jobs/${id}/clean`, { method: 'PUT' });
      expect(change.ok).toBe(false);
      expect(await queue.get(id)).toBeDefined();
      const other = await new Promise<number | undefined>((resolve) => {
        get(page.url, { headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode));
      });
      expect(other).toBe(403);
    } finally {
      await page.close();
      await queue.close();
    }
  });

  it('are nobody’s without the password, which no error shows', async () => {
    const wrong = await fold(['jobs', '--redis', redis.url], { env: { LAYERFOLD_REDIS_PASSWORD: 'wrong horse' } });
    expect(wrong).toMatchObject({ code: 4, err: expect.stringMatching(/E_QUEUE: The Redis server refuses this user/) });
    expect(await fold(['jobs', '--redis', redis.url])).toMatchObject({ code: 4 });
    const inUrl = redis.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`);
    expect(await fold(['jobs', '--redis', inUrl])).toMatchObject({ code: 0 });
    for (const text of [wrong.err, wrong.out]) expect(text).not.toMatch(/horse/);
    const odd = await fold(['jobs', '--redis', `http://:${PASSWORD}@localhost`]);
    expect(odd).toMatchObject({ code: 2, err: expect.not.stringMatching(/horse/) });
  });
});

describeRedis('a server', () => {
  it('that is not there, or not named, is an error that says so', async () => {
    const gone = await fold(['worker', '--redis', 'redis://127.0.0.1:1']);
    expect(gone).toMatchObject({ code: 4, err: expect.stringMatching(/E_QUEUE: The Redis server cannot be reached/) });
    expect(await fold(['worker'])).toMatchObject({ code: 2, err: expect.stringMatching(/Which Redis server/) });
  });

  it('with TLS is believed by its certificate', async () => {
    const [key, certificate] = [folder.path('tls.key'), folder.path('tls.crt')];
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    execFileSync('openssl', [...words, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const more = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    const redis = await RedisServer.start({
      url: (port) => `rediss://127.0.0.1:${port}`,
      more: [...more, '--tls-auth-clients', 'no'],
      tls: true,
    });
    try {
      // a certificate that nobody vouches for
      const refused = await fold(['jobs', '--redis', redis.url]);
      expect(refused).toMatchObject({ code: 4, err: expect.stringMatching(/self-signed certificate/) });
      const launcher = new URL('../../bin/fold.js', import.meta.url).pathname;
      const trusted = execFileSync(process.execPath, [launcher, 'jobs', '--redis', redis.url], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      });
      expect(trusted.toString()).toMatch(/0 jobs in the queue/);
    } finally {
      await redis.stop();
    }
  });
});
