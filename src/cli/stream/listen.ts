/** Beginning and end of a server of either kind. */
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { FoldError } from '../../errors.ts';

/** Readers at a time; more are turned away. */
const MOST_READERS = 32;
/** Milliseconds that readers have for the last lines when the run is over. */
const PATIENCE = 2000;

/**
 * Waits until the server listens.
 * @returns what ends it once its feed has ended: readers may read to the end for a while, then they are cut off
 * @throws E_USAGE where it cannot listen
 */
export async function listening(server: Server, where: string, listen: () => void): Promise<() => Promise<void>> {
  server.maxConnections = MOST_READERS;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  try {
    const ready = once(server, 'listening');
    listen();
    await ready;
  } catch (cause) {
    throw new FoldError('E_USAGE', 'Events cannot be streamed there.', {
      expected: 'a free port of this machine (0 takes any), or a path for a Unix socket',
      got: `${where}: ${(cause as NodeJS.ErrnoException).code ?? 'no server'}`,
      hint: '--stream 0   or   --stream unix:PATH',
      cause,
    });
  }
  // a reader that cannot be accepted is that reader's trouble
  server.on('error', () => {});
  return async () => {
    const late = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, PATIENCE);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    clearTimeout(late);
  };
}
