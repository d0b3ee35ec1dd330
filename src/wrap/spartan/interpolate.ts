/** Polynomials over Fr from their values at 0, 1, 2, ... and their highest coefficient. */
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';

const F = field(R);

/** Coefficients, lowest first, of the polynomial of degree values.length with these values and this highest coefficient. */
export function fromValues(values: readonly bigint[], highest: bigint): bigint[] {
  const degree = values.length;
  const rest = values.map((v, x) => F.sub(v, F.mul(highest, power(x, degree))));
  // Newton's divided differences at 0, 1, ..., degree - 1; 0 < k < r, so that every division is one
  for (let k = 1; k < degree; k++) {
    const inverse = F.inv(BigInt(k));
    for (let i = degree - 1; i >= k; i--) rest[i] = F.mul(F.sub(rest[i]!, rest[i - 1]!), inverse);
  }
  // Newton's form multiplied out, highest difference first: coefficients <- coefficients (X - k) + rest[k]
  const coefficients = new Array<bigint>(degree).fill(0n);
  for (let k = degree - 1; k >= 0; k--) {
    for (let d = degree - 1; d > 0; d--)
      coefficients[d] = F.sub(coefficients[d - 1]!, F.mul(BigInt(k), coefficients[d]!));
    coefficients[0] = F.sub(rest[k]!, F.mul(BigInt(k), coefficients[0]!));
  }
  return [...coefficients, highest];
}

function power(x: number, n: number): bigint {
  return BigInt(x) ** BigInt(n) % R;
}
