/** The rows as polynomials are the compiled matrix modulo q; S is the model's, and stays within the bounds that are stated. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { type ConstraintMatrix, compile } from '../../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../../src/circuit/shape.ts';
import { CycleFold } from '../../../src/folding/cyclefold.ts';
import { CHALLENGE_BOUNDS, type ChallengePair, pairOf } from '../../../src/wrap/auxiliary/challenges.ts';
import { oddRepresentative, signedDigits } from '../../../src/wrap/auxiliary/digits.ts';
import { identityOf } from '../../../src/wrap/auxiliary/identity.ts';
import { LIMB_BITS, LIMB_BOUNDS, limbsOfConstant, limbsOfDigits } from '../../../src/wrap/auxiliary/limbs.ts';
import { reductionSizes } from '../../../src/wrap/auxiliary/reduction.ts';
import { rowSystem } from '../../../src/wrap/auxiliary/row-system.ts';
import { elements } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { toy } from './toy.ts';

const engine = await createEngine();
const F = field(Q);
const full = new CycleFold(engine).matrix;
const at = (s: readonly bigint[]): bigint => F.create(s.reduceRight((sum, c) => (sum << BigInt(LIMB_BITS)) + c, 0n));
const digits = (w: bigint): bigint[] => limbsOfDigits(signedDigits(oddRepresentative(w)));
const power = (base: bigint, e: number, modulus: bigint): bigint => {
  let result = 1n;
  for (let k = 0; k < e; k++) result = (result * base) % modulus;
  return result;
};

/** Q(z) by the kernels. */
function byKernels(matrix: ConstraintMatrix, z: readonly bigint[]): bigint[] {
  const kernels = engine.fq.rows(matrix.matrix);
  const encoded = engine.fq.encode(z);
  return engine.fq.decode(kernels.quadratic(encoded, kernels.forms(encoded)));
}

/** sum low high (Q_i - e_i) modulo q, from the kernels' rows. */
function expected(matrix: ConstraintMatrix, pairs: readonly { low: bigint; high: bigint }[], z: bigint[], e: bigint[]) {
  const side = pairs.length;
  return F.create(
    byKernels(matrix, z).reduce(
      (sum, row, i) => sum + pairs[Math.floor(i / side)]!.low * pairs[i % side]!.high * (row - e[i]!),
      0n,
    ),
  );
}
const cut = (pairs: readonly { low: bigint; high: bigint }[]): ChallengePair<bigint>[] =>
  pairs.map(({ low, high }) => ({ low: limbsOfConstant(low), high: limbsOfConstant(high) }));

describe.each([
  { name: 'the CycleFold circuit', matrix: full, side: 20 },
  { name: 'the small system', matrix: toy.matrix, side: 2 },
])('$name', ({ matrix, side }) => {
  const system = rowSystem(matrix);

  it('has S that is the weighted sum of the rows modulo q, for any z and e', () => {
    const n = matrix.matrix.variables;
    const q = elements(Q);
    const values = fc.record({
      z: fc.array(q, { minLength: n, maxLength: n }),
      e: fc.array(q, { minLength: system.rows.length, maxLength: system.rows.length }),
      squeezed: fc.array(elements(R), { minLength: side, maxLength: side }),
    });
    fc.assert(
      fc.property(values, ({ z, e, squeezed }) => {
        const pairs = squeezed.map((s) => ({ low: BigInt.asUintN(127, s), high: s >> 127n }));
        expect(squeezed.map(pairOf)).toEqual(cut(pairs));
        const S = identityOf(system, cut(pairs), z.map(digits), e.map(digits));
        expect(at(S)).toBe(expected(matrix, pairs, z, e));
      }),
      { numRuns: 5 },
    );
  });
  it('keeps each coefficient within its bound where every limb is as large as it may be', () => {
    const sizes = (bounds: readonly bigint[]) => bounds.map((bound) => bound - 1n);
    const signs = fc.array(fc.constantFrom(-1n, 1n), { minLength: 6, maxLength: 6 });
    const limbs = (count: number) => fc.array(signs, { minLength: count, maxLength: count });
    const pairs = Array.from({ length: side }, () => ({ low: sizes(CHALLENGE_BOUNDS), high: sizes(CHALLENGE_BOUNDS) }));
    const signed = (list: bigint[][]) => list.map((own) => own.map((sign, l) => sign * (LIMB_BOUNDS[l]! - 1n)));
    fc.assert(
      fc.property(limbs(system.variableCount), limbs(system.rows.length), (z, e) => {
        const S = identityOf(system, pairs, signed(z), signed(e));
        expect(S.every((s, k) => (s < 0n ? -s : s) <= system.bounds[k]!)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });
  it('cannot wrap around r', () => {
    expect(system.bounds.every((bound) => 2n * bound < R)).toBe(true);
    expect(() => reductionSizes(system.bounds)).not.toThrow();
  });
});

describe('the CycleFold circuit', () => {
  it('is the model of the rows: S modulo q at one z, computed by it', () => {
    // the model's row 389 has the other sign
    const z = [5n ** 70n, ...Array.from({ length: 394 }, (_, k) => power(7n, 1001 + k, Q))];
    const pairs = Array.from({ length: 20 }, (_, k) => ({
      low: power(3n, 200 + k, 1n << 127n),
      high: power(5n, 300 + k, 1n << 127n),
    }));
    const noErrors = Array.from({ length: 391 }, () => []);
    const S = identityOf(rowSystem(full), cut(pairs), z.map(digits), noErrors);
    expect(at(S)).toBe(4986288876887564666647816038803771935569240323687964662299001226987039369436n);
  });
  it('has 656 products, and S 19 coefficients of at most 237 bits', () => {
    const { products, log, rows, bounds } = rowSystem(full);
    expect([products.length, log, rows.length, bounds.length]).toEqual([656, 10, 391, 19]);
    expect(Math.max(...bounds.map((bound) => bound.toString(2).length))).toBe(237);
  });
});

describe('a system that has no such form', () => {
  it('is refused: over Fr, with bits, or with rows of degree five', () => {
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
        cs.fifthPower(cs.field());
      }),
    ];
    for (const matrix of refused) expect(foldErrorOf(() => rowSystem(matrix)).code).toBe('E_BUG');
  });
});
