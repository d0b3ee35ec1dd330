/** `fold resume`: goes on with a run that was interrupted or killed, from its newest whole checkpoint. */

import { access } from 'node:fs/promises';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { resumeTogether } from '../../runs/batch-job.ts';
import { flagOf, type OptionValues } from '../../runs/options.ts';
import { parseSavedOptions, SAVED_PATHS } from '../../runs/saved-options.ts';
import { systemReason } from '../../store/disk-error.ts';
import { readResume } from '../../store/resume-file.ts';
import { readRun } from '../../store/run-folder.ts';
import type { Verb } from '../verb.ts';

import { runProve } from './prove.ts';

export const resumeVerb: Verb = {
  name: 'resume',
  about: 'Go on with a run that was interrupted or killed, from its newest whole checkpoint; on another machine too.',
  argument: { name: '<folder>', about: 'the folder of an unfinished run' },
  options: [
    ...(['model', 'modelSalt', 'ptau', 'key', 'workers', 'maxMemory'] as const),
    ...(['checkpointEvery', 'keep', 'verifyCheckpoints', 'stream'] as const),
  ],
  meanings: [
    {
      options: ['model', 'modelSalt', 'ptau', 'key', 'checkpointEvery', 'keep', 'verifyCheckpoints'],
      only: 'an unfinished run: this one is complete',
      holds: ({ facts }) => facts.unfinished!,
    },
    { options: ['model'], only: 'a model of your own', holds: ({ facts }) => !facts.bundled! },
    { options: ['modelSalt'], only: 'a run that hides its model', holds: ({ facts }) => facts.salted! },
    { options: ['ptau'], only: 'a run with the key of a ceremony', holds: ({ facts }) => facts.ceremony! },
    { options: ['key'], only: 'a run that ends in a final proof', holds: ({ facts }) => facts.wraps! },
  ],
  factsOf: async ({ argument }) => {
    const record = await readResume(argument!);
    const saved = parseSavedOptions(record?.options ?? {});
    return {
      unfinished: record !== undefined,
      bundled: saved.network !== undefined,
      salted: saved.private?.includes('model') === true,
      ceremony: saved.ptau !== undefined,
      wraps: saved.wrap !== false,
    };
  },
  examples: ['fold resume runs/digits512-512', 'fold resume runs/mine --model MODEL.onnx --ptau FILE.ptau'],
  run: async (context) => {
    const folder = context.argument!;
    const record = await readResume(folder);
    if (record) {
      const options = { ...parseSavedOptions(record.options), ...context.options, out: folder };
      await refuseMoved(options, folder);
      const about = { ...context, options, argument: undefined };
      return record.batch ? resumeTogether(about, record) : runProve(about, record);
    }
    const run = await readRun(folder);
    if (run?.state !== 'complete')
      throw new FoldError('E_FILE', `There is no unfinished run in "${folder}".`, {
        expected: 'the folder of a run with its private/resume.json',
        got: run ? 'a run without it' : 'no run',
      });
    context.report.result('resume', { folder, complete: true }, [
      'This run is complete: there is nothing to resume.',
      `next: ${command`fold verify ${folder}`}   or, for a final proof that is not there yet: ${command`fold wrap ${folder}`}`,
    ]);
    return 0;
  },
};

/** Files are named with the paths that they had when the run began. @throws E_FILE */
async function refuseMoved(options: OptionValues, folder: string): Promise<void> {
  for (const name of SAVED_PATHS) {
    const path = options[name];
    if (typeof path !== 'string') continue;
    const gone = await access(path).then(
      () => undefined,
      (cause: NodeJS.ErrnoException) => cause,
    );
    if (!gone) continue;
    const flag = flagOf(name);
    throw new FoldError('E_FILE', 'A file that the run was begun with is not where it was.', {
      expected: `the file of ${flag}`,
      got: `"${path}": ${systemReason(gone.code)}`,
      hint: `${command`fold resume ${folder}`} ${flag} FILE`,
      cause: gone,
    });
  }
}
