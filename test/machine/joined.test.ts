/**
 * Steps whose four matrices are joined into one (docs/protocol.md, section 11.1): the attacks on their tiles, and which sums are lowered to
 * them. That their rows hold for random programs is in circuit.test.ts, where every second step is one.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { modelLayout, selectorsOf } from '../../src/machine/program.ts';
import { type MachineShape, STANDARD, TOY, VECTOR } from '../../src/machine/shape.ts';
import { traceLayout } from '../../src/machine/trace-layout.ts';
import { calibrate, quantizeInputs } from '../../src/tensor/calibrate.ts';
import type { Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { randomProgram } from '../helpers/random-program.ts';
import { convolution, Dice, randomSample } from '../helpers/tensor-graphs.ts';
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
    const g2 = program.model(JOINED_STEP)[layout.computed.at(0, 1, 0)]!;
    const models = edited([from, BigInt(g2)]);
    expect(violated(models)).toEqual(new Set());
    const outputs = [honest, models].map((own) => forgeTraces(TOY, own, inputs)[JOINED_STEP]!);
    const { acc } = traceLayout(TOY);
    const sums = outputs.map(({ small }) => acc.indices().map((at) => small[acc.at(...at)]));
    expect(sums[1]).toEqual(sums[0]);
  });
});

describe('long sums', () => {
  /** A product of so many positions, the steps that it takes, and how many of them join their matrices. */
  function stepsOf(positions: number, inner: number, outputs: number, shape: MachineShape = STANDARD) {
    const dice = new Dice(3);
    const b = new GraphBuilder();
    const x = b.input('x', [positions, inner], 'real');
    const weights = b.constant([inner, outputs], dice.reals(inner * outputs, 2 / Math.sqrt(inner)));
    const graph = b.finish('g', [{ name: 'y', value: b.matmul(x, weights) }]);
    const sample = randomSample(graph, dice);
    const integers = quantize(graph, calibrate(graph, [sample]));
    const program = compile(integers, shape);
    const given = quantizeInputs(integers, sample);
    expect([...runProgram(program, { x: given[0]! }).outputs.y!]).toEqual([
      ...portValues(integers, integers.outputs[0]!.codes, evaluateIntegers(integers, given)),
    ]);
    const joined = Array.from({ length: program.steps }, (_, j) => selectorsOf(modelLayout(shape), program.model(j)));
    return { steps: program.steps, joined: joined.filter(({ joins }) => joins).length };
  }

  it('of many positions take little more than half of the steps: convolutions of 256 by 256 channels at 4 by 4', () => {
    const perLayer = (joins: boolean): number => {
      const [one, three] = [1, 3].map((layers) => {
        const dice = new Dice(3);
        const b = new GraphBuilder();
        let y: Value = b.input('x', [1, 256, 4, 4], 'real');
        for (let n = 0; n < layers; n++) y = b.relu(convolution(b, dice, y, { outputs: 256, kernel: 3, pad: 1 }));
        const graph = b.finish('g', [{ name: 'y', value: y }]);
        const integers = quantize(graph, calibrate(graph, [randomSample(graph, dice)]));
        return compile(integers, { ...STANDARD, joins }).steps;
      });
      return (three! - one!) / 2;
    };
    expect(perLayer(true)).toBeLessThan(0.6 * perLayer(false));
  });

  it('are those that a tile does not read at once, and of more positions than a matrix has tiles', () => {
    expect(stepsOf(16, 576, 128).joined).toBe(0);
    expect(stepsOf(8, 1152, 128).joined).toBe(0);
    expect(stepsOf(16, 592, 128).joined).toBeGreaterThan(0);
    expect(stepsOf(16, 1152, 64).joined).toBe(0);
  });

  it('of several parts, and beside others, on the toy', () => {
    expect(stepsOf(9, 7 * VECTOR, 5 * VECTOR, TOY).joined).toBeGreaterThan(0);
  });
});
