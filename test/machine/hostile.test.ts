/**
 * For every program, also a hostile one, the output is one function of program and input (docs/protocol.md, section 11.4): a search for a
 * second output among what a lying prover can easily make. Without the bits that show reads to go backwards it finds some.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import type { Indices, Place } from '../../src/machine/places.ts';
import { modelLayout } from '../../src/machine/program.ts';
import { groupStart, groupsPerMatrix, SHIFT, slotsPerStep, TOY, VECTOR } from '../../src/machine/shape.ts';
import { seeded } from '../helpers/chains.ts';
import { addresses } from '../helpers/machine-program.ts';
import { accepted } from './forged-run.ts';
import { type Cheats, challengesOf, type ForgedModel, type ForgedTrace, forgeTraces } from './forger.ts';
import { type MachineSystem, machineSystem, START } from './system.ts';

const STEPS = 2;
const TAG = -9n;
const UNIT = 2n ** BigInt(SHIFT);
const layout = modelLayout(TOY);
const slots = slotsPerStep(TOY);

class Random {
  readonly #next: () => number;
  constructor(seed: number) {
    this.#next = seeded(seed);
  }
  below = (n: number): number => Math.floor(this.#next() * n);
  chance = (p: number): boolean => this.#next() < p;
  pick = <T>(list: readonly T[]): T => list[this.below(list.length)]!;
  within = (most: number): bigint => BigInt(this.below(2 * most + 1) - most);
  element = (): bigint =>
    Array.from({ length: 8 }, () => BigInt(this.below(2 ** 32))).reduce((s, w) => (s << 32n) + w) % R;
  vector = (most: number): bigint[] => Array.from({ length: VECTOR }, () => this.within(most));
}

/** Where weights and biases of a group stand. */
function weightsOf(g: number): number[] {
  const of = (place: Place, group: (at: Indices) => number | undefined): number[] =>
    place
      .indices()
      .filter((at) => group(at) === g)
      .map((at) => place.at(...at));
  return [
    ...of(layout.weights, ([, matrix = 0]) => matrix * groupsPerMatrix(TOY)),
    ...of(layout.bias, ([group]) => group),
  ];
}

/** Two steps; addresses backward or, with some chance, own, forward, unwritten, negative or huge; some huge weights. */
function hostileModels(random: Random): ForgedModel[] {
  const [bad, wild] = [random.pick([0, 0, 0.001, 0.01]), random.pick([0, 0, 0, 0.1])];
  const value = (): bigint =>
    random.chance(wild) ? random.element() : random.pick([0n, 1n, -1n, UNIT, -UNIT, random.within(999)]);
  const itself: number[] = [];
  return Array.from({ length: STEPS }, (_, j) => {
    const M = new Array<bigint>(layout.size).fill(0n);
    const first = j * slots;
    const written = (below: number): number[] =>
      Array.from({ length: below }, (_, a) => a).filter(
        (a) => a < slots + TOY.constants || a >= slots + TOY.constants + TOY.io,
      );
    const address = (top: number): bigint => {
      if (random.chance(bad)) {
        const far = BigInt(top + random.below(STEPS * slots));
        return random.pick([far, BigInt(top), BigInt(slots + TOY.constants), -1n, random.element()]);
      }
      return random.chance(0.3) ? 0n : BigInt(random.pick(written(top)));
    };
    for (let n = 0; n < TOY.constants; n++) {
      const length = n < 2 ? VECTOR : 2;
      for (let k = 0; k < length && n + j > 0; k++)
        M[layout.constants.at(n, k)] = random.pick([0n, 1n, random.within(50)]);
      if (n >= 2) M[layout.constants.at(n, 2)] = TAG;
    }
    for (let g = 0; g < TOY.groups; g++) {
      const top = first + groupStart(TOY, g);
      const c = g / groupsPerMatrix(TOY) - (TOY.matrices - TOY.computed);
      for (let r = 0; r < TOY.rows; r++) {
        for (let v = 0; v < TOY.rowVectors; v++) M[layout.bank.at(v, g, r)] = address(top);
        for (const n of [0, 1]) M[layout.residual.at(n, g, r)] = address(top);
      }
      for (let l = 0; l < VECTOR && c >= 0 && Number.isInteger(c); l++)
        for (let v = 0; v < TOY.rowVectors; v++) M[layout.computed.at(v, c, l)] = address(TOY.constants);
      for (let v = 0; v < TOY.lookups; v++) {
        for (let l = 0; l < VECTOR; l++) {
          M[layout.base.at(g, v, l)] = BigInt(random.pick([2, 3, first + 2, first + 3]));
          M[layout.tags.at(g, v, l)] = random.chance(bad) ? value() : TAG;
        }
        M[layout.index.at(g, v)] = random.pick([0n, 0n, 0n, 0n, 0n, 0n, 0n, value()]);
      }
      const weights = weightsOf(g);
      for (let n = 0; n < 8; n++) M[random.pick(weights)] = value();
      for (let r = 0; r < TOY.rows; r++) {
        const free = [value(), value(), value(), value(), value()];
        const tame = [
          [1n, 0n, 0n, 0n, 0n],
          [0n, 0n, 1n, 1n, 0n],
          [0n, 0n, 0n, 1n, 0n],
        ];
        const m = random.pick(wild > 0 ? [...tame, [UNIT, 1n, 0n, 0n, 0n], free] : tame);
        if (random.chance(0.7)) M[layout.residual.at(1, g, r)] = 0n;
        const own = bad > 0 && random.chance(0.06);
        if (own) M[layout.residual.at(0, g, r)] = BigInt(addresses(TOY, j).lane(g, r));
        if (own) itself.push(addresses(TOY, j).lane(g, r));
        (own ? [0n, 0n, 0n, 1n, 0n] : m).forEach((k, n) => {
          M[layout.m.at(g, r) + n * layout.m.step[g]!] = k;
        });
      }
    }
    const join = random.pick([0n, 1n]);
    const selectors = random.chance(bad)
      ? [value(), value(), value(), value()]
      : [1n - BigInt(j), BigInt(j), BigInt(j), join];
    selectors.forEach((s, n) => {
      M[layout.selectors.at(n)] = s;
    });
    for (let n = 0; n < TOY.io; n++) {
      M[layout.io.at(n)] = BigInt(
        j === 0 ? addresses(TOY, 0).input(n) : random.pick([...itself, random.pick(written(STEPS * slots))]),
      );
    }
    M[layout.reveal.at(0)] = BigInt(j === 0 ? 0 : random.pick([0, 0, random.pick(written(STEPS * slots))]));
    return M.map((v) => ((v % R) + R) % R);
  });
}

/** Honest; guesses at what is read before it is written; one value changed and what follows; one entry changed. */
function* candidates(random: Random, models: readonly ForgedModel[], inputs: Inputs): Generator<ForgedTrace[]> {
  const keys: string[] = [];
  const run = (cheats: Cheats): ForgedTrace[] => forgeTraces(TOY, models, inputs, cheats);
  const noting = (key: string, v: readonly bigint[]): readonly bigint[] => {
    keys.push(key);
    return v;
  };
  const honest = run({ tamper: noting });
  yield honest;
  const met = new Set([...Array(STEPS * slots).keys()].map(BigInt).concat(models.flatMap((M) => addressesIn(M))));
  for (const passes of [2, 3, 3]) yield run({ memory: new Map([...met].map((a) => [a, random.vector(9)])), passes });
  for (let n = 0; n < 3; n++) {
    const [changed, at] = [random.pick(keys), random.below(VECTOR)];
    const by = random.pick([1n, -1n, UNIT, random.element()]);
    const split = random.pick([
      [1n, -UNIT],
      [-1n, UNIT],
      [0n, 1n],
      [1n, 0n],
    ]);
    yield run({
      tamper: (key, v) => {
        if (key !== changed) return v;
        return v.map((x, k) => (key.includes('split') ? x + split[k]! : k === at % v.length ? x + by : x));
      },
    });
  }
  const raw = honest.map(({ bits, small }) => ({ bits: [...bits], small: [...small] }));
  const list = random.pick(raw)[random.pick(['bits', 'small'] as const)];
  const at = random.below(list.length);
  list[at] = (list[at]! + random.pick([1n, R - 1n, random.element()])) % R;
  yield raw;
}

type Inputs = ReadonlyMap<number, readonly (readonly bigint[])[]>;

const addressesIn = (M: ForgedModel): bigint[] =>
  [layout.bank, layout.residual, layout.computed, layout.io, layout.reveal].flatMap((place) =>
    place.indices().map((at) => M[place.at(...at)]!),
  );

describe('hostile programs', () => {
  let engine: Engine;
  let system: MachineSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = machineSystem(engine, TOY);
  });

  /** How many programs have an accepted trace, and how many two outputs of one input; `skip` is a check left out. */
  function search(
    programs: number,
    seed: number,
    skip?: string,
  ): { accepted: number; ambiguous: number; traces: number } {
    const random = new Random(seed);
    const count = { accepted: 0, ambiguous: 0, traces: 0 };
    for (let n = 0; n < programs; n++) {
      const models = hostileModels(random);
      const inputs: Inputs = new Map(
        [...Array(STEPS).keys()].map((j) => [j, [...Array(TOY.io)].map(() => random.vector(50))]),
      );
      const seen = new Map<bigint, Set<string>>();
      for (const traces of candidates(random, models, inputs)) {
        count.traces++;
        const start = { ...START, ...challengesOf(traces) };
        const end = accepted({ engine, system, shape: TOY, models, traces, start }, skip);
        if (end) seen.set(end.hIn, (seen.get(end.hIn) ?? new Set()).add(`${end.o} ${end.k}`));
      }
      if (seen.size > 0) count.accepted++;
      if ([...seen.values()].some((outputs) => outputs.size > 1)) count.ambiguous++;
    }
    return count;
  }

  it('have no second output that a search finds', () => {
    const found = search(40, 1);
    expect(found.ambiguous).toBe(0);
    expect(found.accepted).toBeGreaterThan(5);
  });

  it('have some without the bits that show reads to go backwards', () => {
    const found = search(40, 2, 'bit back');
    expect(found.ambiguous).toBeGreaterThan(0);
  });
});
