/**
 * The ceremony path of docs/ceremony.md at full size, verb by verb: prepared powers of tau of the power that digits512 needs, the first key,
 * two contributions and a beacon, their verification, a proof under the finished key that a stranger verifies and that the contract
 * accepts. At a small size: test/final/ceremony.test.ts.
 */
import { expect, test } from 'vitest';
import { defaultWorkers } from '../../src/api/workers.ts';
import { fold, type Json, lines, useFolder } from '../cli/harness.ts';
import { trialPowers } from '../helpers/trial-powers.ts';

/** digits512 has 118,979 constraints, and commits with 2^18 - 1 powers, as many as such a file has. */
const POWER = 17;
const folder = useFolder();

test('a ceremony at full size ends in a proof that the contract accepts', async () => {
  const at = (name: string): string => folder.path(name);
  const times: Record<string, number> = {};
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    times[name] = Math.round((performance.now() - start) / 1000);
    return result;
  };
  const run = (name: string, ...args: string[]): Promise<Json> =>
    timed(name, async () => {
      const { code, out, err } = await fold([...args, '--json']);
      expect([name, code, code === 0 ? '' : err]).toEqual([name, 0, '']);
      return lines(out).at(-1)!;
    });
  const ptau = at('trial.ptau');
  await timed('powers', () => trialPowers(ptau, POWER, defaultWorkers()));
  const network = ['--network', 'digits512'];
  await run('setup', 'setup', ...network, '--ptau', ptau, '--out', at('0.zkey'));
  await run('first contribution', 'key', 'contribute', at('0.zkey'), '--name', 'Alice', '--out', at('1.zkey'));
  await run('second contribution', 'key', 'contribute', at('1.zkey'), '--name', 'Bob', '--out', at('2.zkey'));
  const beacon = ['--beacon', '0a0b0c0d', '--name', 'a block', '--out', at('final.zkey')];
  await run('beacon', 'key', 'beacon', at('2.zkey'), ...beacon);
  const vk = at('verification_key.json');
  const told = await run('verify', 'key', 'verify', at('final.zkey'), ...network, '--ptau', ptau, '--out', vk);
  expect(JSON.stringify(told)).toMatch(/Alice.*Bob.*a block/);

  const key = ['--ptau', ptau, '--key', at('final.zkey')];
  const proven = await run('prove', 'prove', ...network, '--layers', '16', ...key, '--out', at('run'));
  const model = ['--model-digest', `${proven.modelDigest}`];
  const verified = await run('final verify', 'verify', at('run'), ...model, '--vk', vk, '--strict');
  expect(verified).toMatchObject({ insecure: false });
  const gas = await run('contract', 'gas', at('run'));
  expect(gas).toMatchObject({ total: expect.any(Number) });
  console.log('seconds of a ceremony at full size', JSON.stringify(times));
});
