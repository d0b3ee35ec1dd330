/**
 * The queue: BullMQ on Redis. Both packages are loaded here and nowhere else, when a verb works with a queue. There is one queue of
 * jobs; marks beside it say what was cancelled, which a job that is gone cannot say itself.
 */
import type { Job, Queue, QueueEvents, Worker, WorkerOptions } from 'bullmq';
import type { Redis as RedisConnection, RedisOptions } from 'ioredis';
import { setting } from '../environment.ts';
import { FoldError } from '../errors.ts';
import type { OptionValues } from '../runs/options.ts';
import type { JobPayload } from './messages.ts';
import { loadOptional } from './optional.ts';

const NAME = 'jobs';
const PREFIX = 'layerfold';
/** Seconds for which finished jobs are known, and marks of what was cancelled. */
const KEPT = 7 * 24 * 3600;
/** Milliseconds for the first answer. */
const PATIENCE = 10_000;
/** Seconds after which a worker that is not heard of has lost its job. */
const LOCK_SECONDS = 30;
/** So often a job may lose its worker before it fails. */
const MOST_STALLS = 20;
/** So often a job may fail for reasons of a machine. */
const ATTEMPTS = 3;

interface Packages {
  readonly bullmq: typeof import('bullmq');
  readonly Redis: typeof import('ioredis').Redis;
}
export type QueueJob = Job<JobPayload, unknown, string>;

function packages(): Promise<Packages> {
  return loadOptional('work on many machines', ['bullmq', 'ioredis'], async () => ({
    bullmq: await import('bullmq'),
    Redis: (await import('ioredis')).Redis,
  }));
}

/** The server of --redis. @throws E_USAGE without one */
export function needRedis({ redis }: OptionValues): string {
  if (redis !== undefined) return redis;
  throw new FoldError('E_USAGE', 'Which Redis server?', {
    expected: '--redis URL',
    got: 'none',
    hint: '--redis redis://127.0.0.1:6379',
  });
}

/** As it is shown: without a password. */
function shown(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${hostname}:${port || '6379'}`;
}

/** How long a job is a worker's that is not heard of. */
function lockMilliseconds(env: NodeJS.ProcessEnv): number {
  const seconds = setting(env, 'LAYERFOLD_QUEUE_LOCK', (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= 1 && value <= 3600) return value;
    throw new FoldError('E_USAGE', 'that is no number of seconds.', { expected: '1 to 3600', got: text });
  });
  return 1000 * (seconds ?? LOCK_SECONDS);
}

export class JobQueue {
  readonly url: string;
  readonly queue: Queue<JobPayload>;
  readonly #packages: Packages;
  readonly #redis: RedisConnection;
  readonly #closing: (() => Promise<void>)[] = [];

  private constructor(url: string, loaded: Packages, redis: RedisConnection) {
    this.url = shown(url);
    this.#packages = loaded;
    this.#redis = redis;
    this.queue = new loaded.bullmq.Queue<JobPayload>(NAME, { connection: redis, prefix: PREFIX });
    // a connection that is lost comes again by itself
    this.queue.on('error', () => {});
    this.#closing.push(() => this.queue.close());
  }

  /** @throws E_QUEUE where the packages are not installed, or the server cannot be reached or refuses */
  static async open(url: string, env: NodeJS.ProcessEnv): Promise<JobQueue> {
    const loaded = await packages();
    const redis = await connect(url, env, loaded);
    return new JobQueue(url, loaded, redis);
  }

  /** Milliseconds, by the server's clock: those of the machines may differ. */
  async now(): Promise<number> {
    const [seconds, micro] = await this.#redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(micro) / 1000);
  }

  /** Adds a job, or finds the one that is there. */
  async add(id: string, payload: JobPayload): Promise<void> {
    await this.queue.add(payload.kind, payload, {
      jobId: id,
      timestamp: await this.now(),
      attempts: ATTEMPTS,
      backoff: { type: 'fixed', delay: 1000 },
      // what ends a batch goes before what begins another item
      ...(payload.kind === 'wrap' ? { lifo: true } : {}),
      removeOnComplete: { age: KEPT },
      removeOnFail: { age: KEPT },
    });
  }

  get(id: string): Promise<QueueJob | undefined> {
    return this.queue.getJob(id);
  }

  /** The events of all jobs, from now on. */
  async events(): Promise<QueueEvents> {
    const events = new this.#packages.bullmq.QueueEvents(NAME, { connection: this.#another(), prefix: PREFIX });
    events.on('error', () => {});
    this.#closing.push(() => events.close());
    await events.waitUntilReady();
    return events;
  }

  /** What takes jobs. */
  worker(
    work: (job: QueueJob, token: string) => Promise<unknown>,
    options: Pick<WorkerOptions, 'concurrency' | 'name'>,
    env: NodeJS.ProcessEnv,
  ): Worker<JobPayload> {
    const lockDuration = lockMilliseconds(env);
    return new this.#packages.bullmq.Worker<JobPayload>(NAME, (job, token) => work(job, token!), {
      ...options,
      connection: this.#another(),
      prefix: PREFIX,
      lockDuration,
      stalledInterval: lockDuration / 2,
      maxStalledCount: MOST_STALLS,
      autorun: false,
    });
  }

  /** The job goes to another worker, or to this one later, and no attempt is counted. */
  async handBack(job: QueueJob, token: string, milliseconds: number): Promise<never> {
    const { DelayedError, WaitingError } = this.#packages.bullmq;
    if (milliseconds > 0) {
      await job.moveToDelayed(Date.now() + milliseconds, token);
      throw new DelayedError();
    }
    await job.moveToWait(token);
    throw new WaitingError();
  }

  /** An end without another attempt. */
  final(reason: string): Error {
    return new this.#packages.bullmq.UnrecoverableError(reason);
  }

  /** Marks a batch, or a job, as cancelled now. */
  async cancel(of: string): Promise<void> {
    await this.#redis.set(markOf(of), String(await this.now()), 'EX', KEPT);
  }

  /** Whether one of these was cancelled since a moment of the server's clock. */
  async cancelledSince(moment: number, ...of: readonly string[]): Promise<boolean> {
    const marks = await this.#redis.mget(of.map(markOf));
    return marks.some((mark) => mark !== null && Number(mark) >= moment);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close().catch(() => {});
    this.#redis.disconnect();
  }

  /** Blocking commands need a connection of their own. */
  #another(): RedisConnection {
    const connection = this.#redis.duplicate();
    connection.on('error', () => {});
    this.#closing.push(async () => connection.disconnect());
    return connection;
  }
}

const markOf = (of: string): string => `${PREFIX}:cancelled:${of}`;

async function connect(url: string, env: NodeJS.ProcessEnv, { Redis }: Packages): Promise<RedisConnection> {
  // BullMQ's blocking commands wait as long as it takes; the first answer has to come soon
  let known = false;
  const password = env.LAYERFOLD_REDIS_PASSWORD;
  const options: RedisOptions = {
    // one on the command line is seen by everyone on the machine
    ...(password && { password }),
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: PATIENCE,
    retryStrategy: (times) => (known ? Math.min(100 * 2 ** Math.min(times, 6), 5000) : null),
  };
  const redis = new Redis(url, options);
  let last: Error | undefined;
  redis.on('error', (error: Error) => {
    last = error;
  });
  try {
    await redis.connect();
    await redis.ping();
    known = true;
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw unreachable(url, last ?? (cause as Error));
  }
}

function unreachable(url: string, cause: Error): FoldError {
  const { message } = cause;
  const refused = /NOAUTH|WRONGPASS|NOPERM/.test(message);
  const words =
    cause instanceof AggregateError ? cause.errors.map((error: Error) => error.message).join(', ') : message;
  return new FoldError(
    'E_QUEUE',
    refused ? 'The Redis server refuses this user.' : 'The Redis server cannot be reached.',
    {
      expected: refused ? 'the password of this user, in the environment or in the URL' : 'a server that answers',
      got: `${shown(url)}: ${words.slice(0, 200)}`,
      hint: refused
        ? 'LAYERFOLD_REDIS_PASSWORD=PASSWORD in the environment'
        : "redis-server --port 6379; with TLS rediss://, and NODE_EXTRA_CA_CERTS=FILE for a certificate of one's own",
      cause,
    },
  );
}
