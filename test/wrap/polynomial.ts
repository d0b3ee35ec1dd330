import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';

/** Value of the polynomial with these coefficients, lowest first. */
export function evaluate(coefficients: readonly bigint[], x: bigint): bigint {
  return coefficients.reduceRight((s, c) => field(R).create(s * x + c), 0n);
}
