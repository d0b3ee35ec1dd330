/** A batch whose proofs others make: opens queue and store, prepares the model, and closes it all again. */
import type { LoadedModel } from '../api/load.ts';
import type { PlannedModel } from '../api/plan.ts';
import { defaultWorkers } from '../api/workers.ts';
import type { CommandContext } from '../runs/context.ts';
import { hiddenParts, openModelSalt } from '../runs/privacy.ts';
import { JobQueue } from './connection.ts';
import { openStore } from './content-store.ts';
import { RemoteProvers } from './remote-provers.ts';
import { needKey, openBatchKey, UNSEALED } from './secrets.ts';
import { submitModel } from './submission.ts';
import { Tracker } from './tracker.ts';

/**
 * Does the work with proofs made by the workers of --redis, or as it is without that option.
 * @throws E_QUEUE, E_USAGE for private data without a key; what the work throws
 */
export async function withQueue(
  context: CommandContext,
  model: { readonly loaded: LoadedModel; readonly planned: PlannedModel },
  work: (context: CommandContext) => Promise<number>,
): Promise<number> {
  const { options, report, signal, env } = context;
  if (options.redis === undefined) return work(context);
  const hidden = hiddenParts(context);
  const key = await openBatchKey(options.batchKey, env);
  needKey(key, hidden);
  const store = await openStore(options.store);
  const queue = await JobQueue.open(options.redis, env);
  let tracker: Tracker | undefined;
  try {
    const modelSalt = await openModelSalt(context);
    const submitted = { ...model, hidden, modelSalt, workers: options.workers ?? defaultWorkers() };
    const submission = await submitModel(context, submitted, store, key ?? UNSEALED);
    const { batch, modelDigest } = submission;
    report.fact('queue', { redis: queue.url, store: store.place, batch, modelDigest }, [
      `batch ${batch} goes to the workers of ${queue.url}; content in ${store.place}`,
    ]);
    tracker = await Tracker.open(queue, signal);
    const provers = new RemoteProvers({ tracker, store, key, submission, submitted, report });
    return await work({ ...context, provers });
  } finally {
    tracker?.close();
    await queue.close();
  }
}
