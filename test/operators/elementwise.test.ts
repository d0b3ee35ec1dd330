/** Elementwise operators against ONNX Runtime: random numbers, broadcasting, extremes, integers. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import {
  type Attribute,
  compare,
  type ElementType,
  type Feed,
  type NodeCase,
  runExpansion,
} from '../helpers/one-node.ts';

const random = seeded(1);
const count = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const real = (shape: readonly number[], low = -4, high = 4): Feed => ({
  shape,
  type: 'float32',
  data: Array.from({ length: count(shape) }, () => low + (high - low) * random()),
});
const whole = (shape: readonly number[], low: number, high: number, type: ElementType = 'int32'): Feed => ({
  shape,
  type,
  data: Array.from({ length: count(shape) }, () => low + Math.floor((high - low + 1) * random())),
});
const fixed = (feed: Feed): Feed => ({ ...feed, constant: true });

const check = (name: string, spec: NodeCase, tolerance?: number): void => {
  it(name, async () => expect(await compare(spec, tolerance)).toBeUndefined());
};

describe('functions of one number', () => {
  const f = (value: number): Attribute => ({ f: value });
  const cases: [string, (Record<string, Attribute> | undefined)?, [number, number]?][] = [
    ['Relu'],
    ['LeakyRelu'],
    ['LeakyRelu', { alpha: f(1.5) }],
    ['LeakyRelu', { alpha: f(-0.5) }],
    ['ThresholdedRelu', { alpha: f(0.7) }],
    ['ThresholdedRelu', { alpha: f(0) }],
    ['HardSigmoid', { alpha: f(0.3), beta: f(0.4) }],
    ['HardSwish'],
    ['Sigmoid', undefined, [-90, 90]],
    ['Tanh'],
    ['Gelu'],
    ['Gelu', { approximate: { s: 'tanh' } }],
    ['Erf', undefined, [-8, 8]],
    ['Elu', { alpha: f(0.6) }],
    ['Selu'],
    ['Celu', { alpha: f(2) }],
    ['Softplus', undefined, [-40, 40]],
    ['Softsign'],
    ['Mish'],
    ['Exp'],
    ['Log', undefined, [0.01, 9]],
    ['Sqrt', undefined, [0, 9]],
    ['Reciprocal', undefined, [0.2, 9]],
    ['Sin'],
    ['Cos'],
    ['Tan', undefined, [-1.4, 1.4]],
    ['Asin', undefined, [-1, 1]],
    ['Acos', undefined, [-1, 1]],
    ['Atan'],
    ['Sinh'],
    ['Cosh'],
    ['Asinh'],
    ['Acosh', undefined, [1, 9]],
    ['Atanh', undefined, [-0.99, 0.99]],
    ['Abs'],
    ['Neg'],
    ['Floor'],
    ['Ceil'],
    ['Shrink', { bias: f(0.5), lambd: f(1) }],
    ['IsNaN'],
    ['IsInf'],
  ];
  for (const [op, attributes, [low, high] = [-4, 4]] of cases) {
    const opset = op === 'Gelu' ? 20 : 18;
    const spec = { op, opset, inputs: [real([2, 3, 20], low, high)], ...(attributes && { attributes }) };
    check(`${op} ${JSON.stringify(attributes ?? {})}`, spec);
  }
  it('is one operation where it is smooth', () => {
    for (const op of ['Gelu', 'Mish', 'HardSwish', 'Softplus', 'Swish', 'Elu'])
      expect(runExpansion({ op, opset: 24, inputs: [real([3])] }).operations).toEqual(['function']);
  });
  const data = [-1e6, -1, 0, 1, 1e6];
  it.each(['Exp', 'Sinh', 'Cosh', 'Softplus', 'Erf', 'Mish'])('%s is finite for every number', (op) => {
    const { results } = runExpansion({ op, opset: 18, inputs: [{ shape: [5], type: 'float32', data }] });
    expect(results[0]!.data.every(Number.isFinite)).toBe(true);
  });
  it.each([
    ['Log', [Number.NaN, Number.NaN, -Infinity, 0, Math.log(1e6)]],
    ['Sqrt', [Number.NaN, Number.NaN, 0, 1, 1e3]],
    ['Reciprocal', [-1e-6, -1, Infinity, 1, 1e-6]],
    ['Asin', [Number.NaN, -Math.PI / 2, 0, Math.PI / 2, Number.NaN]],
    ['Acosh', [Number.NaN, Number.NaN, Number.NaN, 0, Math.acosh(1e6)]],
    ['Atanh', [Number.NaN, -Infinity, 0, Infinity, Number.NaN]],
  ])('%s is what ONNX has outside of its domain', (op, wanted) => {
    const { results } = runExpansion({ op, inputs: [{ shape: [5], type: 'float32', data }] });
    expect([...results[0]!.data]).toEqual(wanted);
  });
  const ties = [-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 3.49, -3.51, 1e5 + 0.5];
  for (const op of ['Round', 'Sign', 'Floor', 'Ceil'])
    check(`${op} of ties and zero`, { op, inputs: [{ shape: [10], type: 'float32', data: ties }] });
});

describe('functions of two numbers', () => {
  const shapes: [number[], number[]][] = [
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    [[2, 3, 4], [4]],
    [
      [3, 1],
      [2, 1, 4],
    ],
    [[], [2, 3]],
    [[0, 3], [3]],
  ];
  for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Equal'])
    for (const [a, b] of shapes)
      for (const side of ['none', 'first', 'second']) {
        const [x, y] = [real(a), real(b, 0.5, 4)];
        const inputs = [side === 'first' ? fixed(x) : x, side === 'second' ? fixed(y) : y];
        check(`${op} [${a}] [${b}], constant: ${side}`, { op, inputs });
      }
  for (const op of ['Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Equal']) {
    check(`${op} of close integers`, { op, inputs: [whole([40], -2, 2), whole([40], -2, 2)] });
    const few = { shape: [6], type: 'float32', data: [0, 0, 1, -1, 0.5, 2] } as const;
    check(`${op} of equal numbers`, { op, inputs: [few, { ...few, data: [0, 1, 1, -1, -0.5, 2] }] });
  }
  for (const op of ['And', 'Or', 'Xor'])
    check(op, { op, inputs: [whole([8], 0, 1, 'bool'), whole([8], 0, 1, 'bool')] });
  check('Not', { op: 'Not', inputs: [whole([8], 0, 1, 'bool')] });
  for (const slope of [[3, 1], [1], [2, 3, 4]])
    for (const side of [fixed, (feed: Feed) => feed])
      check(`PRelu [${slope}]`, { op: 'PRelu', inputs: [real([2, 3, 4]), side(real(slope))] });
});

describe('whole numbers', () => {
  for (const op of ['Div', 'Mod'])
    for (const side of ['computed', 'constant'])
      for (const fmod of op === 'Mod' ? [0, 1] : [undefined]) {
        const x = whole([400], -40, 40);
        const y = { ...x, data: x.data.map((_, i) => (i % 2 === 0 ? 1 : -1) * (1 + (Math.floor(i / 2) % 9))) };
        const inputs = [x, side === 'constant' ? fixed(y) : y];
        const attributes = fmod === undefined ? {} : { attributes: { fmod: { i: fmod } } };
        check(`${op} by a ${side} divisor, fmod ${fmod}`, { op, inputs, ...attributes });
      }
  check('Mod of real numbers', {
    op: 'Mod',
    attributes: { fmod: { i: 1 } },
    inputs: [real([50]), fixed(real([50], 1, 2))],
  });
  check('Pow with whole exponents', { op: 'Pow', inputs: [whole([20], -5, 5), fixed(whole([20], 0, 4))] });
  check('Pow of a whole base, computed', { op: 'Pow', inputs: [whole([20], -4, 4), whole([20], 0, 4)] });
  for (const direction of ['LEFT', 'RIGHT'])
    for (const side of [fixed, (feed: Feed) => feed])
      check(`BitShift ${direction}`, {
        op: 'BitShift',
        attributes: { direction: { s: direction } },
        inputs: [whole([30], 0, 15, 'uint8'), side(whole([30], 0, 4, 'uint8'))],
      });
  check('BitShift that leaves the type', {
    op: 'BitShift',
    attributes: { direction: { s: 'LEFT' } },
    inputs: [whole([30], 0, 255, 'uint8'), fixed(whole([30], 0, 7, 'uint8'))],
  });
  for (const op of ['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'])
    for (const [type, low, high] of [
      ['int32', -1000, 1000],
      ['uint8', 0, 255],
      ['int8', -128, 127],
    ] as const)
      for (const side of [fixed, (feed: Feed) => feed])
        check(`${op} ${type}`, { op, inputs: [whole([30], low, high, type), side(whole([30], low, high, type))] });
  check('BitwiseNot', { op: 'BitwiseNot', inputs: [whole([30], -1000, 1000)] });
  check('BitwiseNot without a sign', { op: 'BitwiseNot', inputs: [whole([30], 0, 255, 'uint8')] });
});

describe('powers', () => {
  for (const exponent of [0, 0.5, 1, 2, 3, -1, -0.5, 2.5])
    check(`Pow ${exponent}`, {
      op: 'Pow',
      inputs: [real([20], 0.2, 3), { shape: [], type: 'float32', data: [exponent], constant: true }],
    });
  check('Pow of negative numbers', {
    op: 'Pow',
    inputs: [real([20]), { shape: [4, 1], type: 'float32', data: [2, 3, 0, 1], constant: true }],
  });
  check('Pow of a constant', { op: 'Pow', inputs: [fixed({ ...real([1]), data: [2.5] }), real([20])] });
  check('Pow of computed numbers', { op: 'Pow', inputs: [real([20], 0.2, 3), real([20])] }, 1e-4);
});

describe('functions of many numbers', () => {
  for (const op of ['Sum', 'Mean', 'Max', 'Min'])
    for (const inputs of [
      [real([3])],
      [real([2, 3]), real([3]), fixed(real([2, 1])), real([])],
      [real([4]), real([4])],
    ])
      check(`${op} of ${inputs.length}`, { op, inputs });
  check('Max of integers', { op: 'Max', inputs: [whole([9], -9, 9), whole([9], -9, 9), whole([1], 0, 0)] });
  const bound = (data: number): Feed => ({ shape: [], type: 'float32', data: [data], constant: true });
  check('Clip', { op: 'Clip', inputs: [real([20]), bound(-1), bound(2)] });
  check('Clip from below', { op: 'Clip', inputs: [real([20]), bound(-1)] });
  check('Clip from above', { op: 'Clip', inputs: [real([20]), undefined, bound(1)] });
  check('Clip with bounds that cross', { op: 'Clip', inputs: [real([20]), bound(2), bound(1)] });
  check('Clip with computed bounds', { op: 'Clip', inputs: [real([20]), real([], -2, -1), real([], 1, 2)] });
  check('Clip by attributes', {
    op: 'Clip',
    opset: 6,
    attributes: { min: { f: -1 }, max: { f: 1 } },
    inputs: [real([20])],
  });
});
