/** Random networks: what is accepted is what ONNX Runtime computes, number by number; test/long has twenty times as many. */
import { expect, it } from 'vitest';
import { compareNetworks } from '../helpers/differential.ts';
import { TRAITS } from '../helpers/random-graphs.ts';

it('100 random networks: accepted with the numbers and the shape of the runtime, or refused by name', async () => {
  const { accepted, traits, faults } = await compareNetworks(1, 100);
  expect(faults).toEqual([]);
  // neither a reader that refuses everything nor networks that nobody could read falsely
  expect(accepted).toBeGreaterThanOrEqual(20);
  expect(accepted).toBeLessThanOrEqual(80);
  expect(TRAITS.filter((trait) => (traits.get(trait) ?? 0) < 2)).toEqual([]);
});
