/** The two servers by themselves: who gets in, how one comes back, and readers that misbehave. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { type ClientRequest, get, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Feed } from '../../../src/cli/stream/feed.ts';
import { type SseServer, serveSse } from '../../../src/cli/stream/sse.ts';
import { serveUnix } from '../../../src/cli/stream/unix.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import { parseFrames } from '../../helpers/sse.ts';
import { useFolder } from '../harness.ts';

const folder = useFolder();
const check = (name: string) => ({ type: 'check', name });
let feed = new Feed();
beforeEach(() => {
  feed = new Feed();
  for (const name of ['a', 'b', 'c']) feed.add(check(name));
});

describe('server-sent events', () => {
  let served: SseServer;
  beforeEach(async () => {
    served = await serveSse(feed, 0);
  });
  afterEach(async () => {
    feed.end();
    await served.close();
  });

  const answer = (made: ClientRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      made.on('response', resolve).on('error', reject).end();
    });
  const headers = (more: Record<string, string> = {}) => ({ authorization: `Bearer ${served.token}`, ...more });
  const status = async (url: string, options: RequestOptions = {}): Promise<number> => {
    const response = await answer(request(url, options));
    response.resume();
    return response.statusCode!;
  };

  it('are for those with the token, under the name of this machine, at one place', async () => {
    expect(served.token).toMatch(/^[\w-]{43}$/);
    const { url, port, token } = served;
    expect(await status(url)).toBe(401);
    const refused = await answer(get(url, { headers: { authorization: 'Bearer wrong' } }));
    expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(await text(refused)).toBe('');
    for (const wrong of [token, `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`])
      expect(await status(url, { headers: { authorization: wrong } })).toBe(401);
    expect(await status(`${url}?token=${token}`)).toBe(401);
    expect(await status(url, { headers: headers({ host: `evil.example:${port}` }) })).toBe(403);
    expect(await status(url, { headers: headers({ host: '127.0.0.1' }) })).toBe(403);
    expect(await status(`http://127.0.0.1:${port}/`, { headers: headers() })).toBe(404);
    expect(await status(url, { method: 'POST', headers: headers() })).toBe(405);
    const found = await answer(get(url, { headers: headers({ host: `localhost:${port}` }) }));
    expect([found.statusCode, found.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(found.headers['access-control-allow-origin']).toBeUndefined();
    found.destroy();
  });

  it('listen on the loopback interface only, and say when a port is taken', async () => {
    const error = await foldErrorOfAsync(() => serveSse(feed, served.port));
    expect([error.code, error.got]).toEqual(['E_USAGE', `127.0.0.1:${served.port}: EADDRINUSE`]);
    const other = connect({ host: '127.0.0.2', port: served.port });
    expect(await new Promise((resolve) => other.on('error', () => resolve('refused')).on('connect', resolve))).toBe(
      'refused',
    );
  });

  it('go on after the last one that a reader had', async () => {
    feed.add({ type: 'end', exitCode: 0, code: null });
    const all = await answer(get(served.url, { headers: headers() }));
    feed.end();
    const frames = parseFrames(await text(all));
    expect(frames.map(({ event }) => event)).toEqual(['check', 'check', 'check', 'end']);
    const rest = await answer(get(served.url, { headers: headers({ 'last-event-id': frames[1]!.id! }) }));
    expect(parseFrames(await text(rest))).toEqual(frames.slice(2));
    const foreign = await answer(get(served.url, { headers: headers({ 'last-event-id': 'ffffffff-2' }) }));
    expect(parseFrames(await text(foreign))).toEqual(frames);
  });

  it('keep a silent connection alive by comments', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const response = await answer(get(served.url, { headers: headers() }));
    vi.advanceTimersByTime(31_000);
    vi.useRealTimers();
    feed.end();
    expect((await text(response)).match(/^: alive$/gm)).toHaveLength(2);
  });

  it('do not wait for readers that do not read, go away, or say nothing', async () => {
    const line = `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nAuthorization: Bearer ${served.token}\r\n\r\n`;
    const sockets: Socket[] = [];
    for (const begin of [line, line, line.slice(0, 20), '']) {
      const socket = connect(served.port, '127.0.0.1').on('error', () => {});
      await new Promise((resolve) => socket.on('connect', resolve));
      socket.pause().write(begin);
      sockets.push(socket);
    }
    await setTimeout(50);
    sockets[0]!.destroy();
    for (let k = 0; k < 100_000; k++) {
      feed.add(check('x'.repeat(200)));
      if (k % 1000 === 0) await setTimeout(0);
    }
    feed.end();
    // cut off after a while, whatever they do
    await served.close();
    for (const socket of sockets) socket.destroy();
  });
});

describe('a Unix socket', () => {
  const path = (): string => folder.path('events.sock');
  const lines = async (): Promise<string[]> => {
    const socket = connect(path());
    const read = await text(socket);
    return read
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).name);
  };

  it('sends every line, closed to others, and goes away at the end', async () => {
    const umask = process.umask();
    const close = await serveUnix(feed, path());
    expect(process.umask()).toBe(umask);
    expect(lstatSync(path()).mode & 0o777).toBe(0o600);
    const taken = await foldErrorOfAsync(() => serveUnix(feed, path()));
    expect([taken.code, taken.got]).toEqual(['E_USAGE', 'a socket on which another program listens']);
    const reading = lines();
    await setTimeout(20);
    feed.add(check('d'));
    feed.end();
    expect(await reading).toEqual(['a', 'b', 'c', 'd']);
    await close();
    expect(existsSync(path())).toBe(false);
  });

  it('serves so many readers and turns the others away', async () => {
    const close = await serveUnix(feed, path());
    let away = 0;
    const readers = Array.from({ length: 40 }, async () => {
      const read = await text(connect(path()).on('error', () => {})).catch(() => '');
      if (read === '') away++;
      return read;
    });
    // those beyond the limit are told at once
    while (away < 8) await setTimeout(1);
    feed.end();
    const served = (await Promise.all(readers)).filter((read) => read !== '');
    expect(served).toHaveLength(32);
    await close();
  });

  it('takes the place of one that a killed run left, never of another file', async () => {
    const killed = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', killed, path()]).signal).toBe('SIGKILL');
    expect(lstatSync(path()).isSocket()).toBe(true);
    const close = await serveUnix(feed, path());
    feed.end();
    await close();
    writeFileSync(path(), 'mine');
    expect(await foldErrorOfAsync(() => serveUnix(feed, path()))).toMatchObject({ got: 'a file that is no socket' });
    expect(existsSync(path())).toBe(true);
    const nowhere = await foldErrorOfAsync(() => serveUnix(feed, folder.path('no', 'events.sock')));
    expect(nowhere.code).toBe('E_USAGE');
  });
});
