/** The transforms against sums over all terms, and the step to the odd roots against evaluation of the polynomial. */
import { describe, expect, it } from 'vitest';
import { field } from '../../../../src/algebra/field.ts';
import { R } from '../../../../src/algebra/params.ts';
import { createProverKernels } from '../../../../src/wrap/groth16/native/module.ts';
import { Transform } from '../../../../src/wrap/groth16/native/transform.ts';
import { rootOfUnity } from '../../../../src/wrap/groth16/qap.ts';
import { Random } from '../../../algebra/random.ts';

const F = field(R);
const { module, fr } = await createProverKernels();
const random = new Random('transform');

function transformed(values: readonly bigint[], run: (transform: Transform, address: number) => void): bigint[] {
  const { arena } = module;
  return arena.scratch(() => {
    const address = arena.put(fr.encode(values));
    run(new Transform(module, fr, Math.log2(values.length)), address);
    return fr.decode(arena.take(address, 32 * values.length));
  });
}

const evaluate = (coefficients: readonly bigint[], x: bigint): bigint =>
  coefficients.reduceRight((sum, c) => F.add(F.mul(sum, x), c), 0n);

describe.each([1, 2, 3, 4, 7])('2^%i elements', (power) => {
  const n = 2 ** power;
  const root = rootOfUnity(power);
  const inputs = [random.elements(R, n), new Array<bigint>(n).fill(R - 1n), new Array<bigint>(n).fill(0n)];

  it.each([false, true])('are transformed as the definition says (inverse: %s), with factors', (inverse) => {
    const w = inverse ? F.inv(root) : root;
    const [f, g] = random.elements(R, 2) as [bigint, bigint];
    for (const values of inputs) {
      const expected = values.map((_, i) =>
        F.mul(F.mul(f, F.pow(g, BigInt(i))), evaluate(values, F.pow(w, BigInt(i)))),
      );
      expect(transformed(values, (t, at) => t.run(at, { inverse, f, g }))).toEqual(expected);
    }
  });

  it('move to the odd roots of twice the order', () => {
    const coefficients = random.elements(R, n);
    const values = coefficients.map((_, i) => evaluate(coefficients, F.pow(root, BigInt(i))));
    const odd = rootOfUnity(power + 1);
    const expected = values.map((_, i) => F.mul(5n, evaluate(coefficients, F.pow(odd, BigInt(2 * i + 1)))));
    expect(transformed(values, (t, at) => t.toOddRoots(at, 5n))).toEqual(expected);
  });
});

it('a size of several blocks: at random places the definition, and there and back again', () => {
  const power = 14;
  const n = 2 ** power;
  // The largest elements drive the unreduced sums to their bound.
  const values = random.elements(R, n).map((v, i) => (i % 3 === 0 ? R - 1n : v));
  const there = transformed(values, (t, at) => t.run(at, { inverse: false, f: 1n, g: 1n }));
  const root = rootOfUnity(power);
  for (const i of [0, 1, 2, 2047, 2048, n / 2, n - 1]) {
    expect(there[i]).toBe(evaluate(values, F.pow(root, BigInt(i))));
  }
  const back = { inverse: true, f: F.inv(BigInt(n)), g: 1n };
  expect(transformed(there, (t, at) => t.run(at, back))).toEqual(values);
});
