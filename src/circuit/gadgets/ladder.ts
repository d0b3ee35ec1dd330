/**
 * Curve arithmetic on y^2 = x^3 + b in the curve's base field, y-coordinates eliminated (protocol section 4).
 *
 * A point is (x, 2y as a list of products), because 2y is always available as a quadratic expression of the row
 * before: A round acc <- (acc + Q) + acc costs four rows and four variables. Used by the CycleFold circuit on G1 and by the
 * step circuit on Grumpkin. No case distinction: callers state why no addition is exceptional.
 */
import { field } from '../../algebra/field.ts';
import { type ConstraintSystem, multiply, type Product } from '../constraint-system.ts';
import type { RoundSlopes } from './ladder-slopes.ts';

/** A point whose 2y is a sum of products. */
export interface LadderPoint<E> {
  readonly x: E;
  readonly y2: readonly Product<E>[];
}

export interface PointOf<E> {
  readonly x: E;
  readonly y: E;
}

export function negated<E>(cs: ConstraintSystem<E>, products: readonly Product<E>[]): Product<E>[] {
  return products.map(([a, b]) => [cs.scale(-1n, a), b]);
}

function evaluate<E>(cs: ConstraintSystem<E>, products: readonly Product<E>[]): bigint {
  return field(cs.modulus).create(products.reduce((s, [a, b]) => s + cs.value(a) * cs.value(b), 0n));
}

/** A guess saves the inversion. It is only taken if it is right: a run on forged values follows those. */
function quotient(modulus: bigint, numerator: bigint, denominator: bigint, guess?: bigint): bigint {
  const F = field(modulus);
  if (guess !== undefined && F.create(guess * denominator - numerator) === 0n) return guess;
  return F.mul(F.create(numerator), F.inv(F.create(denominator)));
}

/**
 * acc + Q + acc. Four rows, four variables (l1, xR, l2, x'). Exceptional for acc = +-Q and acc + Q = +-acc only.
 * `slopes` (ladder-slopes.ts) is asked when a witness is written; without it each slope costs an inversion.
 */
export function ladderRound<E>(
  cs: ConstraintSystem<E>,
  acc: LadderPoint<E>,
  q: LadderPoint<E>,
  slopes?: () => RoundSlopes | undefined,
): LadderPoint<E> {
  const p = cs.modulus;
  const one = cs.constant(1n);
  const l1 = cs.field(() =>
    quotient(p, evaluate(cs, q.y2) - evaluate(cs, acc.y2), 2n * (cs.value(q.x) - cs.value(acc.x)), slopes?.()?.[0]),
  );
  const l2 = cs.field(() => {
    const l = cs.value(l1);
    const xr = l * l - cs.value(acc.x) - cs.value(q.x);
    const guess = slopes?.()?.[1];
    return quotient(p, evaluate(cs, acc.y2), cs.value(acc.x) - xr, guess === undefined ? guess : guess + l) - l;
  });
  const xr = cs.field(() => cs.value(l1) ** 2n - cs.value(acc.x) - cs.value(q.x));
  const x = cs.field(() => cs.value(l2) ** 2n - cs.value(xr) - cs.value(acc.x));
  // P = (l1 + l2)(xA - xR) = 2 yA: the tangent's condition, and the old 2y for the rows that follow
  const tangent: Product<E> = [cs.add(l1, l2), cs.sub(acc.x, xr)];
  cs.row([cs.scale(2n, l1), cs.sub(q.x, acc.x)], ...negated(cs, q.y2), tangent);
  cs.row(
    [l1, l1],
    [
      cs.scale(
        -1n,
        cs.sum([
          [1n, xr],
          [1n, acc.x],
          [1n, q.x],
        ]),
      ),
      one,
    ],
  );
  cs.row(
    [l2, l2],
    [
      cs.scale(
        -1n,
        cs.sum([
          [1n, x],
          [1n, xr],
          [1n, acc.x],
        ]),
      ),
      one,
    ],
  );
  cs.row(tangent, ...negated(cs, acc.y2));
  return { x, y2: [[cs.scale(2n, l2), cs.sub(acc.x, x)], ...negated(cs, [tangent])] };
}

/** A + D for D given by its 2y, the sum given as advice or new. Three rows. Exceptional for D = +-A only. */
export function ladderAdd<E>(
  cs: ConstraintSystem<E>,
  d: LadderPoint<E>,
  a: PointOf<E>,
  sum: (v: PointOf<() => bigint>) => PointOf<E>,
): PointOf<E> {
  const p = cs.modulus;
  const F = field(p);
  const one = cs.constant(1n);
  const slope = cs.field(() =>
    quotient(p, evaluate(cs, d.y2) - 2n * cs.value(a.y), 2n * (cs.value(d.x) - cs.value(a.x))),
  );
  const x = (): bigint => F.create(cs.value(slope) ** 2n - cs.value(d.x) - cs.value(a.x));
  const y = (): bigint => F.create(cs.value(slope) * (cs.value(a.x) - x()) - cs.value(a.y));
  const c = sum({ x, y });
  cs.row([cs.scale(2n, slope), cs.sub(d.x, a.x)], ...negated(cs, d.y2), [cs.scale(2n, a.y), one]);
  cs.row(
    [slope, slope],
    [
      cs.scale(
        -1n,
        cs.sum([
          [1n, c.x],
          [1n, d.x],
          [1n, a.x],
        ]),
      ),
      one,
    ],
  );
  cs.row([slope, cs.sub(a.x, c.x)], [cs.scale(-1n, cs.add(a.y, c.y)), one]);
  return c;
}

/** Asserts y^2 = x^3 + b. Two rows, one variable. */
export function assertOnCurve<E>(cs: ConstraintSystem<E>, point: PointOf<E>, b: bigint): void {
  const square = multiply(cs, point.x, point.x);
  cs.row([point.y, point.y], [cs.scale(-1n, square), point.x], [cs.constant(-b), cs.constant(1n)]);
}
