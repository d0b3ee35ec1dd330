/** The order in which waiting tasks are given to the threads. */
import { describe, expect, it } from 'vitest';
import { type Rank, RankedQueue, ranked } from '../../src/pool/queue.ts';

type Task = Parameters<RankedQueue['push']>[0];
const task = (name: string, rank: Rank): Task => ranked({ name }, rank) as unknown as Task;
const names = (queue: RankedQueue): string[] => {
  const out: string[] = [];
  for (let next = queue.shift(); next; next = queue.shift()) out.push((next as unknown as { name: string }).name);
  return out;
};

describe('RankedQueue', () => {
  it('gives what is waited for first, then what is needed soon, each in order of arrival', () => {
    const queue = new RankedQueue();
    for (const [name, rank] of [
      ['a', 'ahead'],
      ['b', 'now'],
      ['c', 'soon'],
      ['d', 'ahead'],
      ['e', 'now'],
      ['f', 'soon'],
    ] as const)
      queue.push(task(name, rank));
    expect(queue.size).toBe(6);
    expect(names(queue)).toEqual(['b', 'e', 'c', 'f', 'a', 'd']);
    expect(queue.size).toBe(0);
  });

  it('takes a task without a rank as one ahead of its time, and forgets a removed one', () => {
    const queue = new RankedQueue();
    const [plain, gone] = [{ name: 'plain' } as unknown as Task, task('gone', 'now')];
    queue.push(plain);
    queue.push(gone);
    queue.push(task('soon', 'soon'));
    queue.remove(gone);
    expect(names(queue)).toEqual(['soon', 'plain']);
  });
});
