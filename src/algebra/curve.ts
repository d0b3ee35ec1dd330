/**
 * Affine arithmetic on y^2 = x^3 + b with bigints: the twin of the curve kernels, and for the few points that a
 * verifier handles one at a time. `null` is the point at infinity. One inversion per addition: not for sums of many.
 */
import { field } from './field.ts';
import type { Affine, CurveParams } from './params.ts';

export type Point = Affine | null;

export function neg(curve: CurveParams, p: Point): Point {
  return p && { x: p.x, y: field(curve.base).neg(p.y) };
}

/** The line through p and q (the tangent if they are equal) meets the curve again at -(p + q). */
export function add(curve: CurveParams, p: Point, q: Point): Point {
  if (!p) return q;
  if (!q) return p;
  const F = field(curve.base);
  if (p.x !== q.x) return third(curve, p, q, F.mul(F.sub(q.y, p.y), F.inv(F.sub(q.x, p.x))));
  return p.y === q.y ? double(curve, p) : null;
}

export function double(curve: CurveParams, p: Point): Point {
  // Both curves have odd order, so that no point has y = 0; the guard keeps off-curve input from dividing by zero.
  if (!p || p.y === 0n) return null;
  const F = field(curve.base);
  return third(curve, p, p, F.mul(F.mul(3n, F.mul(p.x, p.x)), F.inv(F.add(p.y, p.y))));
}

function third(curve: CurveParams, p: Affine, q: Affine, slope: bigint): Affine {
  const F = field(curve.base);
  const x = F.sub(F.sub(F.mul(slope, slope), p.x), q.x);
  return { x, y: F.sub(F.mul(slope, F.sub(p.x, x)), p.y) };
}

/** k p for any integer k, read modulo the order. */
export function mul(curve: CurveParams, p: Point, k: bigint): Point {
  let sum: Point = null;
  for (let base = p, rest = field(curve.order).create(k); rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(curve, sum, base);
    base = double(curve, base);
  }
  return sum;
}

/** True for infinity and for canonical coordinates that satisfy the equation. */
export function isOnCurve(curve: CurveParams, p: Point): boolean {
  if (!p) return true;
  const F = field(curve.base);
  const canonical = [p.x, p.y].every((c) => c >= 0n && c < curve.base);
  return canonical && F.mul(p.y, p.y) === F.add(F.mul(p.x, F.mul(p.x, p.x)), curve.b);
}
