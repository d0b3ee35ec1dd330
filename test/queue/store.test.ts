/** The content store in a folder and behind S3 (a small server that keeps objects in memory), and the key that seals what is in it. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { type ContentStore, openStore } from '../../src/queue/content-store.ts';
import { encodeNote, jobId, parseJob, parseNote, parseProgress, parseResult } from '../../src/queue/messages.ts';
import { loadOptional } from '../../src/queue/optional.ts';
import { ITEMS } from '../../src/queue/payloads.ts';
import { BatchKey, needKey, openBatchKey, UNSEALED } from '../../src/queue/secrets.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-store-'));
const objects = new Map<string, Uint8Array>();
const signed: string[] = [];
let server: Server;
const before = { ...process.env };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = new URL(request.url!, 'http://localhost').pathname;
      signed.push(request.headers.authorization ?? '');
      const found = objects.get(path);
      if (!path.startsWith('/bucket/')) response.writeHead(403).end();
      else if (request.method === 'PUT') {
        objects.set(path, new Uint8Array(Buffer.concat(chunks)));
        response.writeHead(200).end();
      } else if (request.method === 'DELETE') {
        objects.delete(path);
        response.writeHead(204).end();
      } else if (!found) response.writeHead(404).end();
      else {
        response.writeHead(200, { 'content-length': found.length });
        response.end(request.method === 'HEAD' ? undefined : found);
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_ACCESS_KEY_ID = 'id';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  rmSync(folder, { recursive: true });
});

describe.each([
  ['a folder', folder],
  ['S3', 's3://bucket/some/prefix'],
])('a content store in %s', (kind, place) => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, k) => k % 251);
  const open = (): Promise<ContentStore> => openStore(place);
  /** Changes the object as a broken disk would. */
  const damage = (sha256: string): void => {
    const name = `objects/${sha256.slice(0, 2)}/${sha256}`;
    if (kind === 'S3') objects.set(`/bucket/some/prefix/${name}`, new Uint8Array(1000));
    else writeFileSync(join(folder, name), new Uint8Array(1000));
  };

  it('gives what was put, by its digest', async () => {
    const store = await open();
    const sha256 = await store.put(bytes);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await store.put(bytes)).toBe(sha256);
    expect(new Uint8Array(await store.get(sha256))).toEqual(bytes);
    await store.remove(sha256);
    expect((await foldErrorOfAsync(() => store.get(sha256))).code).toBe('E_FILE');
    await store.remove(sha256);
  });

  it('notices what is not what it is called', async () => {
    const store = await open();
    const sha256 = await store.put(bytes);
    damage(sha256);
    expect((await foldErrorOfAsync(() => store.get(sha256))).code).toBe('E_FORMAT');
  });

  it('keeps notes that change', async () => {
    const store = await open();
    expect(await store.readNote('fold-1')).toBeUndefined();
    await store.writeNote('fold-1', 'one');
    await store.writeNote('fold-1', 'two');
    expect(await store.readNote('fold-1')).toBe('two');
  });
});

describe('places', () => {
  it('of S3 are signed for, and wrong ones are told', async () => {
    expect(signed.every((text) => text.startsWith('AWS4-HMAC-SHA256 Credential=id/'))).toBe(true);
    expect((await foldErrorOfAsync(() => openStore('s3://UPPER/x'))).code).toBe('E_USAGE');
    const closed = await openStore('s3://another');
    expect((await foldErrorOfAsync(() => closed.put(new Uint8Array(1)))).code).toBe('E_FILE');
  });

  it('in a folder leave nothing half-written', () => {
    const names = readdirSync(folder, { recursive: true }).map(String);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('whose package is missing name the command that installs it', async () => {
    const load = (): Promise<unknown> => import('no-such-package' as string);
    const error = await foldErrorOfAsync(() => loadOptional('a test', ['no-such-package'], load));
    expect(error).toMatchObject({ code: 'E_QUEUE', hint: 'npm install no-such-package' });
  });
});

describe('a batch key', () => {
  const key = new BatchKey(new Uint8Array(32).fill(7));
  const other = new BatchKey(new Uint8Array(32).fill(8));
  const text = new TextEncoder().encode('the input');

  it('opens what it sealed as what it was, and nothing else does', () => {
    const sealed = key.seal('x', text);
    expect(key.open('x', sealed)).toEqual(text);
    expect(Buffer.from(sealed).includes('the input')).toBe(false);
    expect(key.seal('x', text)).not.toEqual(sealed);
    const changed = Uint8Array.from(sealed);
    changed[changed.length - 20]! ^= 1;
    for (const open of [
      () => other.open('x', sealed),
      () => key.open('y', sealed),
      () => key.open('x', changed),
      () => key.open('x', sealed.subarray(0, 40)),
      () => key.open('x', text),
    ])
      expect(foldErrorOf(open)).toMatchObject({ code: 'E_KEY', hint: '--batch-key FILE' });
  });

  it('gives an item the same salts each time, and others to any other', () => {
    const salts = key.salts(['input', 'output'], 5n, { id: 'a' });
    expect(key.salts(['input', 'output'], 5n, { id: 'a' })).toEqual(salts);
    const { model, input, output } = salts;
    const seen = [
      input,
      output,
      key.salts(['input'], 5n, { id: 'b' }).input,
      other.salts(['input'], 5n, { id: 'a' }).input,
    ];
    expect(new Set(seen).size).toBe(4);
    expect([model, seen.every((salt) => salt > 0n && salt < R)]).toEqual([5n, true]);
    expect(key.salts(['model'], 5n, { id: 'a' })).toEqual({ model: 5n, input: 0n, output: 0n });
  });

  it('comes from a file or the environment, and is not shown', async () => {
    const path = join(folder, 'key');
    writeFileSync(path, `${'07'.repeat(32)}\n`);
    expect((await openBatchKey(path, {}))?.keyId).toBe(key.keyId);
    expect((await openBatchKey(undefined, { LAYERFOLD_BATCH_KEY: '08'.repeat(32) }))?.keyId).toBe(other.keyId);
    expect(await openBatchKey(undefined, {})).toBeUndefined();
    writeFileSync(path, 'secret words');
    const error = await foldErrorOfAsync(() => openBatchKey(path, {}));
    expect(error.code).toBe('E_KEY');
    expect(JSON.stringify(error)).not.toMatch(/secret/);
    expect(foldErrorOf(() => needKey(undefined, ['model'])).code).toBe('E_USAGE');
    expect(foldErrorOf(() => ITEMS.decode(UNSEALED, key.seal('layerfold/queue-items', text))).code).toBe('E_FORMAT');
  });
});

describe('what comes through Redis', () => {
  const digest = `0x${'1'.repeat(64)}`;
  const statement = { parameters: digest, modelDigest: digest, inputDigest: digest, outputDigest: digest, steps: 3 };
  const job = {
    ...{ format: 'layerfold/job', version: 1, kind: 'fold', batch: 'a'.repeat(16), item: 'a' },
    ...{ spec: 'b'.repeat(64), content: 'c'.repeat(64), statement, avoid: [] },
  };

  it('is strict and bounded', () => {
    expect(parseJob(job)).toEqual(job);
    for (const change of [
      { version: 2 },
      { more: 1 },
      { batch: 'A'.repeat(16) },
      { item: 'x'.repeat(101) },
      { spec: '../../etc/passwd' },
      { avoid: Array.from({ length: 21 }, () => 'x') },
      { statement: { ...statement, steps: 0 } },
    ])
      expect(foldErrorOf(() => parseJob({ ...job, ...change })).code).toBe('E_FORMAT');
    for (const value of [undefined, null, 7, 'text', [], { format: 'layerfold/job-result' }])
      for (const parse of [parseJob, parseResult, parseProgress])
        expect(foldErrorOf(() => parse(value)).code).toBe('E_FORMAT');
    expect(foldErrorOf(() => parseProgress({ worker: 'w', events: [{ type: 'warning' }] })).code).toBe('E_FORMAT');
  });

  it('names a job by what it proves', () => {
    const id = jobId('fold', statement, {}, 1);
    expect(id).toMatch(/^fold-[0-9a-f]{64}$/);
    expect(jobId('fold', { ...statement }, {}, 1)).toBe(id);
    const others = [
      jobId('wrap', statement, {}, 1),
      jobId('fold', { ...statement, steps: 4 }, {}, 1),
      jobId('fold', statement, { key: 'x' }, 1),
      jobId('fold', statement, {}, 2),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it('of notes is nothing where it is no note', () => {
    expect(parseNote(encodeNote({ checkpoint: 'd'.repeat(64) }))).toMatchObject({ checkpoint: 'd'.repeat(64) });
    for (const text of [undefined, '', '{', '{}', encodeNote({ checkpoint: 'short' })])
      expect(parseNote(text)).toBeUndefined();
  });
});
