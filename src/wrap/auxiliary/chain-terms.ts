/**
 * The equations of the chain in Aux as one sum over its positions (protocol section 9.4). With c, x, s the columns value, x and slope,
 * px(c) and py(c) the point that a digit chooses, and p' the position after p:
 *
 *   digits      Z(c) = (c^2 - 1)(c^2 - 9)(c^2 - 25)(c^2 - 49) = 0                    at additions
 *   y           y = py - s (px - x) at additions, y = c at doublings and at the end: no column of its own
 *   x           x' = s^2 - x - px at additions, s^2 - 2x at doublings
 *   y'          y' = s (x + 2 px - s^2) - py at additions, s (3x - s^2) - c at doublings
 *   slope       2 c s = 3 x^2                                                          at doublings
 *   ends        (x, y) = H0 at (0, 0); (x, c) = C + 8^84 H0 at (84, n)
 *
 * That y is what the slope makes of it IS the slope's equation of an addition. The equations are weighted by
 * lambda^0..lambda^7 in this order (both ends x, y) and eq(tau, p), tau = (t, t^2, t^4, ...); what belongs to p' is moved there,
 * so that the columns are read at one position only:
 *
 *   sum_p  A (Z - L px + L^2 (2 s px - py)) + Y (py - s px)                                              [degree 9]
 *        + A (L s^2 + L^2 (s x - s^3)) + B (L s^2 + L^2 (3 s x - s^3) + L^3 (2 c s - 3 x^2)) + X x + C c + Y s x
 *   =  L^4 H0.x + L^5 H0.y + L^6 E.x + L^7 E.y
 *
 * A, B: eq(tau, p) at additions and doublings. X, C, Y collect what x, c and the y of an addition have as a successor or as an end.
 * If an equation is false, the two sides differ but with probability (2^17 + 7) / r.
 */
import { times } from './polynomials.ts';

/** Where values eq(tau, p) stand: what the kernels are made of. */
export interface Places<T> {
  /** At the additions and at the doublings. */
  readonly additions: T;
  readonly doublings: T;
  /** Of all of them moved to the position after: to an addition, or to a doubling or the end. */
  readonly toAdditions: T;
  readonly toDoublings: T;
  /** 1 at (0, 0), and at (84, n). */
  readonly start: T;
  readonly end: T;
}

/** X, C and Y as sums of factor * lambda^power * place. */
export const KERNELS: Readonly<
  Record<'X' | 'C' | 'Y', readonly (readonly [factor: bigint, power: number, place: keyof Places<unknown>])[]>
> = {
  X: [
    [-1n, 1, 'additions'],
    [-2n, 1, 'doublings'],
    [-1n, 1, 'toAdditions'],
    [-1n, 1, 'toDoublings'],
    [1n, 4, 'start'],
    [1n, 6, 'end'],
  ],
  C: [
    [-1n, 2, 'doublings'],
    [-1n, 2, 'toDoublings'],
    [1n, 7, 'end'],
  ],
  Y: [
    [-1n, 2, 'toAdditions'],
    [1n, 5, 'start'],
  ],
};

/** The highest power of lambda. */
export const LAMBDA_POWERS = 7;

/** Z(c) = (c^4 - 50 c^2 + 49)(c^4 - 34 c^2 + 225): coefficients of 1, c^2, c^4 of its two factors. */
export const DIGIT_FACTORS = [
  [49n, -50n, 1n],
  [225n, -34n, 1n],
] as const;

/** The coefficients of 1, c^2, .., c^8 in Z. */
export const DIGIT_POLYNOMIAL = times(...DIGIT_FACTORS);
