/**
 * The step circuit under mutation: at i = 0, 1, 3 and 4, where the second item of a batch begins, no variable can take another value
 * while the rest stays, with the exceptions that are listed; what is free at i = 0 decides nothing. Sizes are pinned.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { double } from '../../src/algebra/curve.ts';
import type { Engine, Vec } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { firstViolation } from '../../src/circuit/check.ts';
import type { PreparedStep } from '../../src/folding/chain.ts';
import { hashLink } from '../../src/folding/hashes.ts';
import { elementsOfRunning, runningFromElements } from '../../src/folding/instance.ts';
import type { StepAdvice } from '../../src/folding/step-circuit.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { element, MaliciousProver, writeWitness } from './attacks/malicious-prover.ts';
import { undetermined } from './attacks/propagation.ts';
import { RowIndex } from './attacks/row-index.ts';
import { proveToy, toyKey, toySizes, toyStep } from './toy.ts';

/** Quadratic rows, S-boxes, bits and field variables of every family of the step circuit: a change of any is a change of the protocol. */
const PINNED = {
  '': { rows: 3, boxes: 0, bits: 0, fields: 120 },
  layers: { rows: 2, boxes: 216, bits: 48, fields: 217 },
  commitments: { rows: 0, boxes: 0, bits: 2032, fields: 23 },
  base: { rows: 3, boxes: 0, bits: 0, fields: 0 },
  'hash-in': { rows: 1, boxes: 816, bits: 0, fields: 816 },
  'model-chain': { rows: 0, boxes: 108, bits: 0, fields: 108 },
  transcript: { rows: 0, boxes: 1020, bits: 0, fields: 1020 },
  challenges: { rows: 6, boxes: 0, bits: 1140, fields: 0 },
  fields: { rows: 47, boxes: 0, bits: 0, fields: 47 },
  limbs: { rows: 4, boxes: 0, bits: 544, fields: 0 },
  grumpkin: { rows: 1040, boxes: 0, bits: 0, fields: 1038 },
  'non-native': { rows: 14, boxes: 0, bits: 3206, fields: 0 },
  position: { rows: 7, boxes: 0, bits: 81, fields: 4 },
  item: { rows: 35, boxes: 985, bits: 16, fields: 1013 },
  select: { rows: 42, boxes: 0, bits: 0, fields: 42 },
  'hash-out': { rows: 0, boxes: 816, bits: 0, fields: 816 },
};
const ROW_BUDGET = 12_000;

describe('the step circuit', () => {
  let engine: Engine;
  let system: StepSystem;
  let index: RowIndex;
  let prepared: readonly PreparedStep[];
  let told: readonly StepAdvice[];
  const witnesses: Vec[] = [];
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    index = new RowIndex(engine, system);
    const { tree, items, ...run } = await proveToy(engine, system, [12, 345, 6789, 1011], 0b1010_1100_0111, 77);
    prepared = run.prepared;
    const wires = { stepsPerNetwork: 4n, modelDigest: run.modelDigest, root: tree!.root };
    const prover = new MaliciousProver(engine, system, wires, items[0]!.hIn, {}, tree);
    told = prover.told;
    for (const step of prepared.slice(0, 5)) {
      await prover.step(step);
      witnesses.push(prover.buffers.z2.slice());
    }
  });

  /** Step i, its chain begun at the state that now comes in, but for the activations: no row may take it for a start. */
  function likeStart(i: number): Vec {
    const { wires, z, m, running, fresh, ...rest } = told[i]!;
    const z0 = z.with(0, z[0]! + 1n);
    const x = hashLink(nativeSponge(engine), { ...wires, i: BigInt(i), z0, z, m, ...running });
    const advice = { ...rest, wires, z, m, running, z0, fresh: { ...fresh, x } };
    const written = writeWitness(engine, system, prepared[i]!, advice);
    expect(firstViolation(engine.fr, system.rows, system.matrix, written)).toBeUndefined();
    return written;
  }
  /** By name: the steps whose kinds differ, and two of them like a start. */
  const witnessOf = (name: string): Vec => {
    const i = Number(/\d/.exec(name)![0]);
    return name.includes('like') ? likeStart(i) : witnesses[i]!;
  };
  const STEPS = ['1', '3', '4', '1 like a start', '4 like a start'];

  /** The inverse in isZero(i): the second factor of the chain's first row i * inverse = 1 - zero. */
  const inverseOfI = (): number => {
    const { matrix, rowScope } = system.matrix;
    const row = matrix.rowStart[rowScope.findIndex((scope) => system.matrix.scopes[scope] === '')]!;
    return Math.max(matrix.prodA[row]!, matrix.prodB[row]!);
  };
  const freeVariables = (z: Vec): number[] => {
    const operands = index.operands(engine, z);
    const { offsets, matrix } = system.matrix;
    const free: number[] = [];
    for (let k = 1; k < matrix.variables; k++) {
      const isBit = k >= offsets.bits && k < offsets.fields;
      if (index.isFree(k, operands, isBit ? 1n - 2n * operands[k]! : undefined)) free.push(k);
    }
    return free;
  };

  /** Where a network begins j is 0, and has no inverse that would decide anything. */
  const inverseOfJ = (step: string): number[] =>
    step.startsWith('4') ? [freeVariables(witnesses[0]!).find((k) => k !== inverseOfI())!] : [];

  it.each(STEPS)('at i = %s determines every variable: none can change alone', (step) => {
    expect(freeVariables(witnessOf(step))).toEqual(inverseOfJ(step));
  });

  it('at i = 0 leaves free the inverses of i and of j only', () => {
    const { offsets, matrix } = system.matrix;
    const [inverseOfStep, inverseInNetwork, ...others] = freeVariables(witnesses[0]!);
    expect([inverseOfStep, others]).toEqual([inverseOfI(), []]);
    // the second factor of a row j * inverse = 1 - zero, j a packing of bits
    const row = matrix.prodB.indexOf(inverseInNetwork!);
    const form = matrix.prodA[row]! - matrix.variables;
    const terms = matrix.formVar.subarray(matrix.formStart[form], matrix.formStart[form + 1]);
    expect(terms.every((k) => k >= offsets.bits && k < offsets.fields)).toBe(true);
  });

  it.each(STEPS)('at i = %s determines, from bits, weights and advice, all other variables one by one', (step) => {
    const z = witnessOf(step);
    const { offsets, sizes } = system.matrix;
    // advice: the first variables of the chain's two halves, the second's being the messages of the fold
    const layers = offsets.fields + toySizes.small + toySizes.fields;
    const halves = [layers, layers + system.prologue.fields] as const;
    const advice = [inverseOfI() - layers, told[1]!.messages.h.length + 4 + 4] as const;
    expect(advice).toEqual([119, 22]);
    const known = (k: number): boolean =>
      (k >= offsets.model && k < offsets.fields) || halves.some((half, j) => k >= half && k < half + advice[j]!);
    expect(undetermined(engine, system, z, known)).toEqual(inverseOfJ(step));
    // the test would notice: without one message known, something is left
    const less = undetermined(engine, system, z, (k) => known(k) && k !== halves[1] + advice[1] - 1);
    expect(less.length).toBeGreaterThan(0);
    expect(less.length).toBeLessThan(sizes.fields);
  });

  it('at i = 0 gives the same next instances, state and x whatever the advice for the fold says', () => {
    const honest = told[0]!;
    const other = double(G1_PARAMS, G1_PARAMS.generator)!;
    const inner = double(GRUMPKIN_PARAMS, GRUMPKIN_PARAMS.generator)!;
    const U = runningFromElements(elementsOfRunning(told[3]!.running), system.defaults);
    const messages = {
      ...honest.messages,
      h: honest.messages.h.map((_, k) => BigInt(k + 1)),
      t: [99n, 98n, 97n, 96n],
      cms: [other, other],
      fresh: [inner, GRUMPKIN_PARAMS.generator],
    };
    const others: StepAdvice[] = [
      { ...honest, running: { ...honest.running, U: U.U } },
      { ...honest, running: { ...honest.running, cycleFold: U.cycleFold } },
      // u = 0, where S-box outputs may be anything
      { ...honest, running: { ...system.defaults, U: { ...system.defaults.U, cms: U.U.cms } } },
      { ...honest, fresh: { x: 5n, cms: [other, other] } },
      { ...honest, messages },
      { ...told[3]!, i: 0n, z0: honest.z0, z: honest.z },
    ];
    const start = { ...honest.wires, i: 1n, z0: honest.z0, m: 0n, ...system.defaults };
    const { h: output, o: readout } = prepared[0]!.wires.leave;
    const x = hashLink(nativeSponge(engine), { ...start, z: [output, honest.z[1]!, readout] });
    for (const advice of [honest, ...others]) {
      const z = writeWitness(engine, system, prepared[0]!, advice);
      expect(engine.fr.decode(element(z, 1))).toEqual([x]);
      expect(firstViolation(engine.fr, system.rows, system.matrix, z)).toBeUndefined();
    }
  });

  it('at i > 0 refuses all of that advice', () => {
    const honest = told[3]!;
    const U = told[2]!.running;
    const others: StepAdvice[] = [
      { ...honest, running: { ...honest.running, U: U.U } },
      { ...honest, running: { ...honest.running, cycleFold: U.cycleFold } },
      { ...honest, running: system.defaults },
      { ...honest, z0: honest.z0.with(2, 1n) },
      { ...honest, z: honest.z.with(1, 1n) },
      { ...honest, z: honest.z.with(2, 1n) },
      { ...honest, m: 0n },
      { ...honest, i: 2n },
      { ...honest, wires: { ...honest.wires, modelDigest: 1n } },
      { ...honest, wires: { ...honest.wires, pp: 1n } },
    ];
    for (const advice of others) {
      const z = writeWitness(engine, system, prepared[3]!, advice);
      expect(firstViolation(engine.fr, system.rows, system.matrix, z)?.scope).toBe('hash-in');
    }
  });

  it('refers to every variable in some row', () => {
    const { matrix } = system.matrix;
    const met = new Uint8Array(matrix.variables + matrix.formStart.length - 1);
    for (const list of [matrix.prodA, matrix.prodB, matrix.boxIn, matrix.boxOut])
      for (const operand of list) met[operand] = 1;
    for (let f = 0; f + 1 < matrix.formStart.length; f++) {
      expect(met[matrix.variables + f]).toBe(1);
      for (let k = matrix.formStart[f]!; k < matrix.formStart[f + 1]!; k++) met[matrix.formVar[k]!] = 1;
    }
    expect(met.indexOf(0)).toBe(-1);
  });

  it('keeps its sizes, and its rows outside the layers within the budget', () => {
    const { scopes, scopeSizes } = system.matrix;
    expect(Object.fromEntries(scopes.map((name, k) => [name, scopeSizes[k]]))).toEqual(PINNED);
    const outside = Object.entries(PINNED).filter(([name]) => name !== 'layers');
    const rows = outside.reduce((n, [, size]) => n + size.rows + size.boxes + size.bits, 0);
    expect(rows).toBeLessThanOrEqual(ROW_BUDGET);
  });

  it('has rows that the index evaluates as the kernels do', () => {
    const z = witnesses[1]!.slice();
    const operands = index.operands(engine, z);
    const { matrix, offsets } = system.matrix;
    for (const k of [1, offsets.model, offsets.bits, offsets.fields - 1, offsets.fields, matrix.variables - 1]) {
      const changed = z.slice();
      element(changed, k).set(engine.fr.add(element(z, k), engine.fr.encode([3n])));
      const forms = system.rows.forms(changed);
      const violated = (values: Vec) =>
        new Map(engine.fr.decode(values).flatMap((value, row) => (value === 0n ? [] : [[row, value] as const])));
      const expected = violated(system.rows.quadratic(changed, forms));
      const boxes = index.boxes(k, 3n, operands).map(({ box, value }) => [box, value] as const);
      expect(new Map(boxes)).toEqual(violated(system.rows.boxes(changed, forms)));
      const effects = index.effects(k, operands).map(({ row, linear, square }) => {
        return [row, (3n * linear + 9n * square) % engine.fr.modulus] as const;
      });
      expect(new Map(effects.filter(([, value]) => value !== 0n))).toEqual(expected);
    }
  });
});
