/** `fold cache`: what is kept between runs, how large it is, and how to be rid of it. */
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { bytes, count, counted, table } from '../../show/format.ts';
import { cacheFolder } from '../../store/cache.ts';
import { type CacheEntry, cacheContents, removeEntries } from '../../store/cache-contents.ts';
import type { Verb } from '../verb.ts';

const ACTIONS = ['list', 'size', 'sweep', 'clear'] as const;

export const cacheVerb: Verb = {
  name: 'cache',
  about: 'Show or clear what is kept between runs: keys, model commitments, plans. All of it can be made again.',
  argument: {
    name: '[action]',
    about: 'list (every entry), size (by kind, the default), sweep (what killed processes left) or clear',
  },
  options: ['force'],
  meanings: [{ options: ['force'], only: 'clear', holds: ({ argument }) => argument === 'clear' }],
  examples: ['fold cache', 'fold cache list', 'fold cache clear'],
  run: async ({ argument = 'size', options, report }) => {
    const action = ACTIONS.find((name) => name === argument);
    if (!action)
      throw new FoldError('E_USAGE', 'The cache knows other actions.', { expected: ACTIONS.join(', '), got: argument });
    const folder = cacheFolder();
    const entries = await cacheContents(folder);
    const left = entries.filter(({ state }) => state === 'left');
    if (action === 'clear' || action === 'sweep') {
      const asked = action === 'sweep' ? left : entries;
      const kept = options.force ? [] : asked.filter(({ keep }) => keep);
      const writing = asked.filter(({ state }) => state === 'writing');
      const removed = asked.filter((entry) => !kept.includes(entry) && !writing.includes(entry));
      await removeEntries(removed);
      report.result(
        'cache',
        { action, folder, entries: removed.length, bytes: total(removed), kept: kept.length, writing: writing.length },
        [
          `removed ${counted(removed.length, 'file')}, ${bytes(total(removed))}, from ${folder}`,
          ...(kept.length > 0 ? [`kept ${kept.length} keys of ceremonies; --force removes them too`] : []),
          ...(writing.length > 0 ? [`kept ${counted(writing.length, 'file')} that another process is writing`] : []),
        ],
      );
      return 0;
    }
    const shown =
      action === 'list'
        ? entries.map(({ path, bytes: size, state }) => [path, bytes(size), ...STATES[state]])
        : kinds(entries);
    report.result('cache', { action, folder, bytes: total(entries), entries }, [
      ...table(shown),
      `${count(entries.length)} entries, ${bytes(total(entries))}, in ${folder}`,
      ...(left.length > 0
        ? [
            `${counted(left.length, 'file')} of ${bytes(total(left))} half-written by processes that are gone: ${command`fold cache sweep`}`,
          ]
        : []),
    ]);
    return 0;
  },
};

const STATES = {
  whole: [],
  left: ['half-written, left by a process that is gone'],
  writing: ['being written'],
} as const;

const total = (entries: readonly CacheEntry[]): number => entries.reduce((n, entry) => n + entry.bytes, 0);

function kinds(entries: readonly CacheEntry[]): string[][] {
  return [...new Set(entries.map(({ kind }) => kind))].map((kind) => {
    const some = entries.filter((entry) => entry.kind === kind);
    return [kind, count(some.length), bytes(total(some))];
  });
}
