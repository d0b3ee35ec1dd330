/** One scenario of the examples to its very end: a secret image and a secret network. */
import { expect, it } from 'vitest';
import { runExample } from '../helpers/example.ts';

it('private input, private model', async () => {
  const { code, out, err } = await runExample('scenarios/private-input-private-model.ts');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^final proof verified: class \d/m);
});
