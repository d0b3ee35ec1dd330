/** The jobs of a queue as they are shown, and what is done with those of a batch: list, retry, cancel, follow. */
import type { JobQueue, QueueJob } from './connection.ts';
import { decodeFailure, type JobPayload, type JobProgress, parseJob, parseProgress } from './messages.ts';

/** Jobs that are shown of each state. */
const MOST_SHOWN = 10_000;
const STATES = ['active', 'waiting', 'delayed', 'prioritized', 'failed', 'completed'] as const;
const OPEN: readonly string[] = ['active', 'waiting', 'delayed', 'prioritized'];

export interface ListedJob {
  readonly job: string;
  readonly kind: JobPayload['kind'];
  readonly batch: string;
  readonly item: string;
  readonly state: string;
  /** Who has it, or had it last. */
  readonly worker: string | undefined;
  /** How often it was begun, and how often its worker was lost. */
  readonly begun: number;
  readonly stalled: number;
  /** Steps of the fold, while it is under way. */
  readonly step: number | undefined;
  readonly steps: number;
  readonly error: string | undefined;
}

/** All jobs, or those of a batch, or one; what is no job of ours is passed over. */
export async function listJobs(queue: JobQueue, of: string | undefined): Promise<ListedJob[]> {
  const listed: ListedJob[] = [];
  for (const state of STATES)
    for (const job of await queue.queue.getJobs([state], 0, MOST_SHOWN)) {
      const shown = shownJob(job, state);
      if (shown && (of === undefined || shown.batch === of || shown.job === of)) listed.push(shown);
    }
  return listed;
}

function shownJob(job: QueueJob, state: string): ListedJob | undefined {
  const payload = quietly(() => parseJob(job.data));
  if (!payload || job.id === undefined) return undefined;
  const step = quietly(() => lastStep(parseProgress(job.progress)));
  const { kind, batch, item, statement } = payload;
  return {
    ...{ job: job.id, kind, batch, item, state },
    worker: job.processedBy,
    ...{ begun: job.attemptsStarted, stalled: job.stalledCounter },
    step: state === 'active' ? step : undefined,
    steps: statement.steps,
    error: state === 'failed' ? decodeFailure(job.failedReason).code : undefined,
  };
}

function lastStep({ events }: JobProgress): number | undefined {
  const last = events.findLast(({ type }) => type === 'step');
  return last?.type === 'step' ? last.step : undefined;
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Failed jobs wait again. @returns which */
export async function retryJobs(queue: JobQueue, of: string | undefined): Promise<ListedJob[]> {
  const failed = (await listJobs(queue, of)).filter(({ state }) => state === 'failed');
  for (const { job } of failed) await (await queue.get(job))?.retry('failed');
  return failed;
}

/**
 * Ends what is not done: jobs that wait go, workers stop after the step under way, and whoever waits for them is told. What was begun
 * keeps its checkpoint: the same batch again goes on from it.
 */
export async function cancelJobs(queue: JobQueue, of: string): Promise<ListedJob[]> {
  const open = (await listJobs(queue, of)).filter(({ state }) => OPEN.includes(state));
  for (const name of new Set([of, ...open.map(({ job }) => job)])) await queue.cancel(name);
  // one that a worker took since is stopped by its mark
  for (const { job, state } of open) if (state !== 'active') await (await queue.get(job))?.remove().catch(() => {});
  return open;
}
