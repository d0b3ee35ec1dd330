/** Workers of a queue in the process of the test, which ends them after each of its tests. */
import { afterEach, expect } from 'vitest';
import { type FoldOptions, fold, type Outcome } from '../cli/harness.ts';

export interface Worker {
  readonly stop: AbortController;
  readonly ended: Promise<Outcome>;
}

/** @param where words that name server and store, once they are there */
export function useWorkers(where: () => readonly string[]) {
  const workers: Worker[] = [];
  afterEach(async () => {
    for (const { stop } of workers) stop.abort();
    for (const { ended } of workers.splice(0)) expect(await ended).toMatchObject({ code: 0 });
  });
  return (words: readonly string[] = [], options: Pick<FoldOptions, 'heard'> = {}): Worker => {
    const stop = new AbortController();
    const ended = fold(['worker', ...where(), '--workers', '1', ...words], { ...options, signal: stop.signal });
    workers.push({ stop, ended });
    return workers.at(-1)!;
  };
}
