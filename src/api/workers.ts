/** How many threads a run uses unless it is told. */
import { availableParallelism } from 'node:os';
import { setting } from '../environment.ts';
import { FoldError } from '../errors.ts';

const MOST_WORKERS = 64;

/** LAYERFOLD_WORKERS, else the cores that this process may use, at most 8. */
export function defaultWorkers(env: NodeJS.ProcessEnv = process.env): number {
  return setting(env, 'LAYERFOLD_WORKERS', parseWorkers) ?? Math.min(8, availableParallelism());
}

/** A number of threads from text. Throws E_USAGE outside 1..64. */
export function parseWorkers(text: string): number {
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
    throw new FoldError('E_USAGE', 'that is no number of workers.', { expected: `1 to ${MOST_WORKERS}`, got: text });
  }
  return workers;
}
