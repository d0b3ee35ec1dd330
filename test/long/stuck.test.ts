/** A run whose threads never come back is told to end: it does so by itself before a service manager loses patience. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newestCheckpoint } from '../../src/store/checkpoints.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { statementIn } from '../helpers/crashes.ts';
import { foldProcess } from '../helpers/processes.ts';
import { smallRun } from '../helpers/small-run.ts';

const folder = useFolder();
/** Seconds after which service managers kill. */
const MOST = 30;
const STEPS = 24;

it('ends within half a minute of SIGTERM, and its last checkpoint is gone on with', async () => {
  const { args } = smallRun(folder.path, STEPS);
  const run = folder.path('run');
  const more = ['--workers', '2', '--checkpoint-every', '1', '--json', '--out', run];
  let told = 0;
  const ended = await foldProcess(['prove', ...args, ...more], {
    cache: folder.path('cache'),
    fault: `stuck ${folder.path('stuck')}`,
    watch: (out, kill) => {
      if (told > 0 || !out.includes('"seq":2')) return;
      told = performance.now();
      writeFileSync(folder.path('stuck'), '');
      kill('SIGTERM');
    },
  });
  expect(ended.code).toBe(143);
  expect(ended.out).not.toContain('E_ABORTED');
  expect((performance.now() - told) / 1000).toBeLessThan(MOST);
  expect((await newestCheckpoint(run))!.proof.statement.steps).toBeGreaterThanOrEqual(2);
  expect((await fold(['resume', run, '--workers', '1'])).code).toBe(0);
  expect(statementIn(run)).toMatchObject({ steps: STEPS });
});
