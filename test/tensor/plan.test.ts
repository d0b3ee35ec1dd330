/** Plans as files: what comes back, what is refused; ranges that partial sums need. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { STANDARD } from '../../src/machine/shape.ts';
import { calibrate, quantizeInputs } from '../../src/tensor/calibrate.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { parsePlan, planDigest } from '../../src/tensor/plan.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { Dice, perceptron, randomSample } from '../helpers/tensor-graphs.ts';

const graph = perceptron([6, 5, 3]);
const plan = calibrate(graph, [randomSample(graph, new Dice(3))]);

describe('the plan of a quantization', () => {
  it('comes back from its file, with the same digest', () => {
    const back = parsePlan(JSON.parse(JSON.stringify(plan)), graph);
    expect(back).toEqual(plan);
    expect(planDigest(back)).toBe(planDigest(plan));
    expect(planDigest({ ...plan, headroom: 3 })).not.toBe(planDigest(plan));
  });

  it.each([
    ['nothing', null],
    ['another version', { ...plan, version: 2 }],
    ['too few ranges', { ...plan, ranges: plan.ranges.slice(1) }],
    ['an empty range', { ...plan, ranges: plan.ranges.map(() => ({ low: 1, high: 0 })) }],
    ['a range that is no number', { ...plan, ranges: plan.ranges.map(() => ({ low: 'a', high: 0 })) }],
    ['an endless range', { ...plan, ranges: plan.ranges.map(() => ({ low: 0, high: 1e300 })) }],
    ['no headroom', { ...plan, headroom: 0.5 }],
    ['a negative error', { ...plan, errors: [-1] }],
    ['errors of other outputs', { ...plan, errors: [] }],
  ])('refuses %s', (_, json) => {
    expect(foldErrorOf(() => parsePlan(json, graph)).code).toBe('E_PLAN');
  });

  it('needs samples, of finite numbers', () => {
    expect(foldErrorOf(() => calibrate(graph, [])).code).toBe('E_PLAN');
    expect(foldErrorOf(() => calibrate(graph, [[new Float64Array(6).fill(Number.NaN)]])).code).toBe('E_PLAN');
  });

  it('leaves room for partial sums that are much larger than the sums', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1024], 'real');
    const weights = Float64Array.from({ length: 1024 }, (_, k) => (k < 512 ? 1 : -1));
    const cancelling = b.finish('cancelling', [{ name: 'y', value: b.matmul(x, b.constant([1024, 1], weights)) }]);
    const sample = [Float64Array.from({ length: 1024 }, (_, k) => 1 + 0.001 * (k % 7))];
    const integers = quantize(cancelling, calibrate(cancelling, [sample]));
    const program = compile(integers, STANDARD);
    const { outputs } = runProgram(program, { x: quantizeInputs(integers, sample)[0]! });
    expect(Math.abs(outputs.y![0]! / program.outputs[0]!.scale)).toBeLessThan(1);
  });
});
