/** What of an error is the failure of a check, and what is a fault of the program or of nobody. */
import { expect, it } from 'vitest';
import { asCheck } from '../../src/compressed/as-check.ts';
import { FoldError, invariant } from '../../src/errors.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const thrown = (error: unknown): unknown => {
  try {
    return asCheck('spartan', () => {
      throw error;
    });
  } catch (caught) {
    return caught;
  }
};

it('gives out what holds', () => {
  expect(asCheck('spartan', () => 7)).toBe(7);
});

it('names the check where a row or an invariant of the text refuses a proof', () => {
  const failures = [
    foldErrorOf(() => asCheck('spartan', () => invariant(false, 'an exceptional addition'))),
    thrown(new FoldError('E_REJECTED', 'A row does not hold.')),
  ];
  for (const error of failures)
    expect(error).toMatchObject({ code: 'E_REJECTED', message: "The proof is false: check 'spartan' failed." });
});

it('passes on what says nothing of the proof', () => {
  for (const error of [
    new FoldError('E_ABORTED', 'Interrupted.'),
    new RangeError('too deep'),
    Object.assign(new Error('of another program'), { code: 'E_BUG' }),
  ])
    expect(thrown(error)).toBe(error);
});
