/**
 * The lanes of a group and the sums that feed them (docs/protocol.md, the tensor machine): three rows a lane, each value of the
 * trace a function of the model and of what is read.
 *
 *   accumulator = acc + dense + bank[0] Z + bias + m5 Y = (its SUM_BITS bits) - 2^(SUM_BITS - 1)
 *   relu = s y, s the highest of the bits: 1 for y >= 0
 *   out = m1 y + m2 rem + m3 relu + m4 Y
 */
import type { Product } from '../../circuit/constraint-system.ts';
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { SUM_BITS } from '../trace-layout.ts';
import { type GroupWires, splitSum } from './wires.ts';

export function buildLanes(cs: ShapeBuilder, { bank, rows }: GroupWires): void {
  const one = cs.constant(1n);
  const lowest = 1n << BigInt(SUM_BITS - 1);
  const inputs = bank.flat();
  rows.forEach(({ y: read, z, bias, m, dense, acc, relu, out, sums }, r) => {
    const [m1, m2, m3, m4, m5] = m as [LinearForm, LinearForm, LinearForm, LinearForm, LinearForm];
    sums.forEach((bits, l) => {
      const { y, rem } = splitSum(cs, bits);
      const rest = cs.sum([
        [1n, acc[l]!],
        [1n, bias[l]!],
        [lowest, one],
        [-1n, pack(cs, bits)],
      ]);
      const weighted = dense[l]?.map((weight, i): Product<LinearForm> => [weight, inputs[i]!]) ?? [];
      cs.row(...weighted, [bank[r]![l]!, z[l]!], [m5, read[l]!], [rest, one]);
      cs.row([bits[SUM_BITS - 1]!, y], [cs.scale(-1n, relu[l]!), one]);
      cs.row([m1, y], [m2, rem], [m3, relu[l]!], [m4, read[l]!], [cs.scale(-1n, out[l]!), one]);
    });
  });
}

/**
 * The shared unit by Freivalds' check (docs/protocol.md, section 11): acc[r][l] = sum over i of W[l][i] bank[r][i] holds for all rows but
 * with probability rows / r when it does weighted by powers of rho, a challenge that exists after all of the trace.
 * @param powers rho^0, rho^1, .. one a row
 * @param combined for each number of a row a variable: the sum over the rows, weighted by the powers
 */
export function buildShared(
  cs: ShapeBuilder,
  { bank, weights, rows }: GroupWires,
  powers: readonly LinearForm[],
  combined: readonly LinearForm[],
): void {
  const one = cs.constant(1n);
  combined.forEach((sum, i) => {
    cs.row(...bank.map((numbers, r): Product<LinearForm> => [powers[r]!, numbers[i]!]), [cs.scale(-1n, sum), one]);
  });
  const negated = powers.map((power) => cs.scale(-1n, power));
  weights.forEach((parts, l) => {
    const products = parts.flatMap((part) => part.map((weight, i): Product<LinearForm> => [weight, combined[i]!]));
    cs.row(...products, ...rows.map(({ acc }, r): Product<LinearForm> => [negated[r]!, acc[l]!]));
  });
}
