/** `fold jobs`: what is in a queue, and what is done with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FoldError } from '../../errors.ts';
import { JobQueue, needRedis } from '../../queue/connection.ts';
import { openDashboard } from '../../queue/dashboard.ts';
import { cancelJobs, type ListedJob, listJobs, retryJobs } from '../../queue/listing.ts';
import type { CommandContext } from '../../runs/context.ts';
import { counted, table } from '../../show/format.ts';
import type { Verb } from '../verb.ts';

const ACTIONS = ['list', 'retry', 'cancel', 'follow'] as const;
/** Milliseconds between two looks of `follow`. */
const LOOK = 1000;

export const jobsVerb: Verb = {
  name: 'jobs',
  about: 'Show the jobs of a queue, try failed ones again, cancel a batch, follow it to its end.',
  argument: { name: '[action]', about: 'list (the default), retry, cancel or follow' },
  more: { name: '[of...]', about: 'a batch or a job, as they are listed; cancel needs one' },
  options: ['redis', 'ui'],
  meanings: [{ options: ['ui'], only: 'list', holds: ({ argument }) => argument === undefined || argument === 'list' }],
  examples: [
    'fold jobs --redis redis://queue.local:6379',
    'fold jobs cancel 1a9ccf4f5a811ee8 --redis redis://queue.local:6379',
    'fold jobs --ui 8080 --redis redis://queue.local:6379',
  ],
  run: async (context) => {
    const { argument = 'list', more, options, env } = context;
    const action = ACTIONS.find((name) => name === argument);
    if (!action || more.length > 1)
      throw new FoldError('E_USAGE', 'Which action, on what?', {
        expected: `${ACTIONS.join(', ')}, and at most one batch or job`,
        got: [argument, ...more].join(' '),
        hint: 'fold jobs --help',
      });
    const queue = await JobQueue.open(needRedis(options), env);
    try {
      return await act(context, queue, action, more[0]);
    } finally {
      await queue.close();
    }
  },
};

async function act(
  context: CommandContext,
  queue: JobQueue,
  action: (typeof ACTIONS)[number],
  of: string | undefined,
): Promise<number> {
  const { options } = context;
  if (options.ui !== undefined) return showPage(context, queue, options.ui);
  if (action === 'follow') return follow(context, queue, of);
  if (action === 'retry') return tell(context, action, await retryJobs(queue, of), 'wait again');
  if (action === 'list') return tell(context, action, await listJobs(queue, of), 'in the queue');
  if (of === undefined)
    throw new FoldError('E_USAGE', 'Which batch is to be cancelled?', {
      expected: 'a batch or a job, as fold jobs lists them',
      got: 'none',
      hint: 'fold jobs --redis URL',
    });
  return tell(context, action, await cancelJobs(queue, of), 'cancelled');
}

function tell({ report }: CommandContext, action: string, jobs: readonly ListedJob[], what: string): number {
  report.result('jobs', { action, jobs }, [...table(jobs.map(row)), `${counted(jobs.length, 'job')} ${what}`]);
  return 0;
}

function row({ batch, kind, item, state, worker, step, steps, begun, stalled, error }: ListedJob): string[] {
  const progress = step === undefined ? '' : `step ${step}/${steps}`;
  const trouble = [...(begun > 1 ? [`begun ${begun} times`] : []), ...(stalled > 0 ? [`lost ${stalled} times`] : [])];
  return [batch, kind, item, state, worker ?? '', [progress, ...trouble, error ?? ''].filter(Boolean).join(', ')];
}

/** Tells what changes until nothing is left to do, or the command is interrupted. */
async function follow(context: CommandContext, queue: JobQueue, of: string | undefined): Promise<number> {
  const { report, signal } = context;
  const known = new Map<string, string>();
  for (;;) {
    const jobs = await listJobs(queue, of);
    for (const job of jobs) {
      const words = row(job).filter(Boolean).join('  ');
      if (known.get(job.job) !== words) report.fact('job', { ...job }, [words]);
      known.set(job.job, words);
    }
    const open = jobs.filter(({ state }) => state !== 'completed' && state !== 'failed');
    if (open.length === 0 || signal.aborted)
      return tell(context, 'follow', jobs, signal.aborted ? 'in the queue' : 'ended');
    await sleep(LOOK, undefined, { signal }).catch(() => {});
  }
}

async function showPage({ report, signal }: CommandContext, queue: JobQueue, port: number): Promise<number> {
  const page = await openDashboard(queue, port);
  report.fact('page', { url: page.url }, [`the queue: ${page.url}, until this command is interrupted`]);
  while (!signal.aborted) await sleep(LOOK, undefined, { signal }).catch(() => {});
  await page.close();
  report.result('jobs', { action: 'ui', url: page.url }, ['the page is closed']);
  return 0;
}
