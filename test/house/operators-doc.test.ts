/** docs/operators.md says what the table of records says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measure } from '../../build/operators/measure.ts';
import { renderOperators } from '../../build/operators/render.ts';
import { packageRoot } from '../../src/ir/networks.ts';
import { OPERATORS } from '../../src/operators/table.ts';

/** Refused on purpose, or wanting whole sub-graphs to say something. */
const NOT_MEASURED = ['DynamicQuantizeLinear'];

describe('the list of operators', () => {
  test('is up to date (npm run operators)', () => {
    expect(readFileSync(join(packageRoot(), 'docs', 'operators.md'), 'utf8')).toBe(renderOperators());
  });

  // a unit of 8 bits may be more than a hundredth of what a node gives
  test('has measured every operator, within a fiftieth of the range', () => {
    const measured = OPERATORS.map((operator) => [operator.op, measure(operator)?.error] as const);
    expect(measured.filter(([op, error]) => !(error! < 2e-2) && !NOT_MEASURED.includes(op))).toEqual([]);
  });
});
