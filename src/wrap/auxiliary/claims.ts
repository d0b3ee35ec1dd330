/**
 * The six linear claims on Aux in which the checks end (protocol section 9.4), and their weights' extension. In order: the sum of errors,
 * the rows' left and right operands, then the columns value, x, slope at the end of the chain's rounds.
 *
 * A scalar's value at theta is linear in its digits: sum over kappa of theta^power factor (limbs.ts) times the entry in row kappa of the
 * column of values. So all weights are products of a part over the rows and a part within a row.
 */
import { type ConstraintSystem, multiply, sumOfProducts } from '../../circuit/constraint-system.ts';
import type { Interruptible } from '../../turns.ts';
import { EqTree, longSum, scaledEq } from '../spartan/eq.ts';
import type { JoinedVector } from '../spartan/joined.ts';
import type { ChainOutcome } from './chain-verify.ts';
import { DIGITS } from './digits.ts';
import { type AuxiliaryLayout, COLUMNS, type Column, rowOf } from './layout.ts';
import { placeOfDigit } from './limbs.ts';
import type { RowSystem } from './row-system.ts';
import type { RowWeights } from './row-weights.ts';
import type { RowsOutcome } from './rows-verify.ts';

/** The columns in the order of their claims. */
export const CLAIMED = Object.keys(COLUMNS) as readonly Column[];

export function claimedVector<E>(
  cs: ConstraintSystem<E>,
  { rowLog, log }: AuxiliaryLayout,
  { variableCount, head }: RowSystem,
  { powers, rows }: RowWeights<E>,
  { errors, left, right }: RowsOutcome<E>,
  chain: ChainOutcome<E>,
): JoinedVector<E> {
  const one = cs.constant(1n);
  function* weight(factors: readonly E[], point: readonly E[]): Interruptible<E> {
    const [inRow, row] = [point.slice(0, rowLog), point.slice(rowLog)];
    const [entry, ofRow] = [new EqTree(cs, one, inRow), new EqTree(cs, one, row)];
    // scalars: w, then e
    const fields = variableCount - head;
    const sums: (readonly [E, E])[] = [];
    for (const [k, [weights, from]] of (
      [
        [rows, fields],
        [left.weights, 0],
        [right.weights, 0],
      ] as const
    ).entries())
      sums.push([
        factors[k]!,
        yield* longSum(
          cs,
          weights.map((w, i) => [w, entry.leaf(from + i)] as const),
        ),
      ]);
    const scalars = sumOfProducts(cs, sums);
    const digits = multiply(
      cs,
      scalars,
      placesSum(cs, powers, (kappa) => ofRow.leaf(rowOf('value', kappa))),
    );
    // columns: eq of the chain's position
    const ends = new EqTree(cs, one, chain.row);
    const columns: (readonly [E, E])[] = [];
    for (const [k, name] of CLAIMED.entries()) {
      const products = Array.from(
        { length: DIGITS },
        (_, kappa) => [ends.leaf(kappa), ofRow.leaf(rowOf(name, kappa))] as const,
      );
      columns.push([factors[sums.length + k]!, yield* longSum(cs, products)]);
    }
    return cs.add(digits, scaledEq(cs, sumOfProducts(cs, columns), chain.inRow, inRow));
  }
  return { log, claims: [errors, left.claim, right.claim, ...CLAIMED.map((name) => chain[name])], weight };
}

/** sum over kappa of the place of its digits at theta times a value. */
function placesSum<E>(cs: ConstraintSystem<E>, powers: readonly E[], value: (kappa: number) => E): E {
  const byPower: (readonly [bigint, E])[][] = [];
  for (let kappa = 0; kappa < DIGITS; kappa++) {
    const { power, factor } = placeOfDigit(DIGITS - 1 - kappa);
    byPower[power] ??= [];
    byPower[power].push([factor, value(kappa)]);
  }
  const [lowest, ...higher] = byPower.map((terms) => cs.sum(terms)) as [E, ...E[]];
  if (higher.length === 0) return lowest;
  return cs.add(
    lowest,
    sumOfProducts(
      cs,
      higher.map((sum, k) => [sum, powers[k]!] as const),
    ),
  );
}
