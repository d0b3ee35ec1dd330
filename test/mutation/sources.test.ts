/** Mutants of sources are what they say, and a run that shows nothing is no verdict. */
import { describe, expect, it } from 'vitest';
import { setUpFailure } from './sources/run.ts';
import { mutantsOf as mutantsOfTarget } from './sources/targets.ts';
import { runTogether } from './sources/together.ts';
import { exportedFunctions, typescriptMutants } from './sources/typescript.ts';

const mutantsOf = (source: string): string[] => typescriptMutants('a.ts', source).map((mutant) => mutant.text());

describe('mutants of a source', () => {
  it('take an element of a list with its comma: no hole is left', () => {
    expect(mutantsOf('const all = [a, b, c];')).toEqual([
      'const all = [b, c];',
      'const all = [a, c];',
      'const all = [a, b];',
    ]);
  });

  it('weaken conditions, bounds, checks and quantifiers', () => {
    expect(mutantsOf('if (a < b && c.every(d)) throw e;')).toEqual([
      'if (false) throw e;',
      'if (a < b) throw e;',
      'if (c.every(d)) throw e;',
      'if (a <= b && c.every(d)) throw e;',
      'if (a < b && c.some(d)) throw e;',
    ]);
    expect(mutantsOf('assertEqual(a);')).toEqual([';']);
  });
});

describe('the failure of a set-up', () => {
  it('is that of a hook, but not one of the clock', () => {
    expect(setUpFailure(' FAIL  a.test.ts > all\nFoldError: The proof is false.\n')).toBe(
      'set-up: FoldError: The proof is false.',
    );
    expect(setUpFailure(' FAIL  a.test.ts > all\nError: Hook timed out in 120000ms.\n')).toBe(undefined);
    expect(setUpFailure('JSON report written to report.json')).toBe(undefined);
  });
});

describe('mutants of one source together', () => {
  it('replace the functions that it exports', () => {
    const source = `
      export function a() {}
      export function* b() {}
      export const c = () => 1, d = 2;
      export async function e() {}
      function f() {}
      const g = () => 2;
      export type H = () => void;
    `;
    expect(exportedFunctions(source)).toEqual(['a', 'b', 'c', 'e']);
  });

  it('are noticed one by one, but not by a test that passes once only', async () => {
    const file = 'test/mutation/fixture/limits.ts';
    const tests = ['test/mutation/fixture/limits.spec.ts'];
    const mutants = await mutantsOfTarget({ file, tests });
    const noticed: string[] = [];
    const left = await runTogether(mutants, tests, ({ id }, test) => noticed.push(`${id}, by: ${test}`));
    const named = (what: string): string => `source | ${file} | isDigit: ${what}`;
    expect(noticed).toEqual([`${named('< in n <= 9, not <=')}, by: is refused from ten on`]);
    expect(left.map(({ id }) => id)).toEqual([named('never n < 0'), named('<= in n < 0, not <')]);
  });
});
