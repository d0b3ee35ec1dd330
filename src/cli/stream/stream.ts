/**
 * --stream: the events of a run for other programs, over server-sent events on this machine's loopback interface or over a
 * Unix socket. Nothing that readers do reaches the run.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { command } from '../../command.ts';
import type { ErrorCode } from '../../errors.ts';
import type { StreamPlace } from '../../runs/option-values.ts';
import type { LineBody } from '../../show/ndjson.ts';
import { makeFolder, writeFileAtomic } from '../../store/atomic.ts';
import { cacheFolder, OTHER_CACHE } from '../../store/cache.ts';
import { Feed } from './feed.ts';
import { publicLine } from './public-lines.ts';
import { serveSse } from './sse.ts';
import { serveUnix } from './unix.ts';

export interface EventStream {
  /** Takes every line of the run and passes on what others may see. */
  readonly add: (body: LineBody) => void;
  /** Where it is, for the reporter. */
  readonly told: { readonly data: Readonly<Record<string, unknown>>; readonly lines: readonly string[] };
  /** Sends the last line and ends the stream. */
  readonly close: (exitCode: number, error: ErrorCode | undefined) => Promise<void>;
}

/** @throws E_USAGE for a port or path that cannot be had; E_DISK where the token cannot be kept */
export async function openStream(place: StreamPlace): Promise<EventStream> {
  const feed = new Feed();
  const { close, ...told } = 'path' in place ? await onSocket(feed, place.path) : await onPort(feed, place.port);
  return {
    add: (body) => {
      const line = publicLine(body);
      if (line) feed.add(line);
    },
    told,
    close: async (exitCode, error) => {
      feed.add({ type: 'end', exitCode, code: error ?? null });
      feed.end();
      await close();
    },
  };
}

type Opened = EventStream['told'] & { readonly close: () => Promise<void> };

async function onSocket(feed: Feed, path: string): Promise<Opened> {
  const socket = resolve(path);
  const close = await serveUnix(feed, socket);
  return { data: { socket }, lines: [`streaming events on the socket ${socket}`], close };
}

/**
 * The token is in a file of mode 0600 and nowhere else: what is printed ends in logs, and what stands in a command is seen by
 * every user. So the file is the header to send, as `curl -H @FILE` reads it.
 */
async function onPort(feed: Feed, port: number): Promise<Opened> {
  const served = await serveSse(feed, port);
  const folder = join(cacheFolder(), 'stream');
  const headerFile = join(folder, `${served.port}.header`);
  const elsewhere = `--stream unix:PATH   or   ${OTHER_CACHE}`;
  try {
    await makeFolder(folder, { mode: 0o700, elsewhere });
    const header = `Authorization: Bearer ${served.token}\n`;
    await writeFileAtomic(headerFile, new TextEncoder().encode(header), { mode: 0o600, elsewhere });
  } catch (cause) {
    feed.end();
    await served.close();
    throw cause;
  }
  return {
    data: { url: served.url, headerFile },
    lines: [`streaming events on ${served.url}`, `  ${command`curl -N -H ${`@${headerFile}`} ${served.url}`}`],
    close: async () => {
      await served.close();
      await rm(headerFile, { force: true });
    },
  };
}
