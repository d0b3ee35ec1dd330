/** The table of mutants that survive: the same in docs/security.md, of mutants that there are, and right where it computes. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { Q, R } from '../../src/algebra/params.ts';
import { mutantsOf, TARGETS } from './sources/targets.ts';
import { SURVIVORS } from './survivors.ts';

describe('the mutants that survive', () => {
  it('are those of docs/security.md, with the same arguments', async () => {
    const text = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8');
    const section = /\n## Mutants that survive\n(.*?)(?=\n## |$)/s.exec(text)![1]!;
    const rows = section.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.slice(1)).toEqual(SURVIVORS.map(({ weakened, redundant }) => `| ${weakened} | ${redundant} |`));
  });

  it('are named once each', () => {
    const all = SURVIVORS.flatMap(({ mutants }) => mutants);
    expect(new Set(all).size).toBe(all.length);
  });

  it('are mutants of the sources as they are', async () => {
    const listed = new Set(SURVIVORS.flatMap(({ mutants }) => mutants).filter((id) => id.startsWith('source ')));
    const mutants = (await Promise.all(TARGETS.map(mutantsOf))).flat();
    const ids = new Set(mutants.map(({ id }) => id));
    expect(ids.size).toBe(mutants.length);
    expect([...listed].filter((id) => !ids.has(id))).toEqual([]);
  });

  it('leave no false quotient of a CycleFold input with its highest bit set', () => {
    const [low, bit] = [1n << 136n, 1n << 131n];
    // the largest sum of x and n_i x_i, of so many blocks
    const largest = (blocks: bigint): bigint => (1n << 254n) * (1n + blocks * 3n * (1n << 128n));
    expect(largest(2n) / Q).toBeLessThan(bit);
    expect(largest(3n) / Q).toBeLessThan(2n * bit);
    // X = -2^131 q modulo one of both, 0 modulo the other
    const [mod, F] = [(a: bigint, m: bigint): bigint => ((a % m) + m) % m, field(R)];
    let inverse = 1n;
    for (let k = 0; k < 8; k++) inverse = mod(inverse * (2n - R * inverse), low);
    const first = R * mod(-bit * Q * inverse, low);
    const second = low * F.mul(F.create(-bit * Q), F.inv(low % R));
    const period = R * low;
    for (const X of [first, second]) {
      expect(period - X).toBeGreaterThan(4n * bit * Q);
      expect(X).toBeGreaterThan(largest(3n));
    }
  });
});
