/** The process of one repetition of an experiment (src/api/repetition-process.ts starts it and may kill it). */
import { type Asked, measure } from '../src/api/repetition.ts';
import type { RepetitionReply } from '../src/api/repetition-process.ts';
import { FoldError } from '../src/errors.ts';

const send = (reply: RepetitionReply): Promise<void> =>
  new Promise((resolve) => {
    process.send!(reply, () => resolve());
  });

process.once('message', async (asked: Asked) => {
  try {
    await send({ type: 'result', value: await measure(asked, (event) => void send({ type: 'event', event })) });
  } catch (error) {
    const { code, message, expected, got, hint } =
      error instanceof FoldError
        ? error
        : new FoldError('E_BUG', error instanceof Error ? error.message : String(error));
    await send({ type: 'error', code, message, facts: { expected, got, hint } });
  }
  process.disconnect();
});
// an interrupt of the terminal reaches this process too; the parent decides, and ends it
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
// without a parent there is nobody to work for
process.once('disconnect', () => process.exit());
