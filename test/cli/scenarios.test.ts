/** The four scenarios of the examples, up to the folded proof; the final project runs one of them to its end. */
import { expect, it } from 'vitest';
import { runExample } from '../helpers/example.ts';

it.each([
  'public-input-public-model',
  'private-input-public-model',
  'public-input-private-model',
  'private-input-private-model',
])('%s', async (name) => {
  const { code, out, err } = await runExample(`scenarios/${name}.ts`, '--no-wrap');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('output: recomputed from the data');
  expect(out.includes('input: recomputed')).toBe(name.startsWith('public-input'));
  expect(out).toContain(`model: ${name.includes('private-model') ? 'private' : 'public'}`);
});
