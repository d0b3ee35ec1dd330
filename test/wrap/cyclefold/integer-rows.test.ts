/** The integer form of a system is the same relation modulo q as the compiled matrix, within the bounds that it states. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { type ConstraintMatrix, compile } from '../../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../../src/circuit/shape.ts';
import { CycleFold } from '../../../src/folding/cyclefold.ts';
import { type IntegerRows, integerRows } from '../../../src/wrap/cyclefold/integer-rows.ts';
import { elements } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { toy } from './toy.ts';

const engine = await createEngine();
const F = field(Q);
const LIMB = 1n << 51n;
const absolute = (v: bigint): bigint => (v < 0n ? -v : v);

/** Q(z) by the kernels. */
function byKernels(matrix: ConstraintMatrix, z: readonly bigint[]): bigint[] {
  const kernels = engine.fq.rows(matrix.matrix);
  const encoded = engine.fq.encode(z);
  return engine.fq.decode(kernels.quadratic(encoded, kernels.forms(encoded)));
}

/** Q(z) modulo q by the integer form. */
function byIntegers(system: IntegerRows, z: readonly bigint[]): bigint[] {
  const values = [...z];
  for (const { denominator, terms } of system.definitions) {
    values.push(F.mul(F.create(terms.reduce((s, [c, v]) => s + c * z[v]!, 0n)), F.inv(F.create(denominator))));
  }
  const operands = system.operands.map((terms) => terms.reduce((s, [c, v]) => s + c * values[v]!, 0n));
  return system.rows.map((row) =>
    F.create(
      row.terms.reduce((s, [c, p]) => {
        const [a, b] = system.products[p]!;
        return s + c * operands[a]! * operands[b]!;
      }, 0n),
    ),
  );
}

describe.each([
  { name: 'the CycleFold circuit', matrix: new CycleFold(engine).matrix },
  { name: 'the small system', matrix: toy.matrix },
])('$name', ({ matrix }) => {
  const system = integerRows(matrix);

  it('has the same rows modulo q at any z', () => {
    const n = matrix.matrix.variables;
    fc.assert(
      fc.property(fc.array(elements(Q), { minLength: n, maxLength: n }), (z) => {
        expect(byIntegers(system, z)).toEqual(byKernels(matrix, z));
      }),
      { numRuns: 10 },
    );
  });
  it('has small constants in its rows and at most 128 bits in its definitions', () => {
    const inRows = [...system.operands.flat(), ...system.rows.flatMap((row) => row.terms)].map(([c]) => c);
    expect(inRows.every((c) => absolute(c) < 256n)).toBe(true);
    for (const { denominator, terms } of system.definitions) {
      expect(denominator % Q).not.toBe(0n);
      expect([denominator, ...terms.map(([c]) => c)].every((c) => absolute(c) < 1n << 128n)).toBe(true);
      expect(terms.every(([, v]) => v < system.variables)).toBe(true);
    }
  });
  it('keeps each coefficient within its bound where every limb is as large as it may be', () => {
    const size = LIMB - 1n;
    const signs = fc.array(fc.constantFrom(-1n, 1n), { minLength: 5, maxLength: 5 });
    const count = system.variables + system.definitions.length;
    fc.assert(
      fc.property(fc.array(signs, { minLength: count, maxLength: count }), (limbs) => {
        const operands = system.operands.map((terms) =>
          Array.from({ length: 5 }, (_, l) => terms.reduce((s, [c, v]) => s + c * limbs[v]![l]! * size, 0n)),
        );
        for (const { terms, bound } of system.rows) {
          const coefficients = new Array<bigint>(9).fill(0n);
          for (const [c, p] of terms) {
            const [a, b] = system.products[p]!;
            operands[a]!.forEach((x, i) => {
              operands[b]!.forEach((y, j) => {
                coefficients[i + j]! += c * x * y;
              });
            });
          }
          expect(coefficients.every((c) => absolute(c) + size <= bound)).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('the CycleFold circuit', () => {
  it('has five auxiliary values and bounds of 109 bits', () => {
    const system = integerRows(new CycleFold(engine).matrix);
    expect(system.definitions.map(({ terms }) => terms.length)).toEqual([1, 1, 1, 65, 65]);
    expect(system.rows.every(({ bound }) => bound >> 109n === 0n)).toBe(true);
    expect([system.operands.length, system.products.length, system.rows.length]).toEqual([847, 656, 391]);
  });
});

describe('a system that has no integer form', () => {
  it('is refused: over Fr, with bits, or with a form of several long constants', () => {
    const system = (modulus: bigint, circuit: (cs: ShapeBuilder) => void): ConstraintMatrix => {
      const shape = new ShapeBuilder(modulus);
      circuit(shape);
      return compile(shape);
    };
    const refused = [
      system(R, (cs) => {
        const a = cs.field();
        cs.row([a, a]);
      }),
      system(Q, (cs) => {
        const a = cs.bits(1)[0]!;
        cs.row([a, a]);
      }),
      system(Q, (cs) => {
        const [a, b] = [cs.field(), cs.field()];
        cs.row([cs.add(cs.scale(Q / 3n, a), cs.scale(Q / 5n, b)), a]);
      }),
    ];
    for (const matrix of refused) expect(foldErrorOf(() => integerRows(matrix)).code).toBe('E_BUG');
  });
});
