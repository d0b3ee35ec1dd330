/** Random circuits, written once, through shape, compile, witness and check; the witness writer's refusals. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { assertEqual, type ConstraintSystem, multiply, sumOfProducts } from '../../src/circuit/constraint-system.ts';
import { WitnessWriter } from '../../src/circuit/witness.ts';
import { elements, TestSystem } from '../helpers/circuit.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const engine = await createEngine();

/** One instruction of a random circuit; a, b, c choose operands among the elements made so far. */
interface Instruction {
  readonly op:
    | 'constant'
    | 'field'
    | 'bits'
    | 'add'
    | 'sub'
    | 'scale'
    | 'sum'
    | 'multiply'
    | 'products'
    | 'fifth'
    | 'copy';
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly k: bigint;
}

const instruction: fc.Arbitrary<Instruction> = fc.record({
  op: fc.constantFrom(
    'constant',
    'field',
    'bits',
    'add',
    'sub',
    'scale',
    'sum',
    'multiply',
    'products',
    'fifth',
    'copy',
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  c: fc.nat(1000),
  k: elements(R),
});
const program = fc.array(instruction, { minLength: 3, maxLength: 40 });

/** Runs a program; every field variable but those of `field` is fixed by a row of its own. */
function interpret<E>(cs: ConstraintSystem<E>, steps: readonly Instruction[]): void {
  const pool: E[] = [...cs.publicInputs(() => [5n, cs.modulus - 1n], 2)];
  const at = (k: number): E => pool[k % pool.length]!;
  multiply(cs, pool[0]!, pool[1]!);
  for (const { op, a, b, c, k } of steps) {
    if (op === 'constant') pool.push(cs.constant(k));
    else if (op === 'field') pool.push(cs.field(() => k));
    else if (op === 'bits') pool.push(...cs.bits(1 + (a % 70), () => k % (1n << BigInt(1 + (a % 70)))));
    else if (op === 'add') pool.push(cs.add(at(a), at(b)));
    else if (op === 'sub') pool.push(cs.sub(at(a), at(b)));
    else if (op === 'scale') pool.push(cs.scale(k - cs.modulus / 2n, at(a)));
    else if (op === 'sum')
      pool.push(
        cs.sum([
          [k, at(a)],
          [-k, at(b)],
          [3n, at(c)],
        ]),
      );
    else if (op === 'multiply') pool.push(cs.scope(`scope${a % 3}`, () => multiply(cs, at(a), at(b))));
    else if (op === 'fifth') pool.push(cs.scope(`scope${a % 3}`, () => cs.fifthPower(at(a))));
    else if (op === 'products')
      pool.push(
        sumOfProducts(cs, [
          [at(a), at(b)],
          [at(b), at(c)],
        ]),
      );
    else {
      const copy = cs.field(() => cs.value(at(a)));
      assertEqual(cs, copy, at(a));
      pool.push(copy);
    }
  }
}

/** Positions of the fields that `field` made: the only variables a prover may choose. */
function freeFields(system: TestSystem, steps: readonly Instruction[]): Set<number> {
  let next = 1;
  const free = new Set<number>();
  for (const { op } of steps) {
    if (op === 'field') free.add(system.matrix.offsets.fields + next);
    if (['field', 'multiply', 'products', 'fifth', 'copy'].includes(op)) next++;
  }
  return free;
}

describe.each(['fr', 'fq'] as const)('a random circuit over %s', (name) => {
  const modulus = engine[name].modulus;

  it('is satisfied by its witness, by kernels and by bigints', () => {
    fc.assert(
      fc.property(program, (steps) => {
        const system = new TestSystem(engine, name, (cs) => interpret(cs, steps));
        const { z } = system.witness((cs) => interpret(cs, steps));
        expect(z.length).toBe(system.matrix.matrix.variables);
        expect(system.violation(z)).toBeUndefined();
        expect(system.rows(z).every((v) => v === 0n)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('has rows that the kernels and the bigint twin evaluate alike on any z', () => {
    fc.assert(
      fc.property(program, fc.array(elements(modulus), { minLength: 7, maxLength: 7 }), (steps, seeds) => {
        const system = new TestSystem(engine, name, (cs) => interpret(cs, steps));
        const { variables } = system.matrix.matrix;
        const z = Array.from({ length: variables }, (_, k) => (seeds[k % 7]! * BigInt(k + 1)) % modulus);
        const field = engine[name];
        const v = field.encode(z);
        const { bits, fields } = system.matrix.offsets;
        const block = v.subarray(bits * FIELD_BYTES, fields * FIELD_BYTES);
        const forms = system.kernels.forms(v);
        const rows = [
          field.bitRows(block, v.subarray(0, FIELD_BYTES)),
          system.kernels.quadratic(v, forms),
          system.kernels.boxes(v, forms),
        ];
        expect(rows.flatMap((part) => field.decode(part))).toEqual(system.rows(z));
      }),
      { numRuns: 40 },
    );
  });

  it('notices every variable that is changed, but those that are free', () => {
    fc.assert(
      fc.property(program, fc.nat(), (steps, pick) => {
        const system = new TestSystem(engine, name, (cs) => interpret(cs, steps));
        const { z } = system.witness((cs) => interpret(cs, steps));
        const free = freeFields(system, steps);
        const { fields } = system.matrix.offsets;
        const bound = z.map((_, at) => at).filter((at) => at >= fields && !free.has(at));
        const at = bound[pick % bound.length]!;
        const changed = z.with(at, (z[at]! + 1n) % modulus);
        expect(system.violation(changed)?.kind).toBe('row');
        expect(system.undetected(z, fields).every((k) => free.has(k))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a bit that is neither 0 nor 1, though no row is listed for it', () => {
    const circuit = <E>(cs: ConstraintSystem<E>): E => {
      const [a, b] = cs.bits(3, () => 5n) as [E, E];
      return multiply(cs, a, b);
    };
    const system = new TestSystem(engine, name, circuit);
    const { z } = system.witness(circuit);
    expect(system.violation(z)).toBeUndefined();
    const at = system.matrix.offsets.bits + 2;
    expect(system.violation(z.with(at, 2n))).toEqual({ kind: 'bit', index: 2, scope: '', indexInScope: 2, value: 2n });
    expect(system.violation(z.with(at, 0n))).toBeUndefined();
    expect(system.violation(z.with(at, modulus - 1n))?.value).toBe(2n);
  });
});

describe('firstViolation', () => {
  const circuit = <E>(cs: ConstraintSystem<E>): void => {
    const a = cs.field(() => 3n);
    cs.scope('outer', () => {
      multiply(cs, a, a);
      cs.scope('inner', () => multiply(cs, a, a));
      multiply(cs, a, a);
      cs.scope('inner', () => cs.fifthPower(a));
      cs.fifthPower(a);
    });
  };

  it('names the scope and the row inside it', () => {
    const system = new TestSystem(engine, 'fr', circuit);
    const { z } = system.witness(circuit);
    const { fields } = system.matrix.offsets;
    expect(system.violation(z.with(fields + 2, 10n))).toEqual({
      kind: 'row',
      index: 1,
      scope: 'outer/inner',
      indexInScope: 0,
      value: R - 1n,
    });
    expect(system.violation(z.with(fields + 3, 8n))).toMatchObject({ scope: 'outer', indexInScope: 1, value: 1n });
    expect(system.violation(z.with(fields + 4, 244n))).toEqual({
      kind: 'row',
      index: 3,
      scope: 'outer/inner',
      indexInScope: 1,
      value: R - 1n,
    });
    expect(system.violation(z.with(fields + 5, 242n))).toMatchObject({ scope: 'outer', indexInScope: 2, value: 1n });
    expect(system.matrix.scopes).toEqual(['', 'outer', 'outer/inner']);
    expect(system.matrix.scopeSizes.map((s) => [s.rows, s.boxes])).toEqual([
      [0, 0],
      [2, 1],
      [1, 1],
    ]);
  });
});

describe('WitnessWriter', () => {
  const writer = (bits: number, fields: number): WitnessWriter => new WitnessWriter(engine, 'fr', { bits, fields });

  it('refuses a value that its bits do not hold', () => {
    expect(writer(8, 0).bits(8, () => 255n)).toEqual(new Array(8).fill(1n));
    for (const bad of [256n, -1n, R - 1n]) {
      const error = foldErrorOf(() => writer(8, 0).bits(8, () => bad));
      expect([error.code, error.message]).toEqual(['E_BUG', 'a value does not fit 8 bits']);
    }
  });

  it('writes bits lowest first, over the boundaries of its words', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 254 }), fc.bigInt(0n, (1n << 254n) - 1n), (n, v) => {
        const value = BigInt.asUintN(n, v);
        const w = writer(n, 0);
        const bits = w.bits(n, () => value);
        const expected = [...value.toString(2).padStart(n, '0')].reverse().map(BigInt);
        expect(bits).toEqual(expected);
        expect(Array.from(w.finish().bits, BigInt)).toEqual(expected);
      }),
    );
  });

  it('refuses blocks that are not filled exactly, and another number of inputs', () => {
    const short = writer(2, 0);
    short.bits(1, () => 1n);
    expect(foldErrorOf(() => short.finish()).message).toBe('witness has 1 of 2 bits');
    expect(foldErrorOf(() => writer(0, 1).finish()).message).toBe('witness has 0 of 1 field values');
    expect(foldErrorOf(() => writer(0, 0).publicInputs(() => [1n], 2)).code).toBe('E_BUG');
  });
});
