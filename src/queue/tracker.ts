/**
 * Waits for jobs: by the queue's events, and by looking now and then, because events can be missed and a server that lost its memory
 * sends none. A job that is gone and was not cancelled is submitted again.
 */
import type { QueueEvents } from 'bullmq';
import { FoldError, throwIfAborted } from '../errors.ts';
import type { JobQueue, QueueJob } from './connection.ts';
import { decodeFailure, type JobPayload, type JobProgress, parseProgress } from './messages.ts';

/** Milliseconds between two looks at every job that is waited for. */
const LOOK = 2000;

/** What the queue has of a finished job; nothing of it is checked. */
export interface Finished {
  readonly job: QueueJob;
  readonly returned: unknown;
}

type Listener = (progress: JobProgress) => void;

/** A job that is waited for: by several items of a batch where their inputs are equal, which makes them one job. */
interface Waiting {
  readonly payload: JobPayload;
  readonly listeners: Listener[];
  readonly ended: Promise<Finished>;
  readonly resolve: (finished: Finished) => void;
  readonly reject: (error: unknown) => void;
  /** Somebody asks for its state already, or it is being submitted. */
  looking: boolean;
}

export class Tracker {
  readonly #queue: JobQueue;
  readonly #signal: AbortSignal;
  /** By the server's clock: what was cancelled before does not count. */
  readonly #began: number;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timer: NodeJS.Timeout;
  readonly #abort = (): void => {
    for (const { reject } of this.#waiting.values()) reject(interrupted(this.#signal));
    this.#waiting.clear();
  };

  private constructor(queue: JobQueue, events: QueueEvents, began: number, signal: AbortSignal) {
    this.#queue = queue;
    this.#signal = signal;
    this.#began = began;
    for (const name of ['completed', 'failed', 'removed'] as const)
      events.on(name, ({ jobId }: { jobId: string }) => void this.#look(jobId));
    events.on('progress', ({ jobId, data }) => this.#progress(jobId, data));
    this.#timer = setInterval(() => void this.#lookAtAll(), LOOK);
    signal.addEventListener('abort', this.#abort);
  }

  static async open(queue: JobQueue, signal: AbortSignal): Promise<Tracker> {
    const began = await queue.now();
    return new Tracker(queue, await queue.events(), began, signal);
  }

  /**
   * Submits a job, or joins the one that is there, until it has ended. One that had failed before is tried again.
   * @throws how it failed; E_ABORTED for one that is cancelled, or when this command is interrupted
   */
  async finished(id: string, payload: JobPayload, progress: Listener): Promise<Finished> {
    throwIfAborted(this.#signal);
    const joined = this.#waiting.get(id);
    if (joined) {
      joined.listeners.push(progress);
      return joined.ended;
    }
    const waiting = waitingFor(payload, progress);
    this.#waiting.set(id, waiting);
    try {
      const before = await this.#queue.get(id);
      // of an earlier batch
      if ((await before?.getState()) === 'failed') await before!.remove().catch(() => {});
      await this.#queue.add(id, payload);
    } catch (error) {
      this.#end(id, () => waiting.reject(error));
    }
    waiting.looking = false;
    if (this.#signal.aborted) this.#abort();
    void this.#look(id);
    return waiting.ended;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#signal.removeEventListener('abort', this.#abort);
  }

  #progress(id: string, data: unknown): void {
    try {
      const waiting = this.#waiting.get(id);
      if (!waiting) return;
      const progress = parseProgress(data);
      for (const listener of waiting.listeners) listener(progress);
    } catch (error) {
      // what a worker says of its progress is for the eyes only
      if (!(error instanceof FoldError)) throw error;
    }
  }

  async #lookAtAll(): Promise<void> {
    for (const id of [...this.#waiting.keys()]) await this.#look(id);
  }

  /** Whether a job has ended, or is gone. A server that does not answer now is asked again. */
  async #look(id: string): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (!waiting || waiting.looking) return;
    waiting.looking = true;
    try {
      await this.#settle(id, waiting);
    } catch {
      // the next look asks again
    } finally {
      waiting.looking = false;
    }
  }

  async #settle(id: string, waiting: Waiting): Promise<void> {
    const { payload } = waiting;
    const job = await this.#queue.get(id);
    const state = await job?.getState();
    if (job && state === 'completed') return this.#end(id, () => waiting.resolve({ job, returned: job.returnvalue }));
    if (job && state === 'failed') {
      const failed = decodeFailure(job.failedReason);
      return this.#end(id, () => waiting.reject(failed.code === 'E_ABORTED' ? cancelled(payload) : failed));
    }
    if (job && state !== 'unknown') return;
    if (await this.#queue.cancelledSince(this.#began, id, payload.batch))
      return this.#end(id, () => waiting.reject(cancelled(payload)));
    await this.#queue.add(id, payload);
  }

  #end(id: string, tell: () => void): void {
    if (this.#waiting.delete(id)) tell();
  }
}

function waitingFor(payload: JobPayload, progress: Listener): Waiting {
  let settle!: Pick<Waiting, 'resolve' | 'reject'>;
  const ended = new Promise<Finished>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // it may fail before anybody has come to wait for it
  ended.catch(() => {});
  return { payload, listeners: [progress], ended, ...settle, looking: true };
}

const interrupted = (signal: AbortSignal): FoldError =>
  new FoldError('E_ABORTED', 'The batch was interrupted; its jobs stay in the queue.', {
    hint: 'fold jobs cancel BATCH ends them',
    cause: signal.reason,
  });

const cancelled = ({ batch }: JobPayload): FoldError =>
  new FoldError('E_ABORTED', 'The job was cancelled.', { got: `a cancellation of it or of the batch ${batch}` });
