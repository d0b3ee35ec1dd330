/** The order in which waiting tasks are given to the threads, and how many of them background work may hold. */
import { describe, expect, it } from 'vitest';
import { type Rank, RankedQueue } from '../../src/pool/queue.ts';

/** A queue whose tasks end when told to. */
function observed(threads: number, most?: number) {
  const queue = new RankedQueue(threads, most);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    queue,
    begun,
    ask: (name: string, rank: Rank, turn?: number) =>
      queue.run(
        rank,
        () => {
          begun.push(name);
          return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
        },
        turn,
      ),
    end: async (name: string): Promise<void> => {
      ends.get(name)!();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('RankedQueue', () => {
  it('gives what is waited for first, then what is needed soon, each in order of arrival', async () => {
    const { begun, ask, end } = observed(1);
    const results = [ask('first', 'later')];
    for (const [name, rank] of [
      ['a', 'later'],
      ['b', 'now'],
      ['c', 'soon'],
      ['d', 'later'],
      ['e', 'now'],
      ['f', 'soon'],
    ] as const)
      results.push(ask(name, rank));
    for (let k = 0; k < results.length; k++) await end(begun[k]!);
    expect(begun).toEqual(['first', 'b', 'e', 'c', 'f', 'a', 'd']);
    expect(await Promise.all(results)).toEqual(['first', 'a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('takes tasks of one rank by their turns', async () => {
    const { begun, ask, end } = observed(1);
    const results = [ask('first', 'now')];
    for (const [name, turn] of [
      ['b', 2],
      ['a', 1],
      ['c', 2],
      ['none', undefined],
    ] as const)
      results.push(ask(name, 'later', turn));
    for (let k = 0; k < results.length; k++) await end(begun[k]!);
    expect(begun).toEqual(['first', 'none', 'a', 'b', 'c']);
    await Promise.all(results);
  });

  it('keeps threads free of background work, until somebody waits for that too', async () => {
    const { queue, begun, ask, end } = observed(3, 1);
    const late = ask('late', 'soon');
    void ask('later', 'later');
    void ask('urgent', 'now');
    expect(begun).toEqual(['late', 'urgent']);
    await end('urgent');
    expect(begun).toEqual(['late', 'urgent']);
    const waited = queue.waitFor(late);
    expect(begun).toEqual(['late', 'urgent', 'later']);
    await end('late');
    expect(await waited).toBe('late');
    void ask('latest', 'later');
    expect(begun).not.toContain('latest');
    await end('later');
    expect(begun).toContain('latest');
  });

  it('goes on after a task that fails, and fails those that are dropped', async () => {
    const { queue, begun, ask, end } = observed(1);
    const failed = queue.run('now', () => Promise.reject(new Error('a thread died')));
    const next = ask('next', 'now');
    const dropped = ask('dropped', 'now');
    await expect(failed).rejects.toThrow('a thread died');
    expect(begun).toEqual(['next']);
    queue.drop(new Error('closed'));
    await expect(dropped).rejects.toThrow('closed');
    await end('next');
    expect(await next).toBe('next');
    expect(begun).toEqual(['next']);
  });
});
