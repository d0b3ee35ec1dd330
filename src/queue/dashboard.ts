/**
 * The queue in a browser: bull-board, loaded only here, on this machine's loopback and to look at only; what changes jobs are the verbs.
 * The Host header must be that of loopback, so that no page of another origin gets at it through a name of its own.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FoldError } from '../errors.ts';
import type { JobQueue } from './connection.ts';
import { loadOptional } from './optional.ts';

const HOST = '127.0.0.1';
const PACKAGES = ['@bull-board/api', '@bull-board/express'];

export interface Dashboard {
  readonly url: string;
  close(): Promise<void>;
}

/** @param port 0 for any free one. @throws E_QUEUE where the packages are not installed, E_USAGE for a port that is taken */
export async function openDashboard({ queue }: JobQueue, port: number): Promise<Dashboard> {
  const { createBullBoard, BullMQAdapter, ExpressAdapter } = await loadOptional(
    'the page of the queue',
    PACKAGES,
    load,
  );
  const adapter = new ExpressAdapter();
  createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter: adapter });
  const page: (request: object, response: object) => void = adapter.getRouter();
  const server = createServer((request, response) => {
    const bound = (server.address() as AddressInfo).port;
    const { host } = request.headers;
    if (host === `${HOST}:${bound}` || host === `localhost:${bound}`) page(request, response);
    else response.writeHead(403).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new FoldError('E_USAGE', 'The page of the queue cannot be shown there.', {
          expected: 'a port that is free',
          got: `${HOST}:${port}: ${cause.message}`,
          hint: '--ui 0',
          cause,
        }),
      ),
    );
    server.listen(port, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function load() {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  return { createBullBoard, BullMQAdapter, ExpressAdapter };
}
