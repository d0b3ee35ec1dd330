/** `fold worker`: takes jobs of a queue on this machine until it is interrupted. */
import { defaultWorkers } from '../../api/workers.ts';
import { JobQueue, needRedis } from '../../queue/connection.ts';
import { openStore } from '../../queue/content-store.ts';
import { openBatchKey } from '../../queue/secrets.ts';
import { runWorker, threadsFor, workerName } from '../../queue/worker-loop.ts';
import type { Verb } from '../verb.ts';

export const workerVerb: Verb = {
  name: 'worker',
  about: 'Take jobs of fold batch --redis on this machine, until it is interrupted; several machines share one queue.',
  options: ['redis', 'store', 'batchKey', 'concurrency', 'ptau', 'key', 'workers', 'maxMemory', 'stream'],
  examples: [
    'fold worker --redis redis://queue.local:6379 --store /mnt/shared',
    'LAYERFOLD_REDIS_PASSWORD=... fold worker --redis rediss://queue.local --store s3://bucket/folds --batch-key batch.key',
  ],
  run: async (context) => {
    const { options, report, signal, env } = context;
    const key = await openBatchKey(options.batchKey, env);
    const store = await openStore(options.store);
    const queue = await JobQueue.open(needRedis(options), env);
    const { concurrency = 1 } = options;
    const threads = threadsFor(concurrency, options.workers ?? defaultWorkers());
    const name = workerName();
    report.fact('worker', { worker: name, redis: queue.url, store: store.place, concurrency, threads }, [
      `worker ${name} takes jobs of ${queue.url}, ${concurrency} at a time with ${threads} threads each; content in ${store.place}`,
    ]);
    try {
      const settings = { queue, store, key, options, concurrency, threads, report, signal, env };
      const done = await runWorker(settings);
      report.result('worker', { worker: name, done }, [`worker ${name} ended after ${done} jobs`]);
      return 0;
    } finally {
      await queue.close();
    }
  },
};
