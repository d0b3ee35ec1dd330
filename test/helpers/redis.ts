/**
 * A Redis server of a test's own: Debian's redis-server on a free port of loopback, in a folder of its own. Where there is none the
 * tests that need it are skipped and say so; with LAYERFOLD_REQUIRE_REDIS=1, which .ci/run sets after it installed it, they fail.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe } from 'vitest';

const found = spawnSync('redis-server', ['--version']).status === 0;

/** `describe`, of what needs a Redis server. */
export function describeRedis(name: string, tests: () => void): void {
  if (found || process.env.LAYERFOLD_REQUIRE_REDIS === '1') describe(name, tests);
  else describe.skip(`${name} (SKIPPED: no redis-server; apt-get install redis-server)`, tests);
}

export interface RedisOptions {
  /** Whether it keeps what it has over a restart. */
  readonly persistent?: boolean;
  /** More words of its command line. */
  readonly more?: readonly string[];
  readonly url?: (port: number) => string;
  /** Whether its port speaks TLS. */
  readonly tls?: boolean;
}

export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #folder: string;
  readonly #words: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, { persistent = false, more = [], url, tls = false }: RedisOptions) {
    this.port = port;
    this.url = url?.(port) ?? `redis://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'layerfold-redis-'));
    this.#words = [
      ...(tls ? ['--port', '0', '--tls-port', String(port)] : ['--port', String(port)]),
      ...['--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''],
      ...['--appendonly', persistent ? 'yes' : 'no', '--appendfsync', 'always', '--daemonize', 'no'],
      ...more,
    ];
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.begin();
    return server;
  }

  /** Starts it, or again after `kill`. */
  async begin(): Promise<void> {
    if (!found) throw new Error('LAYERFOLD_REQUIRE_REDIS is set, and there is no redis-server');
    const child = spawn('redis-server', this.#words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.on('exit', () => reject(new Error('redis-server ended')));
      child.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve());
    });
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Every key with all that it holds, as text. */
  async dump(): Promise<string> {
    const redis = new Redis(this.port, '127.0.0.1');
    try {
      const words: string[] = [];
      for (const key of await redis.keys('*')) {
        const type = await redis.type(key);
        const value =
          type === 'hash'
            ? await redis.hgetall(key)
            : type === 'stream'
              ? await redis.xrange(key, '-', '+')
              : type === 'string'
                ? await redis.get(key)
                : '';
        words.push(key, JSON.stringify(value));
      }
      return words.join('\n');
    } finally {
      redis.disconnect();
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
