/**
 * A worker: takes jobs, does them in the threads of the pool, so that this thread keeps their locks, and tells how far they are.
 *
 * What is wrong with this machine (no key, no memory, another version) is no fault of the job: it is given back for others, and
 * no attempt counts. A job whose digests are not those of its content fails for good. An interruption ends after the step under way, leaves a
 * checkpoint, and gives the job back.
 */
import { availableParallelism, hostname } from 'node:os';
import { FoldError } from '../errors.ts';
import type { ProgressEvent } from '../events.ts';
import type { QueueJob } from './connection.ts';
import { encodeFailure, type JobProgress, type JobResult, parseJob } from './messages.ts';
import { earlierResult, performFold, performWrap, type Work } from './perform.ts';
import { type BatchKey, type Seal, UNSEALED } from './secrets.ts';
import { Memory, type WorkerSettings } from './worker-memory.ts';

/** Milliseconds between two tellings of progress, and two looks whether the job was cancelled. */
const TELL = 500;
const LOOK = 1000;
/** Milliseconds until a job that was given back comes again. */
const AGAIN = 5000;
/** Milliseconds for which a worker leaves a job alone of which it gave a false result: then there seems to be no other. */
const AVOIDED = 60_000;
/** Events that are kept until the next telling. */
const MOST_EVENTS = 500;

/** Faults of this machine or its settings, after which another machine may do the job. */
const OF_MACHINE: readonly string[] = [
  ...['E_KEY', 'E_NO_KEY', 'E_FILE', 'E_MEMORY', 'E_DISK', 'E_LOCKED', 'E_QUEUE', 'E_TOO_LARGE'],
];
/** Errors after which no attempt can be better. */
const FOR_GOOD: readonly string[] = ['E_REJECTED', 'E_RANGE', 'E_INPUT', 'E_PLAN', 'E_UNSUPPORTED'];

/** A name that tells one worker from another: which machine, which process. */
export const workerName = (): string => `${hostname()}-${process.pid}`.slice(0, 200);

/** Takes jobs until the signal fires; then those under way are given back. @returns how many were done */
export async function runWorker(settings: WorkerSettings): Promise<number> {
  const { queue, concurrency, report, signal, env } = settings;
  const name = workerName();
  const memory = new Memory(settings);
  let done = 0;
  const turns = new Map<string, Turn>();
  const worker = queue.worker(
    async (job, token) => {
      const turn = new Turn(settings, memory, name, job, token);
      turns.set(job.id!, turn);
      const result = await turn.run().finally(() => turns.delete(job.id!));
      done++;
      report.fact('job', { job: job.id, item: job.data.item, seconds: result.seconds }, [
        `${job.data.kind} ${job.data.item}: done in ${result.seconds.toFixed(1)} s`,
      ]);
      return result;
    },
    { concurrency, name },
    env,
  );
  worker.on('error', (error) => report.caution('queue', { message: error.message }, `warning: ${error.message}`));
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) turns.get(id)?.lose();
  });
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const running = worker.run();
  await ended;
  // takes no more; waits for those under way, which end after their step
  await worker.close();
  await running;
  return done;
}

/** One job in the hands of this worker. */
class Turn {
  readonly #settings: WorkerSettings;
  readonly #memory: Memory;
  readonly #name: string;
  readonly #job: QueueJob;
  readonly #token: string;
  readonly #stop = new AbortController();
  #events: ProgressEvent[] = [];

  constructor(settings: WorkerSettings, memory: Memory, name: string, job: QueueJob, token: string) {
    this.#settings = settings;
    this.#memory = memory;
    this.#name = name;
    this.#job = job;
    this.#token = token;
  }

  /** The job is another worker's by now, or gone: this one was not heard of for too long. */
  lose(): void {
    this.#stop.abort(new Error('the lock of the job is lost'));
  }

  async run(): Promise<JobResult> {
    const tell = setInterval(() => void this.#tell(), TELL);
    const look = setInterval(() => void this.#look(), LOOK);
    try {
      return await this.#perform();
    } catch (error) {
      throw await this.#failure(error);
    } finally {
      clearInterval(tell);
      clearInterval(look);
      await this.#tell();
    }
  }

  async #perform(): Promise<JobResult> {
    const { store, threads, signal, key } = this.#settings;
    const job = this.#job;
    const payload = parseJob(job.data);
    if (payload.avoid.includes(this.#name) && Date.now() - job.timestamp < AVOIDED)
      throw new FoldError('E_QUEUE', 'The result of this worker was false; the job is for others.');
    const seal = sealFor(payload.keyId, key);
    const work: Work = {
      ...{ id: job.id!, payload, store, seal, worker: this.#name, threads },
      signal: AbortSignal.any([signal, this.#stop.signal]),
      on: (event) => this.#keep(event),
    };
    const earlier = await earlierResult(work);
    if (earlier) return earlier;
    const prepared = await this.#memory.model(payload.spec, seal);
    if (payload.kind === 'fold') return performFold(work, prepared);
    return performWrap(work, prepared, (target, groth16) => this.#memory.openWrap(target, groth16));
  }

  /** What BullMQ is told of an error. */
  async #failure(error: unknown): Promise<unknown> {
    const { queue, signal } = this.#settings;
    if (!(error instanceof FoldError)) return error;
    const { code, message } = error;
    if (code === 'E_ABORTED') {
      if (!this.#stop.signal.aborted && signal.aborted) return this.#handBack(0);
      return queue.final(this.#reason(error));
    }
    this.#warn(code, message);
    if (FOR_GOOD.includes(code)) return queue.final(this.#reason(error));
    if (!OF_MACHINE.includes(code)) return new Error(this.#reason(error));
    await this.#update({ worker: this.#name, events: [], refused: { code, message } });
    return this.#handBack(AGAIN);
  }

  /** Once of each batch: a job that is given back comes again and again. */
  #warn(code: string, message: string): void {
    const { id: job, data } = this.#job;
    if (!this.#memory.isNew(`${data.batch} ${code}`)) return;
    const text = `warning: ${data.item} of batch ${data.batch}: ${code} ${message}`;
    this.#settings.report.caution('not-done', { job, item: data.item, batch: data.batch, code, message }, text);
  }

  /** What Redis is told. An error may quote what it is about, and of private data Redis learns nothing. */
  #reason(error: FoldError): string {
    if (this.#job.data.keyId === undefined) return encodeFailure(error);
    const message = 'A worker could not do a job of private data; its own words say why.';
    return encodeFailure(new FoldError(error.code, message, { got: this.#name }));
  }

  async #handBack(milliseconds: number): Promise<unknown> {
    return this.#settings.queue.handBack(this.#job, this.#token, milliseconds).catch((signalled: unknown) => signalled);
  }

  #keep(event: ProgressEvent): void {
    if (!['stage-start', 'stage-end', 'progress', 'step'].includes(event.type)) return;
    this.#settings.report.on({ ...event, itemId: this.#job.data.item });
    this.#events.push(event);
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
  }

  async #tell(): Promise<void> {
    const events = this.#events;
    if (events.length === 0) return;
    this.#events = [];
    await this.#update({ worker: this.#name, events });
  }

  /** Progress is for the eyes: a server that does not take it now gets the next. */
  async #update(progress: JobProgress): Promise<void> {
    await this.#job.updateProgress(progress).catch(() => {});
  }

  async #look(): Promise<void> {
    const { id, timestamp, data } = this.#job;
    const cancelled = await this.#settings.queue.cancelledSince(timestamp, id!, data.batch).catch(() => false);
    if (cancelled) this.#stop.abort(new Error('cancelled'));
  }
}

/** @throws E_KEY where this worker has not the key of the batch */
function sealFor(keyId: string | undefined, key: BatchKey | undefined): Seal {
  if (keyId === undefined) return UNSEALED;
  if (key?.keyId === keyId) return key;
  throw new FoldError('E_KEY', 'The batch is private, and this worker has not its key.', {
    expected: `the batch key ${keyId}`,
    got: key ? `the key ${key.keyId}` : 'no key',
    hint: '--batch-key FILE, or LAYERFOLD_BATCH_KEY',
  });
}

/** Threads of each of several jobs at a time. */
export const threadsFor = (concurrency: number, workers: number = availableParallelism()): number =>
  Math.max(1, Math.floor(workers / concurrency));
