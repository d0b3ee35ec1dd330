/**
 * Attacks on the rows of a step (docs/protocol.md, section 11): each is a real change of program or trace with everything recomputed that
 * follows from it, and exactly one check catches it. Without that check, where a control says so, the forgery passes.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { accessLayout, challengeLayout, ENTERED } from '../../src/machine/challenge-layout.ts';
import { modelLayout } from '../../src/machine/program.ts';
import { SHIFT, TOY, VALUE_BITS, VECTOR } from '../../src/machine/shape.ts';
import { traceLayout } from '../../src/machine/trace-layout.ts';
import { addresses } from '../helpers/machine-program.ts';
import { attackedProgram } from './attacked-program.ts';
import { type Judgement, judge } from './forged-run.ts';
import { type Cheats, type ForgedModel, type ForgedTrace, forgeTraces } from './forger.ts';
import { type MachineSystem, machineSystem, START, writeRun } from './system.ts';

const F = field(R);
const UNIT = 2n ** BigInt(SHIFT);
const layout = modelLayout(TOY);
const trace = traceLayout(TOY);
const at = [0, 1, 2].map((j) => addresses(TOY, j));

describe('attacks on the rows of a step', () => {
  let engine: Engine;
  let system: MachineSystem;
  const { program, input } = attackedProgram();
  const honest = [0, 1, 2].map((j): ForgedModel => [...program.model(j)].map(BigInt));
  beforeAll(async () => {
    engine = await createEngine();
    system = machineSystem(engine, TOY);
  });

  const blocks = (numbers: readonly number[]) =>
    new Map([[0, Array.from({ length: TOY.io }, (_, n) => numbers.slice(n * VECTOR, (n + 1) * VECTOR).map(BigInt))]]);
  const traces = (models = honest, cheats: Cheats = {}, numbers = input): ForgedTrace[] =>
    forgeTraces(TOY, models, blocks(numbers), cheats);
  const verdict = (models: readonly ForgedModel[], forged: readonly ForgedTrace[], weight?: bigint): Judgement =>
    judge({ engine, system, shape: TOY, models, traces: forged, start: START, ...(weight && { weight }) });
  const violated = (models = honest, cheats: Cheats = {}): string[] => [
    ...verdict(models, traces(models, cheats)).violated,
  ];

  /** The models with entries of some steps changed: by step, the entry's place and its value. */
  const edited = (...changes: readonly (readonly [number, number, bigint | number])[]): ForgedModel[] => {
    const models = honest.map((model) => [...model]);
    for (const [j, place, value] of changes) models[j]![place] = F.create(BigInt(value));
    return models;
  };
  const multipliers = (j: number, g: number, row: number, m: readonly number[]): [number, number, number][] =>
    m.map((k, n) => [j, layout.m.at(g, row) + n * layout.m.step[g]!, k]);
  /** A lane vector that is a copy of the vector at an address. */
  const copies = (j: number, g: number, row: number, address: number): [number, number, number][] => {
    return [[j, layout.residual.at(0, g, row), address], ...multipliers(j, g, row, [0, 0, 0, 1, 0])];
  };
  const bump =
    (key: string, by: bigint[] = [1n]) =>
    (k: string, v: readonly bigint[]) =>
      k === key ? v.map((x, n) => x + (by[n] ?? 0n)) : v;
  const vector = (n: number): bigint[] => new Array<bigint>(VECTOR).fill(BigInt(n));

  it('accepts the honest run, and writes what the writers write', () => {
    expect(verdict(honest, traces()).violated).toEqual(new Set());
    const run = writeRun(engine, { program, input: Float64Array.from(input) });
    const { offsets } = system.matrix;
    traces().forEach(({ bits, small }, j) => {
      const z = engine.fr.decode(run.steps[j]!);
      expect(z.slice(offsets.traceBits, offsets.traceFields)).toEqual(bits);
      expect(z.slice(offsets.traceFields, offsets.bits)).toEqual(small);
    });
    const { end } = verdict(honest, traces());
    expect(end).toEqual(run.states.at(-1));
    expect(end.k).toBeGreaterThan(1n);
  });

  it.each([
    ['a read differing in one lane', '0 bank 1 0 0'],
    ['a look-up of another entry', '1 look 0 3'],
    ['an output that is not what is written', '2 io 0'],
    ['a reveal of what is not there', '2 reveal'],
    ['a multiplicity off by one', '1 mult'],
  ])('%s leaves a sum', (_name, key) => {
    expect(violated(honest, { tamper: bump(key) })).toEqual(['sum']);
  });

  it.each([0, 1, 2])('a weighted sum of group %i off by one fails its matrix', (g) => {
    expect(violated(honest, { tamper: bump(`0 acc ${g}`) })).toEqual(['tiles']);
  });

  it.each([0, 2].flatMap((g) => [3, VECTOR + 9].map((n) => [g, n] as const)))(
    'another rectified number or another result of lane vectors fails its row: group %i, lane %i',
    (g, n) => {
      expect(violated(honest, { tamper: bump(`1 out ${g} ${n}`) })).toEqual(['lanes']);
      expect(violated(honest, { tamper: bump(`1 relu ${g} ${n}`) })).toEqual(['lanes']);
    },
  );

  it.each([
    ['of another step, before the first', -1],
    ['of an input slot that is not written', at[1]!.input(0)],
  ])('a read of an address %s, leaves a sum', (_name, address) => {
    const models = edited([1, layout.bank.at(0, 0, 0), address]);
    expect(violated(models, { memory: new Map([[F.create(BigInt(address)), vector(7)]]) })).toEqual(['sum']);
  });

  it('an index beyond its table leaves a sum, whatever it is said to find', () => {
    const beyond = edited([1, layout.index.at(0, 0), 3]);
    expect(violated(beyond, { memory: new Map([[BigInt(at[0]!.constant(2) + 3), [5n, 6n]]]) })).toEqual(['sum']);
  });

  it.each([
    ['another table', 0, layout.constants.at(3, 2), -78],
    ['a vector of two numbers that is no entry', 0, layout.constants.at(3, 2), 0],
    ['a vector with numbers behind the tag', 0, layout.constants.at(3, 9), 5],
    ['a constant that is no entry', 1, layout.base.at(0, 0, 4), at[0]!.constant(1)],
    ['a lane vector', 1, layout.base.at(0, 0, 4), at[0]!.lane(2, 0)],
    ['what a look-up found', 1, layout.base.at(0, 0, 4), at[0]!.values(0, 0)],
    ['its table, but asks for another tag', 1, layout.tags.at(0, 0, 5), -78],
  ])('a look-up that reads %s leaves a sum', (_name, j, place, value) => {
    expect(violated(edited([j, place, value]))).toEqual(['sum']);
  });

  it('a look-up that asks for the tag of another table finds its entry', () => {
    const tags = layout.tags
      .indices()
      .flatMap(([g, v, l]) => (l! % 2 === 1 && g === 0 ? [layout.tags.at(g!, v, l)] : []));
    const models = edited(
      [0, layout.constants.at(3, 2), -78],
      ...[0, 1].flatMap((j) => tags.map((place) => [j, place, -78] as const)),
    );
    expect(violated(models)).toEqual([]);
  });

  it('a look-up at another address than its index says fails its row', () => {
    expect(violated(honest, { tamper: bump('1 index 0 3', [-1n]) })).toEqual(['backward']);
  });

  it('a read forward fails its bits', () => {
    expect(violated(edited(...copies(0, 2, 1, at[1]!.lane(0, 0))), { passes: 3 })).toEqual(['bit back']);
    expect(violated(edited(...copies(1, 0, 1, at[1]!.lane(2, 0))), { passes: 3 })).toEqual(['bit back']);
  });

  it.each([
    ['its own result', at[1]!.lane(2, 1), copies(1, 2, 1, at[1]!.lane(2, 1))],
    [
      'its own result in a cycle of two steps',
      at[1]!.lane(2, 1),
      [...copies(0, 2, 1, at[1]!.lane(2, 1)), ...copies(1, 2, 1, at[0]!.lane(2, 1))],
    ],
    [
      'its own result through two rows of one group',
      at[1]!.lane(2, 1),
      // row 0 reads row 1's vector into its sums, which turns it by a lane; row 1 copies row 0's
      [
        ...copies(1, 2, 1, at[1]!.lane(2, 0)),
        [1, layout.bank.at(0, 2, 0), at[1]!.lane(2, 1)],
        ...multipliers(1, 2, 0, [1, 0, 0, 0, 0]),
      ] as [number, number, number][],
    ],
  ])('a read of %s fails its bits: without them one input has two outputs', (_name, address, changes) => {
    const models = edited(...changes, [2, layout.io.at(1), address]);
    const ends = [6, 7].map((n) => {
      const memory = new Map([0, 1].flatMap((j) => [0, 1].map((r) => [BigInt(at[j]!.lane(2, r)), vector(n)] as const)));
      const { violated: by, end } = verdict(models, traces(models, { memory, passes: 3 }));
      expect([...by]).toEqual(['bit back']);
      return end;
    });
    expect(ends[0]!.hIn).toBe(ends[1]!.hIn);
    expect(ends[0]!.o).not.toBe(ends[1]!.o);
  });

  it.each([
    ['2, 0, 0', [2n, 0n, 0n]],
    ['1/2, 0, 0', [F.inv(2n), 0n, 0n]],
    ['1, 1, 0', [1n, 1n, 0n]],
    ['1, 0, 2', [1n, 0n, 2n]],
    ['1, 0, -1', [1n, 0n, -1n]],
  ])('selectors %s fail their rows', (_name, values) => {
    const models = edited(...values.map((s, n) => [0, layout.selectors.at(n), s] as const));
    expect(violated(models)).toEqual(['selectors']);
  });

  it('a free value through an input slot with its selector off fails the rows of the memory', () => {
    const slot = at[1]!.input(0);
    const models = edited([1, layout.bank.at(0, 0, 0), slot], [1, layout.io.at(0), slot]);
    const forged = traces(models, { memory: new Map([[BigInt(slot), vector(7)]]) });
    expect([...verdict(models, forged).violated]).toEqual(['sum']);
    const outputs = [7, 70].map((n) => {
      const free = traces(models, { memory: new Map([[BigInt(slot), vector(n)]]) });
      const { violated: by, end } = verdict(models, free, 1n);
      // the sum is zero only since every input slot was counted as written, in steps that write none as well
      expect([...by]).toEqual(['memory']);
      return end.o;
    });
    expect(outputs[0]).not.toBe(outputs[1]);
  });

  it('a negative number revealed fails its bits', () => {
    const shows = edited([0, layout.constants.at(1), -1], [2, layout.reveal.at(0), at[0]!.constant(1)]);
    expect(violated(shows)).toEqual(['bit reveal']);
    const off = shows.map((model, j) => (j === 2 ? model.with(layout.selectors.at(2), 0n) : model));
    expect(violated(off)).toEqual(['bit reveal']);
  });

  it('numbers out of range fail their bits where they are absorbed', () => {
    const wide = edited([0, layout.constants.at(1), 2 ** (VALUE_BITS - 1)], [2, layout.io.at(0), at[0]!.constant(1)]);
    expect(violated(wide)).toContain('bit io');
  });

  it('another split of an accumulator fails its bits', () => {
    expect(violated(honest, { tamper: bump('1 split 1 4', [1n, -UNIT]) })).toEqual(['bit lane']);
  });

  it('a quotient of the field, which every remainder has, fails its bits', () => {
    const by = F.inv(UNIT);
    expect(violated(honest, { tamper: bump('1 split 1 4', [by, -1n]) })).toContain('bit lane');
  });

  it('fingerprints hold nothing that a prover may choose after the challenges', () => {
    const { matrix, offsets, rowScope, scopes } = system.matrix;
    const share = challengeLayout(TOY);
    const { count: accesses } = accessLayout(TOY);
    const chosenBefore = new Set(
      ENTERED.flatMap((name, n) => (['position', 'alpha', 'gamma'].includes(name) ? [share.entered + n] : [])),
    );
    const entriesOf = (row: number): number[] => {
      const operands = [matrix.prodA, matrix.prodB].flatMap((list) => [
        ...list.subarray(matrix.rowStart[row], matrix.rowStart[row + 1]),
      ]);
      const variables = operands.flatMap((operand) => {
        const form = operand - matrix.variables;
        return form < 0 ? [operand] : [...matrix.formVar.subarray(matrix.formStart[form], matrix.formStart[form + 1])];
      });
      return [...new Set(variables.filter((k) => k >= offsets.fields).map((k) => k - offsets.fields))];
    };
    const isOf = (list: Int32Array) => (k: number) => list.includes(k);
    const rows = [...rowScope.keys()].filter((row) => scopes[rowScope[row]!] === 'machine/memory').map(entriesOf);
    const met: number[] = [];
    for (const entries of rows.filter((own) => own.some(isOf(share.gaps)))) {
      if (!entries.some(isOf(share.inverses))) {
        // a fingerprint: its gap and nothing else of the share but what was there before
        const others = entries.filter(
          (k) => !chosenBefore.has(k) && !(k >= share.alphaPowers && k < share.alphaPowers + VECTOR - 1),
        );
        expect(others).toHaveLength(1);
        met.push(share.gaps.indexOf(others[0]!));
      } else {
        const n = share.gaps.findIndex((gap) => entries.includes(gap));
        expect(entries.sort((a, b) => a - b)).toEqual([share.gaps[n], share.inverses[n]]);
        met.push(accesses + n);
      }
    }
    expect(met.sort((a, b) => a - b)).toEqual([...Array(2 * accesses).keys()]);
  });

  it('a trace that is changed after the challenges passes: they must come from its commitments', () => {
    const forged = traces();
    const small = forged[2]!.small;
    const inverse = F.inv(START.alpha);
    const from = trace.reveal.at(0);
    small[from] = F.create(small[from]! + 1n);
    small[from + 1] = F.create(small[from + 1]! - inverse);
    const bits = trace.bitsOf.reveal;
    for (let k = 0; k < VALUE_BITS; k++)
      forged[2]!.bits[bits.at(0) + k * bits.step[0]!] = (small[from]! >> BigInt(k)) & 1n;
    const { violated: by, end } = verdict(honest, forged);
    expect(by).toEqual(new Set());
    expect(end.k).toBe(verdict(honest, traces()).end.k + 1n);
  });
});
