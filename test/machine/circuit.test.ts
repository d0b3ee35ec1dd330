/**
 * The machine's step circuit on the values of its writers: every row is zero, and with one entry of trace or challenge share
 * changed some row is not. Sizes are pinned.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { firstViolation } from '../../src/circuit/check.ts';
import { accessLayout, challengeLayout, ENTERED, PARTIAL_SUMS } from '../../src/machine/challenge-layout.ts';
import type { Place } from '../../src/machine/places.ts';
import { modelLayout } from '../../src/machine/program.ts';
import { type MachineShape, STANDARD, slotsPerStep, TOY, VECTOR } from '../../src/machine/shape.ts';
import { traceLayout } from '../../src/machine/trace-layout.ts';
import { undetermined } from '../folding/attacks/propagation.ts';
import { RowIndex } from '../folding/attacks/row-index.ts';
import { randomProgram } from '../helpers/random-program.ts';
import { entryOf, type MachineSystem, machineSystem, writeRun } from './system.ts';

describe("the machine's step circuit", () => {
  let engine: Engine;
  let toy: MachineSystem;
  beforeAll(async () => {
    engine = await createEngine();
    toy = machineSystem(engine, TOY);
  });

  const check = (shape: MachineShape, system: MachineSystem, seed: number, steps: number): void => {
    const run = writeRun(engine, randomProgram(shape, seed, steps));
    run.steps.forEach((z, j) => {
      expect(z.length / 32).toBe(system.matrix.matrix.variables);
      expect(firstViolation(engine.fr, system.rows, system.matrix, z), `step ${j}`).toBeUndefined();
    });
    expect(run.states[0]!.sum).toBe(0n);
    expect(run.states[1]!.sum).not.toBe(0n);
    expect(run.states.at(-1)!.sum).toBe(0n);
  };

  it.each([1, 2, 3, 4, 5, 6])('holds on random program %i of the toy, and all sums are zero at its end', (seed) => {
    check(TOY, toy, seed, 4);
  });
  it.each<[string, MachineShape]>([
    [
      'more of everything',
      {
        constants: 5,
        io: 4,
        groups: 6,
        rows: 12,
        rowVectors: 2,
        tile: 4,
        matrices: 3,
        lookups: 2,
        computed: 2,
        joins: false,
      },
    ],
    [
      'one row, no look-ups and no computed weights',
      {
        constants: 4,
        io: 1,
        groups: 1,
        rows: 1,
        rowVectors: 1,
        tile: 1,
        matrices: 1,
        lookups: 0,
        computed: 0,
        joins: false,
      },
    ],
  ])('holds on a machine with %s', (_name, shape) => {
    check(shape, machineSystem(engine, shape), 2, 4);
  });
  it('holds on a random program of the standard machine', () => {
    const system = machineSystem(engine, STANDARD);
    check(STANDARD, system, 1, 3);
  });

  it.each([0, 2, 3])(
    'determines every variable of trace and challenge share: none can change alone in step %i',
    (j) => {
      const { steps } = writeRun(engine, randomProgram(TOY, 7, 4));
      const index = new RowIndex(engine, toy);
      const { offsets, sizes } = toy.matrix;
      const operands = index.operands(engine, steps[j]!);
      const free: number[] = [];
      for (let k = offsets.traceBits; k < offsets.fields + sizes.fields; k++) {
        const isBit = k < offsets.traceFields;
        if (index.isFree(k, operands, isBit ? 1n - 2n * operands[k]! : undefined)) free.push(k);
      }
      // the multiplicity of an input slot that is not written says nothing; neither does k where another number is revealed
      const slots = traceLayout(TOY).multiplicities.io;
      const unwritten = j === 0 ? [] : slots.indices().map((at) => offsets.traceFields + slots.at(...at));
      const k = offsets.fields + challengeLayout(TOY).entered + ENTERED.indexOf('k');
      expect(free).toEqual([...unwritten, ...(j === 3 ? [k] : [])]);
    },
  );

  it('determines them in copies of all families of the standard machine: first, last and some between', () => {
    const system = machineSystem(engine, STANDARD);
    const { steps } = writeRun(engine, randomProgram(STANDARD, 1, 3));
    const index = new RowIndex(engine, system);
    const operands = index.operands(engine, steps[0]!);
    const { offsets } = system.matrix;
    const { bitsOf, multiplicities, small: _, bits: __, ...numbers } = traceLayout(STANDARD);
    const some = (place: Place): number[] => {
      const all = place.indices();
      const chosen = Array.from({ length: 9 }, (_, n) => all[Math.floor((n * (all.length - 1)) / 8)]!);
      return chosen.flatMap((at) =>
        Array.from({ length: place.elements }, (_, e) => place.at(...at) + e * place.step[at[0]]!),
      );
    };
    const { io, reveal, back, lanes } = bitsOf;
    const bits = [io, reveal, lanes, ...Object.values(back)].flatMap(some).map((k) => offsets.traceBits + k);
    const ofTrace = [...Object.values(numbers), ...Object.values(multiplicities)].flatMap(some);
    const { gaps, inverses, combined, extra, sums } = challengeLayout(STANDARD);
    const ofShare = [
      ...[gaps, inverses].flatMap((list) => [...list]),
      ...some(combined),
      ...some(extra),
      sums,
      sums + PARTIAL_SUMS - 1,
    ];
    const fields = [...ofTrace.map((k) => offsets.traceFields + k), ...ofShare.map((k) => offsets.fields + k)];
    expect(bits.filter((k) => index.isFree(k, operands, 1n - 2n * operands[k]!))).toEqual([]);
    expect(fields.filter((k) => index.isFree(k, operands))).toEqual([]);
    expect(system.matrix.families.length).toBeGreaterThan(15);
  });

  it('determines, from model, bits, what is read and what enters, all other variables one by one', () => {
    const { steps } = writeRun(engine, randomProgram(TOY, 8, 4));
    const { offsets } = toy.matrix;
    const trace = traceLayout(TOY);
    const { bank, residual, computed, entries, io, reveal, acc, multiplicities } = trace;
    const arrays: Place[] = [bank, residual, computed, entries, io, reveal, acc, ...Object.values(multiplicities)];
    const given = new Set(
      arrays.flatMap((place) => place.indices().map((at) => offsets.traceFields + place.at(...at))),
    );
    const entered = offsets.fields + challengeLayout(TOY).entered;
    const known = (k: number): boolean =>
      k < offsets.traceFields || given.has(k) || (k >= entered && k < entered + ENTERED.length);
    steps.forEach((z) => {
      expect(undetermined(engine, toy, z, known)).toEqual([]);
    });
  });

  it('refuses another weighted sum of tiles: every copy of its rows', () => {
    const { steps } = writeRun(engine, randomProgram(TOY, 7, 4));
    const { offsets } = toy.matrix;
    const { combined, extra } = challengeLayout(TOY);
    for (const place of [combined, extra])
      for (const at of place.indices()) {
        const z = steps[1]!.slice();
        const own = entryOf(z, offsets.fields + place.at(...at));
        own.set(engine.fr.add(own, engine.fr.encode([1n])));
        expect(firstViolation(engine.fr, toy.rows, toy.matrix, z)).toMatchObject({ scope: 'machine/tiles' });
      }
  });

  it('refuses sums of other weights: of a row by itself, and from row to row of a tile', () => {
    const { steps } = writeRun(engine, randomProgram(TOY, 7, 4));
    const { offsets } = toy.matrix;
    const { weights } = modelLayout(TOY);
    const { combined } = challengeLayout(TOY);
    const met = new Set<string>();
    for (const [v, w, s, k] of combined.indices() as [number, number, number, number][])
      for (const o of [0, 1]) {
        const z = steps[2]!.slice();
        // a number that no tile of the matrix reads may have any weight
        if (met.has([w, o, s].join()) || entryOf(z, offsets.fields + combined.at(v, w, s, k)).every((b) => b === 0))
          continue;
        met.add([w, o, s].join());
        const own = entryOf(z, offsets.model + weights.at(v, w, o, 3, s, k));
        own.set(engine.fr.add(own, engine.fr.encode([1n])));
        expect(firstViolation(engine.fr, toy.rows, toy.matrix, z)).toMatchObject({ scope: 'machine/tiles' });
      }
    expect(met.size).toBe(TOY.matrices * TOY.tile ** 2);
  });

  it('refers to every variable in some row', () => {
    const { matrix } = toy.matrix;
    const met = new Uint8Array(matrix.variables);
    for (const list of [matrix.prodA, matrix.prodB, matrix.boxIn, matrix.boxOut, matrix.formVar])
      for (const operand of list) if (operand < matrix.variables) met[operand] = 1;
    expect(met.indexOf(0)).toBe(-1);
  });

  it.each([
    ['toy', TOY],
    ['standard', STANDARD],
  ] as const)('allocates what the layouts of the %s say', (_name, shape) => {
    const { sizes } = machineSystem(engine, shape).matrix;
    const { bits, small } = traceLayout(shape);
    expect(sizes).toMatchObject({
      model: modelLayout(shape).size,
      traceBits: bits,
      traceFields: small,
      bits: 0,
      fields: challengeLayout(shape).size,
    });
    const { groups, rows, rowVectors, lookups, computed, io } = shape;
    const reads = groups * (rows * (rowVectors + 2) + lookups * VECTOR) + computed * rowVectors * VECTOR + io + 1;
    const { count, unused } = accessLayout(shape);
    expect(unused).toEqual([]);
    expect(count).toBe(reads + slotsPerStep(shape));
  });

  it.each([
    ['toy', TOY],
    ['standard', STANDARD],
  ] as const)('keeps the sizes of the %s', (_name, shape) => {
    const { scopes, scopeSizes, sizes } = machineSystem(engine, shape).matrix;
    expect({
      sizes,
      scopes: Object.fromEntries(scopes.map((name, k) => [name, scopeSizes[k]])),
    }).toMatchSnapshot();
  });
});
