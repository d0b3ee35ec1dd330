/** Plans whose final proof is too large are refused, with what to do. */
import { describe, expect, it } from 'vitest';
import { WRAP_LIMIT } from '../../src/api/budget.ts';
import { checkFinalSize } from '../../src/runs/final-size.ts';
import { foldErrorOf } from '../helpers/errors.ts';

describe('a final proof', () => {
  const refused = (wrapConstraints: number, slots: number) =>
    foldErrorOf(() => checkFinalSize({ wrapConstraints }, slots));

  it('is not refused at the limit', () => {
    expect(() => checkFinalSize({ wrapConstraints: WRAP_LIMIT }, 66)).not.toThrow();
  });

  it('is refused above it: fewer layers of a step where they are no power of two, else fewer bits', () => {
    expect(refused(WRAP_LIMIT + 1, 66)).toMatchObject({
      code: 'E_PLAN',
      message: 'The final proof of this plan would be too large.',
      expected: 'at most 1,048,572 constraints',
      got: '1,048,573 with 66 layers per step',
      hint: '--layers-per-step 64   or   --no-wrap',
    });
    expect(refused(WRAP_LIMIT + 1, 64).hint).toBe('Use fewer activation or weight bits   or   --no-wrap');
  });
});
