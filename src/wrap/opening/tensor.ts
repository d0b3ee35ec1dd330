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
import { padded, slice, zeros } from '../spartan/blocks.ts';

const F = field(R);

/** Elements that are worked on at once. */
const CHUNK = 1 << 12;
const ELEMENT_WORDS = FIELD_BYTES / 4;

/**
 * The 2^n - 1 coefficients of s for p of 2^n elements, n = point.length >= 1; or, as s is linear in p, the share that the elements
 * from `at` on have in it. Internal form.
 */
export function* correlation(engine: Engine, p: Vec, point: readonly bigint[], at = 0): Interruptible<Vec> {
  const { fr } = engine;
  // p(X) e(1/X): the lowest coefficient, that of X^lowest, comes first; every factor reaches 2^j further down
  let [product, lowest] = [p, at];
  for (const [j, coordinate] of point.entries()) {
    const [length, reach] = [product.length / FIELD_BYTES, 2 ** j];
    const next = zeros(length + reach);
    // the element i of `product` goes to i + reach times 1 - coordinate, and to i times coordinate: b + coordinate (a - b), with
    // b what is `reach` elements before a; one multiplication for both
    next.set(product, reach * FIELD_BYTES);
    const move = fr.encode([coordinate]);
    for (let from = 0; from < length + reach; from += CHUNK) {
      const to = Math.min(length + reach, from + CHUNK);
      const target = slice(next, from, to);
      fr.axpy(target, move, fr.sub(part(product, from, to), target));
    }
    [product, lowest] = [next, lowest - reach];
    yield;
  }
  // the coefficients of X^d and of X^-d, d >= 1, go together
  const out = zeros(2 ** point.length - 1);
  const [zero, end] = [-lowest, product.length / FIELD_BYTES];
  out.set(slice(product, Math.min(zero + 1, end), end));
  const below = reversed(slice(product, 0, Math.min(zero, end)));
  const from = Math.max(0, zero - end);
  const target = slice(out, from, from + below.length / FIELD_BYTES);
  target.set(fr.add(target, below));
  return out;
}

/** Shares of s together. */
export function addShares({ fr }: Engine, shares: readonly Vec[]): Vec {
  return shares.reduce((sum, share) => fr.add(sum, share));
}

/** The elements [from, to), zeros behind the end. */
function part(v: Vec, from: number, to: number): Vec {
  const length = v.length / FIELD_BYTES;
  return to <= length ? slice(v, from, to) : padded(slice(v, Math.min(from, length), length), to - from);
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

/**
 * Coefficients of (f(X) - f(x)) / (X - x), and f(x): the elements from the second on, and the first, of q_i = f_i + x q_(i+1) from the highest i down. The
 * elements are cut into rows of `width`, a power of two that divides their number, and all rows are walked side by side, twice: the first
 * time to know what each begins with.
 */
export function divide(
  engine: Engine,
  f: Vec,
  x: bigint,
  width = 512,
): { readonly quotient: Vec; readonly value: bigint } {
  const { fr } = engine;
  const length = f.length / FIELD_BYTES;
  const columns = Math.min(width, length);
  const rows = length / columns;
  const scalar = fr.encode([x]);
  // column t holds element t of every row
  const byColumn = transposed(f, rows, columns);
  /** The rows' values before each of their elements, from those behind them. */
  const walk = (behind: Vec, seen?: (t: number, values: Vec) => void): Vec => {
    let values = behind;
    for (let t = columns - 1; t >= 0; t--) {
      const next = slice(byColumn, t * rows, (t + 1) * rows).slice();
      fr.axpy(next, scalar, values);
      values = next;
      seen?.(t, values);
    }
    return values;
  };
  const own = fr.decode(walk(zeros(rows)));
  const power = F.pow(x, BigInt(columns));
  const behind: bigint[] = new Array(rows).fill(0n);
  for (let row = rows - 2; row >= 0; row--) behind[row] = F.add(own[row + 1]!, F.mul(power, behind[row + 1]!));
  const out = zeros(length);
  walk(fr.encode(behind), (t, values) => out.set(values, t * rows * FIELD_BYTES));
  const all = transposed(out, columns, rows);
  return { quotient: slice(all, 1, length), value: fr.decode(slice(all, 0, 1))[0]! };
}

/** Columns of a matrix of elements that is given row by row. */
function transposed(v: Vec, rows: number, columns: number): Vec {
  const from = new Uint32Array(v.buffer, v.byteOffset, v.length / 4);
  const out = new Uint32Array(from.length);
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < columns; t++) {
      const [source, target] = [ELEMENT_WORDS * (row * columns + t), ELEMENT_WORDS * (t * rows + row)];
      for (let k = 0; k < ELEMENT_WORDS; k++) out[target + k] = from[source + k]!;
    }
  }
  return new Uint8Array(out.buffer);
}
