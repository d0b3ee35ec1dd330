/** Threads that fold one run after another: a chain begins anew in buffers that another one has used, to its end or not. */

import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { plan, quantize } from '../../src/api/plan.ts';
import { proveOn, withThreads } from '../../src/api/prove.ts';
import { statementOf } from '../../src/api/statement.ts';
import { verify } from '../../src/api/verify.ts';
import { useFolder } from '../cli/harness.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';

const folder = useFolder();

it('fold a run, one that is cancelled and another run, without a pause', async () => {
  const { graph, input } = randomChain(3, { kind: 'dense', layers: 4 });
  writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
  const loaded = await loadModel(folder.path('model.onnx'));
  const planned = await plan(quantize(loaded, { samples: [input], layersPerStep: 1 }), developmentKeySource());
  const stop = new AbortController();
  const on = ({ type }: { readonly type: string }): void => {
    if (type === 'step') stop.abort();
  };
  const { step } = planned.model.plan;
  const [first, error, second] = await withThreads(planned, step, { workers: 1 }, async (threads) => {
    const before = await proveOn(threads, planned, input);
    const cancelled = await foldErrorOfAsync(() => proveOn(threads, planned, input, { signal: stop.signal, on }));
    return [before, cancelled, await proveOn(threads, planned, input)];
  });
  expect(error.code).toBe('E_ABORTED');
  for (const { proof } of [first, second]) await verify(proof, planned);
  expect(statementOf(second.proof)).toEqual(statementOf(first.proof));
});
