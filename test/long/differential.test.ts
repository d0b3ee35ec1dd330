/** The networks of test/ir/differential.test.ts, and 1,900 more. */
import { expect, it } from 'vitest';
import { compareNetworks } from '../helpers/differential.ts';

it('2,000 random networks: accepted with the numbers and the shape of the runtime, or refused by name', async () => {
  const { graphs, accepted, traits, faults } = await compareNetworks(1, 2000);
  expect(faults).toEqual([]);
  expect(accepted / graphs).toBeGreaterThan(0.2);
  expect(Math.min(...traits.values())).toBeGreaterThan(20);
});
