/**
 * Lines of JSON on a Unix socket: whoever connects is sent the history that is kept, then what comes. The file's mode, 0600
 * from its first moment, is what keeps others out. What a reader sends is not read.
 */
import { lstat, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { FoldError } from '../../errors.ts';
import type { Feed } from './feed.ts';
import { follow } from './follow.ts';
import { listening } from './listen.ts';

/**
 * @returns what ends the server once the feed has ended; the socket's file goes with it
 * @throws E_USAGE for a path that another program listens on, that is another file, or where no socket can be made
 */
export async function serveUnix(feed: Feed, path: string): Promise<() => Promise<void>> {
  await removeStale(path);
  // half open: a reader with nothing on its own standard input has not gone away
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.resume();
    follow(feed, 0, socket, ({ text }) => `${text}\n`);
  });
  return listening(server, `unix:${path}`, () => {
    const umask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
  });
}

/** A killed run leaves its socket behind: nobody answers there. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  const taken = (got: string): FoldError =>
    new FoldError('E_USAGE', `Events cannot be streamed to "${path}".`, {
      expected: 'a path where nothing is, or the socket of a run that is over',
      got,
      hint: '--stream unix:ANOTHER_PATH',
    });
  if (!found.isSocket()) throw taken('a file that is no socket');
  if (await answers(path)) throw taken('a socket on which another program listens');
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}
