/**
 * Server-sent events on the loopback interface: GET /events with `Authorization: Bearer TOKEN`.
 *
 * Every program and every web page of the machine can reach a port of 127.0.0.1. The token keeps other users out. It is
 * taken from the header only, where no page of another origin can put it and no log writes it down; and the Host header must
 * name this server, which a page that had its own name resolved to 127.0.0.1 cannot arrange.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Feed } from './feed.ts';
import { follow } from './follow.ts';
import { listening } from './listen.ts';

const HOST = '127.0.0.1';
/** Milliseconds between comments that keep a silent connection alive. */
const HEARTBEAT = 15_000;

export interface SseServer {
  readonly port: number;
  readonly url: string;
  readonly token: string;
  /** Once the feed has ended. */
  readonly close: () => Promise<void>;
}

/** @param port 0 for any that is free. @throws E_USAGE for one that is taken */
export async function serveSse(feed: Feed, port: number): Promise<SseServer> {
  const token = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const status = judge(request, port, token);
    if (status === 200) stream(feed, request, response);
    else refuse(response, status);
  });
  const close = await listening(server, `${HOST}:${port}`, () => server.listen(port, HOST));
  const { port: bound } = server.address() as AddressInfo;
  return { port: bound, url: `http://${HOST}:${bound}/events`, token, close };
}

function judge({ method, url, headers }: IncomingMessage, port: number, token: string): number {
  if (headers.host !== `${HOST}:${port}` && headers.host !== `localhost:${port}`) return 403;
  if (!matches(headers.authorization, token)) return 401;
  if (url !== '/events') return 404;
  return method === 'GET' ? 200 : 405;
}

/** Compares digests of equal length, in a time that does not depend on where the two differ. */
function matches(authorization: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}

function refuse(response: ServerResponse, status: number): void {
  const more: Record<string, string> = { 401: { 'www-authenticate': 'Bearer' }, 405: { allow: 'GET' } }[status] ?? {};
  response.writeHead(status, { 'content-length': 0, connection: 'close', ...more }).end();
}

function stream(feed: Feed, request: IncomingMessage, response: ServerResponse): void {
  const last = request.headers['last-event-id'];
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.write('retry: 1000\n\n');
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': alive\n\n');
  }, HEARTBEAT).unref();
  response.on('close', () => clearInterval(beat));
  follow(
    feed,
    feed.placeOf(typeof last === 'string' ? last : undefined),
    response,
    ({ id, type, text }) => `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${text}\n\n`,
  );
}
