/** Examples to their very end: a secret image and a secret network, and the whole story down to the contract. */
import { expect, it } from 'vitest';
import { runExample } from '../helpers/example.ts';

it('private input, private model', async () => {
  const { code, out, err } = await runExample('scenarios/private-input-private-model.ts');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^final proof verified: class \d/m);
});

it('the whole story, to the contract in an EVM', async () => {
  const { code, out, err } = await runExample('full-flow.ts', '33');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^6\. wrapped and verified: class \d, in 2 steps$/m);
  expect(out).toMatch(/^7\. the contract \w*Insecure\w* accepts it, for \d+ gas and 1092 bytes of calldata$/m);
  expect(out).toMatch(/^ {3}and refuses another class$/m);
});
