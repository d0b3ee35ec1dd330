/** The final proof's circuit is built in turns with the event loop: a signal that comes meanwhile is obeyed at once. */
import { expect, it } from 'vitest';
import { developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { plan, quantize } from '../../src/api/plan.ts';
import { buildWrap } from '../../src/api/wrap.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';

it('is not built to its end when it is cancelled', async () => {
  const planned = await plan(quantize(await loadModel({ network: 'digits512', layers: 9 })), developmentKeySource());
  const stop = new AbortController();
  const told: string[] = [];
  setTimeout(() => stop.abort(), 100);
  const target = { ...planned, step: planned.model.plan.step };
  const error = await foldErrorOfAsync(() =>
    buildWrap(target, { signal: stop.signal, on: ({ type }) => told.push(type) }),
  );
  expect([error.code, told]).toEqual(['E_ABORTED', ['stage-start']]);
});
