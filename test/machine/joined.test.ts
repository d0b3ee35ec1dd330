/**
 * Steps whose four matrices are joined into one (docs/protocol.md, section 11.1): the attacks on their tiles, and which sums are lowered to
 * them. That their rows hold for random programs is in circuit.test.ts, where every second step is one.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { modelLayout, selectorsOf } from '../../src/machine/program.ts';
import { type MachineShape, STANDARD, TOY, VECTOR } from '../../src/machine/shape.ts';
import { traceLayout } from '../../src/machine/trace-layout.ts';
import { type Make, programOf } from '../helpers/compared-program.ts';
import { randomProgram } from '../helpers/random-program.ts';
import { convolution } from '../helpers/tensor-graphs.ts';
import { judge } from './forged-run.ts';
import { type Cheats, type ForgedModel, forgeTraces } from './forger.ts';
import { type MachineSystem, machineSystem, START } from './system.ts';

const F = field(R);
const layout = modelLayout(TOY);
const JOINED_STEP = 1;

describe('attacks on a step whose matrices are joined', () => {
  let engine: Engine;
  let system: MachineSystem;
  const { program, input } = randomProgram(TOY, 5, 3);
  const honest = [0, 1, 2].map((j): ForgedModel => [...program.model(j)].map(BigInt));
  const size = TOY.io * VECTOR;
  const inputs = new Map(
    [0, 1].map((j) => [
      j,
      Array.from({ length: TOY.io }, (_, n) =>
        [...input.slice(j * size + n * VECTOR, j * size + (n + 1) * VECTOR)].map(BigInt),
      ),
    ]),
  );
  beforeAll(async () => {
    engine = await createEngine();
    system = machineSystem(engine, TOY);
  });
  const violated = (models: readonly ForgedModel[], cheats: Cheats = {}): Set<string> =>
    new Set(
      judge({
        ...{ engine, system, shape: TOY, models, start: START },
        traces: forgeTraces(TOY, models, inputs, cheats),
      }).violated,
    );
  const edited = (...changes: readonly (readonly [number, bigint])[]): ForgedModel[] =>
    honest.map((model, j) => {
      const own = [...model];
      if (j === JOINED_STEP) for (const [at, value] of changes) own[at] = value;
      return own;
    });

  it('accepts the honest run', () => {
    expect(selectorsOf(layout, program.model(JOINED_STEP)).joins).toBe(true);
    expect(violated(honest)).toEqual(new Set());
  });

  it.each([0, 1, 2, 3].flatMap((g) => [0, TOY.tile * VECTOR + 5].map((n) => [g, n] as const)))(
    'a weighted sum off by one fails its half of the lanes: group %i, lane %i',
    (g, n) => {
      const tamper = (key: string, v: readonly bigint[]) =>
        key === `${JOINED_STEP} acc ${g}` ? v.map((x, k) => (k === n ? x + 1n : x)) : v;
      expect([...violated(honest, { tamper })]).toEqual(['tiles']);
    },
  );

  it.each(
    [
      [0, 1],
      [1, 3],
    ].flatMap((groups) => [0, TOY.tile].map((row) => [groups, row] as const)),
  )('sums of groups %j that are off by as much in opposite ways fail, row %i', ([a, b], row) => {
    const off = (key: string): bigint =>
      key === `${JOINED_STEP} acc ${a}` ? 1n : key === `${JOINED_STEP} acc ${b}` ? -1n : 0n;
    const tamper = (key: string, v: readonly bigint[]) =>
      v.map((x, k) => (k === row * VECTOR ? F.create(x + off(key)) : x));
    expect([...violated(honest, { tamper })]).toEqual(['tiles']);
  });

  it.each([
    ['2', 2n],
    ['1/2', F.inv(2n)],
    ['-1', R - 1n],
  ])('a selector of %s fails its row', (_name, s) => {
    expect(violated(edited([layout.selectors.at(3), s]))).toContain('selectors');
  });

  it('another selector is another program: the sums of the same trace fail', () => {
    const traces = forgeTraces(TOY, honest, inputs);
    const models = edited([layout.selectors.at(3), 0n]);
    const by = judge({ engine, system, shape: TOY, models, traces, start: START }).violated;
    expect([...by]).toEqual(['tiles']);
  });

  it('computed weights add nothing there, whatever they read', () => {
    // the groups whose sums would depend on them are before those that they may read
    const from = layout.computed.at(0, 0, 0);
    const other = program.model(JOINED_STEP)[layout.computed.at(0, 1, 0)]!;
    const models = edited([from, BigInt(other)]);
    expect(violated(models)).toEqual(new Set());
    const outputs = [honest, models].map((own) => forgeTraces(TOY, own, inputs)[JOINED_STEP]!);
    const { acc } = traceLayout(TOY);
    const sums = outputs.map(({ small }) => acc.indices().map((at) => small[acc.at(...at)]));
    expect(sums[1]).toEqual(sums[0]);
  });
});

describe('long sums', () => {
  /** A product of so many positions: how many steps of its program join their matrices. */
  function joinedOf(positions: number, inner: number, outputs: number, shape: MachineShape = STANDARD): number {
    const product: Make = (b, x, dice) =>
      b.matmul(x, b.constant([inner, outputs], dice.reals(inner * outputs, 2 / Math.sqrt(inner))));
    const program = programOf([positions, inner], product, shape);
    const steps = Array.from({ length: program.steps }, (_, j) => selectorsOf(modelLayout(shape), program.model(j)));
    return steps.filter(({ joins }) => joins).length;
  }

  it('of many positions take little more than half of the steps: convolutions of 256 by 256 channels at 4 by 4', () => {
    const perLayer = (joins: boolean): number => {
      const [one, three] = [1, 3].map((layers) => {
        const deep: Make = (b, x, dice) => {
          let y = x;
          for (let n = 0; n < layers; n++) y = b.relu(convolution(b, dice, y, { outputs: 256, kernel: 3, pad: 1 }));
          return y;
        };
        return programOf([1, 256, 4, 4], deep, { ...STANDARD, joins }).steps;
      });
      return (three! - one!) / 2;
    };
    expect(perLayer(true)).toBeLessThan(0.6 * perLayer(false));
  });

  it('are those that a tile does not read at once, and of more positions than a matrix has tiles', () => {
    expect(joinedOf(16, 576, 128)).toBe(0);
    expect(joinedOf(8, 1152, 128)).toBe(0);
    expect(joinedOf(16, 592, 128)).toBeGreaterThan(0);
    expect(joinedOf(16, 1152, 64)).toBe(0);
  });

  it('of several parts, and beside others, on the toy', () => {
    expect(joinedOf(9, 7 * VECTOR, 5 * VECTOR, TOY)).toBeGreaterThan(0);
  });
});
