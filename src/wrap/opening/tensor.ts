/**
 * The univariate form of a multilinear evaluation (protocol section 9.3). For a vector p of 2^n elements and
 * e(X) = prod_j ((1 - point_j) + point_j X^(2^j)), the coefficients of e are eq(point, i), so <p, e> = p~(point) = c and
 *
 *     p(X) e(1/X) + p(1/X) e(X) = 2 c + X s(X) + s(1/X) / X,   deg s <= 2^n - 2.
 *
 * e is a product of n two-term factors: multiplying by one factor after the other costs n sweeps and needs no FFT.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import type { Interruptible } from '../../turns.ts';
import { slice, zeros } from '../spartan/blocks.ts';

const F = field(R);

/** The 2^n - 1 coefficients of s for p of 2^n elements, n = point.length >= 1. Internal form. */
export function* correlation(engine: Engine, p: Vec, point: readonly bigint[]): Interruptible<Vec> {
  const { fr } = engine;
  const n = 2 ** point.length;
  // p(X) e(1/X): the coefficient of X^d stands at n + d
  let product = zeros(2 * n);
  product.set(p, n * FIELD_BYTES);
  for (const [j, coordinate] of point.entries()) {
    const shifted = zeros(2 * n);
    shifted.set(slice(product, 2 ** j, 2 * n));
    const next = product.slice();
    fr.axpy(next, fr.encode([coordinate]), fr.sub(shifted, product));
    product = next;
    yield;
  }
  return fr.add(slice(product, n + 1, 2 * n), reversed(slice(product, 1, n)));
}

function reversed(v: Vec): Vec {
  const out = new Uint8Array(v.length);
  for (let at = 0; at < v.length; at += FIELD_BYTES)
    out.set(v.subarray(at, at + FIELD_BYTES), v.length - at - FIELD_BYTES);
  return out;
}

/** 1, x, x^2, ...: `length` of them, a power of two. Internal form. */
export function powersOf({ fr }: Engine, x: bigint, length: number): Vec {
  const powers = zeros(length);
  powers.set(fr.encode([1n]));
  for (let n = 1, step = x; n < length; n *= 2, step = F.mul(step, step))
    fr.axpy(slice(powers, n, 2 * n), fr.encode([step]), slice(powers, 0, n));
  return powers;
}

/** Value at x of the polynomial with these coefficients, lowest first, no more than there are powers of x. */
export function evaluate({ fr }: Engine, coefficients: Vec, powers: Vec): bigint {
  return fr.decode(fr.dot(coefficients, powers.subarray(0, coefficients.length)))[0]!;
}

/** Coefficients of (f(X) - f(x)) / (X - x), and f(x). */
export function divide(
  coefficients: readonly bigint[],
  x: bigint,
): { readonly quotient: bigint[]; readonly value: bigint } {
  const quotient: bigint[] = new Array(Math.max(0, coefficients.length - 1));
  let rest = 0n;
  for (let i = coefficients.length - 1; i >= 0; i--) {
    rest = F.create(rest * x + coefficients[i]!);
    if (i > 0) quotient[i - 1] = rest;
  }
  return { quotient, value: rest };
}
