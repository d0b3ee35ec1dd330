/** Plans that saturate: what leaves its range is clamped by the integers, to within a few units, and what is inside loses less than three bits. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { STANDARD } from '../../src/machine/shape.ts';
import { softmax } from '../../src/operators/softmax.ts';
import { tensorAccuracy } from '../../src/tensor/accuracy.ts';
import { calibrate, integerOutputs, quantizeInputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { parsePlan, planDigest } from '../../src/tensor/plan.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { ROOM } from '../../src/tensor/saturate.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { Dice } from '../helpers/tensor-graphs.ts';

const SIZE = 12;
/** Units of a result's last place by which a clamped number may be off. */
const UNITS = 8;

const graphOf = (form: (b: GraphBuilder, x: Value) => Value, size = SIZE): TensorGraph => {
  const b = new GraphBuilder();
  b.at('input');
  const x = b.input('x', [1, size], 'real');
  b.at('chosen');
  return b.finish('g', [{ name: 'y', value: form(b, x) }]);
};

const layer = (b: GraphBuilder, dice: Dice, x: Value, width = SIZE): Value =>
  b.matmul(x, b.constant([x.shape[1]!, width], dice.reals(x.shape[1]! * width, 1.7 / Math.sqrt(x.shape[1]!))));

const sampleOf = (dice: Dice, factor = 1, size = SIZE): Float64Array => Float64Array.from(dice.reals(size, factor));
const reach = (numbers: Iterable<number>): number => Math.max(...Array.from(numbers, Math.abs));
const clamp = (x: number, limit: number): number => Math.min(Math.max(x, -limit), limit);

function isRefused(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'E_RANGE' });
    return true;
  }
}

/** y of x, and both under a plan that clamps. */
function pair(graph: TensorGraph, samples: readonly Float64Array[], headroom = 2) {
  const inputs = samples.map((sample) => [sample]);
  const plans = [false, true].map((saturates) => calibrate(graph, inputs, { saturates, headroom }));
  const [plain, clamped] = plans.map((plan) => ({ plan, integers: quantize(graph, plan) }));
  return { plain: plain!, clamped: clamped! };
}

/** What networks are made of, of [1, n] numbers as many. */
const GROWTHS: readonly ((b: GraphBuilder, x: Value, dice: Dice) => Value)[] = [
  (b, x, dice) => layer(b, dice, x),
  (b, x) => b.relu(x),
  (b, x) => b.apply(x, 'tanh', Math.tanh),
  (b, x) => b.apply(x, 'exp', Math.exp),
  (b, x, dice) => b.multiply(x, layer(b, dice, x)),
  (b, x) => b.multiply(x, x),
  (b, x, dice) => b.add(x, layer(b, dice, x)),
  (b, x) => b.maximum(x, b.scale(x, -0.5, 0.1)),
  (b, x) => softmax(b, x, [1]),
  (b, x) => b.sub(x, b.sum(x, [1], true, 1 / SIZE)),
  (b, x, dice) =>
    b.reshape(b.matmul(b.matmul(b.reshape(x, [SIZE, 1]), layer(b, dice, x)), b.reshape(x, [SIZE, 1])), [1, SIZE]),
];

describe('a plan that saturates', () => {
  it('clamps inputs and sums where they leave twice what samples have', () => {
    let clampedRuns = 0;
    for (let seed = 0; seed < 20; seed++) {
      const dice = new Dice(seed);
      const weights = dice.reals(SIZE * SIZE, 1.7 / Math.sqrt(SIZE));
      const graph = graphOf((b, x) => b.matmul(x, b.constant([SIZE, SIZE], weights)));
      const samples = [sampleOf(dice), sampleOf(dice)];
      const { plain, clamped } = pair(graph, samples);
      const ends = [
        2 * reach(samples.flatMap((x) => [...x])),
        2 * reach(samples.flatMap((x) => [...evaluate(graph, [x])[0]!])),
      ];
      const { scale } = clamped.integers.outputs[0]!;
      for (const factor of [0.3, 1, 1.8, 2.5, 4, 8, 11]) {
        const x = sampleOf(dice, factor);
        const given = x.map((value) => clamp(value, ends[0]!));
        const wanted = evaluate(graph, [given])[0]!.map((y) => clamp(y, ends[1]!));
        const got = integerOutputs(clamped.integers, [x])[0]!;
        for (const [i, y] of wanted.entries()) expect(Math.abs(got[i]! - y) * scale).toBeLessThan(UNITS);
        const isInside = wanted.every((y, i) => y === evaluate(graph, [x])[0]![i]);
        if (isInside) continue;
        clampedRuns++;
        if (factor > 2.5) expect(foldErrorOf(() => integerOutputs(plain.integers, [x])).code).toBe('E_RANGE');
      }
    }
    expect(clampedRuns).toBeGreaterThan(60);
  });

  it('has room for so many times a clamp, and refuses what is beyond', () => {
    const graph = graphOf((b, x) => b.scale(x, 3), 1);
    const { clamped } = pair(graph, [Float64Array.of(1)]);
    expect(integerOutputs(clamped.integers, [Float64Array.of(2 * ROOM)])[0]![0]).toBeCloseTo(6, 3);
    const error = foldErrorOf(() => integerOutputs(clamped.integers, [Float64Array.of(2 * ROOM + 3)]));
    expect([error.code, error.message]).toEqual([
      'E_RANGE',
      "node 'input' of g: number 0 leaves the range of the plan",
    ]);
  });

  it('loses less than three bits inside', () => {
    for (let seed = 0; seed < 6; seed++) {
      const dice = new Dice(seed);
      const graph = graphOf((b, x) => {
        const hidden = b.relu(layer(b, dice, x));
        const smooth = b.apply(layer(b, dice, hidden), 'tanh', Math.tanh);
        return layer(b, dice, b.add(b.multiply(smooth, layer(b, dice, smooth)), hidden), 4);
      });
      const samples = Array.from({ length: 8 }, () => sampleOf(dice));
      const { plain, clamped } = pair(graph, samples);
      expect(clamped.plan.errors[0]!).toBeLessThan(2 ** 3 * plain.plan.errors[0]!);
      const inputs = samples.map((x) => [x]);
      expect(tensorAccuracy(graph, clamped.plan, inputs).outputs[0]!.max).toBeLessThan(clamped.plan.errors[0]!);
    }
  });

  it('clamps what functions give, up to their steps, products and squares', () => {
    const dice = new Dice(1);
    const forms: readonly ((b: GraphBuilder, x: Value) => Value)[] = [
      (b, x) => b.apply(layer(b, dice, x), 'exp', Math.exp),
      (b, x) => b.multiply(layer(b, dice, x), layer(b, dice, x)),
      (b, x) => b.sum(b.multiply(x, x), [1], true),
      (b, x) => b.max(b.reshape(layer(b, dice, x), [3, 4]), [0], false),
      (b, x) => b.matmul(b.reshape(layer(b, dice, x), [4, 3]), b.reshape(layer(b, dice, x), [3, 4])),
    ];
    for (const form of forms) {
      const graph = graphOf(form);
      const samples = Array.from({ length: 4 }, () => sampleOf(dice));
      const most = reach(samples.flatMap((x) => [...evaluate(graph, [x])[0]!]));
      const { clamped } = pair(graph, samples);
      for (const factor of [1, 3, 6, 10]) {
        const got = integerOutputs(clamped.integers, [sampleOf(dice, factor)])[0]!;
        // of squares the headroom is a square
        expect(reach(got)).toBeLessThan(4.01 * most);
      }
      const inside = sampleOf(dice, 0.9);
      const [wanted, got] = [evaluate(graph, [inside])[0]!, integerOutputs(clamped.integers, [inside])[0]!];
      for (const [i, y] of wanted.entries()) expect(Math.abs(got[i]! - y)).toBeLessThan(clamped.plan.errors[0]!);
    }
  });

  it('refuses little at random, and the program computes what the integers are', () => {
    const count = { plain: 0, clamped: 0 };
    for (let seed = 0; seed < 12; seed++) {
      const dice = new Dice(seed);
      const graph = graphOf((b, x) => {
        let y = layer(b, dice, x);
        for (let n = 0; n < 4; n++) y = dice.pick(GROWTHS)(b, y, dice);
        return y;
      });
      const samples = Array.from({ length: 4 }, () => sampleOf(dice));
      const plans = pair(graph, samples);
      const { integers } = plans.clamped;
      const program = compile(integers, STANDARD);
      for (const factor of [1, 2, 5, 9]) {
        const input = [sampleOf(dice, factor)];
        if (isRefused(() => integerOutputs(plans.plain.integers, input))) count.plain++;
        const x = quantizeInputs(integers, input);
        const run = (): Float64Array => portValues(integers, integers.outputs[0]!.codes, evaluateIntegers(integers, x));
        if (isRefused(run)) count.clamped++;
        else expect([...runProgram(program, { x: x[0]! }).outputs.y!]).toEqual([...run()]);
      }
    }
    // what is beyond the room is refused, and what a table's chords are wrong for
    expect(count.plain).toBeGreaterThan(24);
    expect(count.clamped).toBeLessThan(8);
  });

  it('holds a softmax of any logits', () => {
    const count = 200;
    const graph = graphOf((b, x) => softmax(b, x, [1]), count);
    const peak = Float64Array.from({ length: count }, (_, i) => (i === 0 ? 9 : -3));
    const { plain, clamped } = pair(graph, [peak]);
    const even = new Float64Array(count).fill(1);
    expect(foldErrorOf(() => integerOutputs(plain.integers, [even])).code).toBe('E_RANGE');
    for (const y of integerOutputs(clamped.integers, [even])[0]!) expect(Math.abs(y - 1 / count)).toBeLessThan(1e-3);
  });

  it('refuses what a function is not defined for as ever', () => {
    const root = graphOf((b, x) => b.apply(x, 'sqrt', Math.sqrt, true), 1);
    const inverse = graphOf((b, x) => b.apply(x, 'inverse', (t) => 1 / t, true), 1);
    for (const [graph, bad] of [
      [root, [-0.3, -5]],
      [inverse, [0, 1e-6]],
    ] as const) {
      const { clamped } = pair(graph, [Float64Array.of(1), Float64Array.of(3)]);
      for (const x of bad)
        expect(foldErrorOf(() => integerOutputs(clamped.integers, [Float64Array.of(x)])).code).toBe('E_RANGE');
      expect(integerOutputs(clamped.integers, [Float64Array.of(20)])[0]![0]).toBeLessThan(3);
    }
  });

  it('is another plan, and stays one in its file', () => {
    const graph = graphOf((b, x) => b.scale(x, 3), 1);
    const { plain, clamped } = pair(graph, [Float64Array.of(1)]);
    expect(planDigest(clamped.plan)).not.toBe(planDigest({ ...clamped.plan, saturates: false }));
    expect(planDigest(plain.plan)).toBe(planDigest({ ...plain.plan, saturates: false }));
    expect(parsePlan(JSON.parse(JSON.stringify(clamped.plan)), graph)).toEqual(clamped.plan);
    expect(foldErrorOf(() => parsePlan({ ...clamped.plan, saturates: 1 }, graph)).code).toBe('E_PLAN');
  });
});
