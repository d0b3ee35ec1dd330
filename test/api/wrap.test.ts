/** The final proof's circuit: of the size that the budget tells, and built in turns with the event loop. */
import { expect, it } from 'vitest';
import { budgetOf } from '../../src/api/budget.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { plan, quantize } from '../../src/api/plan.ts';
import { buildWrap } from '../../src/api/wrap-circuit.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';

const planned = await plan(quantize(await loadModel({ network: 'digits512', layers: 9 })), developmentKeySource());
const target = { ...planned, step: planned.model.plan.step };

it('has as many constraints as the budget counts, and fits 2^18 rows with its public inputs and the constant', async () => {
  const { wrapConstraints } = await budgetOf(planned.system, target.step);
  const told: ProgressEvent[] = [];
  expect((await buildWrap(target, { on: (event) => told.push(event) })).constraints).toBe(wrapConstraints);
  const progress = told.filter((event) => event.type === 'progress');
  expect(progress.length).toBeGreaterThan(0);
  for (const { done, total, unit, secondsLeft } of progress) {
    expect([total, unit]).toEqual([wrapConstraints, 'constraints']);
    expect(done).toBeLessThanOrEqual(total);
    expect(secondsLeft).toBeGreaterThanOrEqual(0);
  }
  expect(wrapConstraints).toBeLessThanOrEqual(2 ** 18 - 4);
});

it('is not built to its end when it is cancelled: a signal that comes meanwhile is obeyed at once', async () => {
  const stop = new AbortController();
  const told: string[] = [];
  const on = ({ type }: { readonly type: string }): void => {
    told.push(type);
    setTimeout(() => stop.abort(), 0);
  };
  const error = await foldErrorOfAsync(() => buildWrap(target, { signal: stop.signal, on }));
  expect([error.code, told]).toEqual(['E_ABORTED', ['stage-start']]);
});
