/**
 * Curve arithmetic on y^2 = x^3 + b in the curve's base field, y-coordinates eliminated (protocol section 4).
 *
 * A point is (x, 2y as a list of products), because 2y is always available as a quadratic expression of the row
 * before: A round acc <- (acc + Q) + acc costs four rows and four variables. Used by the CycleFold circuit on G1 and by the
 * step circuit on Grumpkin. No case distinction: callers state why no addition is exceptional.
 */
import {
  type CurveKernels,
  FIELD_BYTES,
  type FieldKernels,
  POINT_BYTES,
  type Points,
  type Vec,
} from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import type { Affine } from '../../algebra/params.ts';
import { type ConstraintSystem, multiply, type Product } from '../constraint-system.ts';

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

function quotient(modulus: bigint, numerator: bigint, denominator: bigint): bigint {
  const F = field(modulus);
  return F.mul(F.create(numerator), F.inv(F.create(denominator)));
}

/** What a round leaves: the accumulator's x before it, then its variables. */
export type Round<E> = readonly [before: E, l1: E, l2: E, xr: E, x: E];

/** The accumulator after a round. 2y is -l2's line through the old one, whose own 2y = (l1 + l2)(before - xr). */
export function afterRound<E>(cs: ConstraintSystem<E>, [before, l1, l2, xr, x]: Round<E>): LadderPoint<E> {
  const tangent: Product<E> = [cs.add(l1, l2), cs.sub(before, xr)];
  return { x, y2: [[cs.scale(2n, l2), cs.sub(before, x)], ...negated(cs, [tangent])] };
}

/** Variables of a round. */
export const ROUND_VARIABLES = 4;

/**
 * Writes all rounds of a ladder, two at least, through `points`: the variables of each in `fields`, preceded by the point where
 * that is `allocated` in the round. Returns the last round's values.
 */
export function writeRounds(
  coordinates: FieldKernels,
  curve: CurveKernels,
  start: Affine,
  points: Points,
  fields: Vec,
  allocated = false,
): readonly bigint[] {
  const rounds = curve.ladder(start, points);
  const n = points.length / POINT_BYTES;
  const [size, lead] = [ROUND_VARIABLES * FIELD_BYTES, allocated ? POINT_BYTES : 0];
  for (let k = 0; k < n; k++) {
    const at = k * (lead + size);
    if (allocated) fields.set(points.subarray(k * POINT_BYTES, (k + 1) * POINT_BYTES), at);
    fields.set(rounds.subarray(k * size, (k + 1) * size), at + lead);
  }
  return coordinates.decode(rounds.subarray((n - 1) * size - FIELD_BYTES));
}

/** A point of a run on values. */
export function affineOf<E>(cs: ConstraintSystem<E>, { x, y2 }: LadderPoint<E>): Affine {
  return { x: cs.value(x), y: field(cs.modulus).mul(evaluate(cs, y2), (cs.modulus + 1n) / 2n) };
}

/**
 * acc + Q + acc. Four rows, four variables (l1, l2, xR, x'). Exceptional for acc = +-Q and acc + Q = +-acc only.
 * Each slope costs an inversion when a witness is written so; whole ladders are blocks that the engine writes.
 */
export function ladderRound<E>(cs: ConstraintSystem<E>, acc: LadderPoint<E>, q: LadderPoint<E>): Round<E> {
  const p = cs.modulus;
  const one = cs.constant(1n);
  const l1 = cs.field(() =>
    quotient(p, evaluate(cs, q.y2) - evaluate(cs, acc.y2), 2n * (cs.value(q.x) - cs.value(acc.x))),
  );
  const l2 = cs.field(() => {
    const l = cs.value(l1);
    const xr = l * l - cs.value(acc.x) - cs.value(q.x);
    return quotient(p, evaluate(cs, acc.y2), cs.value(acc.x) - xr) - l;
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
  return [acc.x, l1, l2, xr, x];
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
