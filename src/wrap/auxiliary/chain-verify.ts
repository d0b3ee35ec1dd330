/**
 * The chain's sum-check as a circuit (protocol section 9.4; the equations stand in chain-terms.ts): it turns them into one value of each
 * column. 17 rounds of degree nine; error (153 + 2^17 + 7) / r.
 */
import type { Transcript } from '../../algebra/sponge.ts';
import { type ConstraintSystem, multiply, type Product, sumOfProducts } from '../../circuit/constraint-system.ts';
import type { PointOf } from '../../circuit/gadgets/ladder.ts';
import type { Interruptible } from '../../turns.ts';
import { EqTree, longSum } from '../spartan/eq.ts';
import { verifyRounds } from '../spartan/rounds.ts';
import { startingPoint } from './chain.ts';
import { DIGIT_FACTORS, KERNELS, LAMBDA_POWERS, type Places } from './chain-terms.ts';
import { DIGITS } from './digits.ts';
import { type AuxiliaryLayout, DOUBLINGS, PLACE_LOG } from './layout.ts';
import { named } from './limbs.ts';
import { type AuxiliaryProof, CHAIN_DEGREE } from './proof.ts';
import type { DigitTables } from './tables.ts';

/** Where the chain's sum-check ends: a position, and what the columns are claimed to be there. */
export interface ChainOutcome<E> {
  /** Coordinates of the position in a row, and of the row. */
  readonly inRow: readonly E[];
  readonly row: readonly E[];
  readonly value: E;
  readonly x: E;
  readonly slope: E;
}

/**
 * @param end what the chain must end in
 * @param rounds the sponge of the rounds; it has absorbed Aux and the two challenges
 * @param proof called only when a witness is written
 */
export function* verifyChain<E>(
  cs: ConstraintSystem<E>,
  layout: AuxiliaryLayout,
  tables: DigitTables,
  end: PointOf<E>,
  { tau, lambda }: { readonly tau: E; readonly lambda: E },
  rounds: Transcript<E>,
  proof: () => AuxiliaryProof['chain'],
): Interruptible<ChainOutcome<E>> {
  const positionLog = layout.rowLog + PLACE_LOG;
  const taus = [tau];
  while (taus.length < positionLog) taus.push(multiply(cs, taus.at(-1)!, taus.at(-1)!));
  const powers = [cs.constant(1n), lambda];
  while (powers.length <= LAMBDA_POWERS) powers.push(multiply(cs, powers.at(-1)!, lambda));
  const start = startingPoint(layout.scalars);
  const ends = sumOfProducts(cs, [
    [powers[6]!, end.x],
    [powers[7]!, end.y],
  ]);
  const claim = cs.sum([
    [start.x, powers[4]!],
    [start.y, powers[5]!],
    [1n, ends],
  ]);
  const { point, claim: left } = verifyRounds(cs, rounds, claim, positionLog, CHAIN_DEGREE, () => proof().rounds);
  const [value, x, slope] = [cs.field(() => proof().value), cs.field(() => proof().x), cs.field(() => proof().slope)];
  rounds.absorb(value, x, slope);

  yield;
  const places = yield* placesAt(cs, layout, taus, point);
  const kernel = (name: keyof typeof KERNELS): E =>
    sumOfProducts(
      cs,
      KERNELS[name].map(([factor, power, place]) => [cs.scale(factor, powers[power]!), places.values[place]] as const),
    );
  yield;
  const total = termsAt(
    cs,
    powers,
    { ...places.values, X: kernel('X'), C: kernel('C'), Y: kernel('Y') },
    { c: value, x, s: slope },
    tables,
    places.leaf,
  );
  cs.row([cs.sub(total, left), cs.constant(1n)]);
  return { inRow: point.slice(0, layout.rowLog), row: point.slice(layout.rowLog), value, x, slope };
}

/** Extensions of the places at the point r, and eq(r, i) for a position in a row. */
function* placesAt<E>(
  cs: ConstraintSystem<E>,
  { scalars: n, rowLog }: AuxiliaryLayout,
  taus: readonly E[],
  point: readonly E[],
): Interruptible<{ readonly values: Places<E>; readonly leaf: (i: number) => E }> {
  const tree = (coordinates: readonly E[]): EqTree<E> => new EqTree(cs, cs.constant(1n), coordinates);
  const [tauIn, tauRow] = [tree(taus.slice(0, rowLog)), tree(taus.slice(rowLog))];
  const [inRow, row] = [tree(point.slice(0, rowLog)), tree(point.slice(rowLog))];
  /** sum over i in [from, to) of eq(tau, i - shift) eq(r, i). */
  const matched = (of: EqTree<E>, at: EqTree<E>, from: number, to: number, shift = 0): Product<E>[] =>
    Array.from({ length: to - from }, (_, k) => [of.leaf(from + k - shift), at.leaf(from + k)] as const);
  const small = (products: readonly Product<E>[]): E => sumOfProducts(cs, products);

  const doubled = yield* longSum(cs, matched(tauRow, row, 0, DIGITS - 1));
  const all = cs.add(doubled, small(matched(tauRow, row, DIGITS - 1, DIGITS)));
  const following = yield* longSum(cs, matched(tauRow, row, 1, DIGITS, 1));
  const added = yield* longSum(cs, matched(tauIn, inRow, 0, n));
  const after = yield* longSum(cs, matched(tauIn, inRow, 1, n, 1));
  const last = n + DOUBLINGS - 1;
  const values = {
    additions: multiply(cs, all, added),
    doublings: multiply(cs, doubled, small(matched(tauIn, inRow, n, n + DOUBLINGS))),
    toAdditions: small([
      [all, after],
      [following, small([[tauIn.leaf(last), inRow.leaf(0)]])],
    ]),
    toDoublings: small([
      [all, small(matched(tauIn, inRow, n, n + 1, 1))],
      [doubled, small(matched(tauIn, inRow, n + 1, n + DOUBLINGS, 1))],
    ]),
    start: multiply(cs, row.leaf(0), inRow.leaf(0)),
    end: multiply(cs, row.leaf(DIGITS - 1), inRow.leaf(n)),
  };
  return { values, leaf: (i) => inRow.leaf(i) };
}

interface Columns<E> {
  readonly c: E;
  readonly x: E;
  readonly s: E;
}

/** The sum's term at the point: tables are forms in eq(r, i). */
function termsAt<E>(
  cs: ConstraintSystem<E>,
  powers: readonly E[],
  { additions: A, doublings: B, X, C, Y }: Places<E> & Readonly<Record<keyof typeof KERNELS, E>>,
  { c, x, s }: Columns<E>,
  tables: DigitTables,
  leaf: (i: number) => E,
): E {
  const one = cs.constant(1n);
  const mul = (a: E, b: E): E => multiply(cs, a, b);
  const c2 = mul(c, c);
  const c4 = mul(c2, c2);
  const evens = [one, c2, c4, mul(c2, c4)];
  const at = (coefficients: readonly bigint[]): E =>
    named(cs, cs.sum(coefficients.map((k, i) => [k, leaf(i)] as const)));
  const poly = (table: DigitTables['x']): E =>
    sumOfProducts(
      cs,
      table.map((list, j) => [at(list), evens[j]!] as const),
    );
  const px = poly(tables.x);
  const py = mul(c, poly(tables.y));
  const [first, second] = DIGIT_FACTORS.map((coefs) => cs.sum(coefs.map((k, j) => [k, evens[j]!] as const))) as [E, E];
  const [L, L2, L3] = [powers[1]!, powers[2]!, powers[3]!];
  const [sx, s2, spx] = [mul(s, x), mul(s, s), mul(s, px)];
  const s3 = mul(s2, s);
  const ofAddition = sumOfProducts(cs, [
    [first, second],
    [L, cs.sub(s2, px)],
    [
      L2,
      cs.sum([
        [2n, spx],
        [-1n, py],
        [1n, sx],
        [-1n, s3],
      ]),
    ],
  ]);
  const ofDoubling = sumOfProducts(cs, [
    [L, s2],
    [
      L2,
      cs.sum([
        [3n, sx],
        [-1n, s3],
      ]),
    ],
    [
      L3,
      cs.sum([
        [2n, mul(c, s)],
        [-3n, mul(x, x)],
      ]),
    ],
  ]);
  return sumOfProducts(cs, [
    [A, ofAddition],
    [B, ofDoubling],
    [X, x],
    [C, c],
    [
      Y,
      cs.sum([
        [1n, py],
        [-1n, spx],
        [1n, sx],
      ]),
    ],
  ]);
}
