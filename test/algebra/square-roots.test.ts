/** Square roots side by side: of squares, of what is none, of 0, in both fields. */
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { squareRoots } from '../../src/algebra/square-roots.ts';

const engine = await createEngine();

describe.each([engine.fr, engine.fq])('square roots', (kernels) => {
  const { modulus } = kernels;
  const F = field(modulus);

  it('square to the values that have one; the others have none', () => {
    // elements of every order 2^k among them, which take every way through the steps
    const orders = Array.from({ length: 30 }, (_, k) => F.pow(5n, (modulus - 1n) >> BigInt(k)));
    const values = [
      0n,
      1n,
      modulus - 1n,
      ...orders,
      ...Array.from({ length: 100 }, (_, k) => F.pow(7n, BigInt(k) ** 3n)),
    ];
    const roots = squareRoots(kernels, values);
    expect(roots.length).toBe(values.length);
    for (const [k, value] of values.entries()) {
      const isSquare = value === 0n || F.pow(value, (modulus - 1n) / 2n) === 1n;
      expect(roots[k] !== undefined && F.mul(roots[k], roots[k])).toBe(isSquare && value);
    }
  });

  it('of no value are none', () => {
    expect(squareRoots(kernels, [])).toEqual([]);
  });
});
