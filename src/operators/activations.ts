/**
 * Operators that are a function of one number: each is one table, whatever its formula is made of. The pieces that are lines are
 * instead a maximum or two, which are exact.
 */

import { numberAttribute, stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, requiredInput } from './arguments.ts';
import { applyFinite, applyPartial, erf, gelu, geluTanh, log, sigmoid, softplus, squareRoot } from './finite.ts';
import type { Operator } from './operator.ts';

type Parameters = Readonly<Record<string, number>>;

/** f of the parameters: attributes and their defaults. */
export interface Activation<P extends Parameters = Parameters> {
  readonly op: string;
  readonly defaults: P;
  readonly form: (b: TensorBuilder, x: Value, parameters: P) => Value;
}

/** A table: its name holds the parameters. @param bounds ends of what the function can be, whatever its parameters are */
function table<P extends Parameters>(
  op: string,
  defaults: P,
  f: (x: number, parameters: P) => number,
  bounds?: readonly [low: number, high: number],
): Activation<P> {
  return {
    op,
    defaults,
    form: (b, x, parameters) => {
      const name = [op, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join(' ').toLowerCase();
      const y = applyFinite(b, b.as(x, 'real'), name, (number) => f(number, parameters));
      return bounds === undefined ? y : b.bounded(y, ...bounds);
    },
  };
}

/** A table of a function that has a domain. @param bounds ends of what it can be */
const partial = (op: string, f: (x: number) => number, bounds?: readonly [low: number, high: number]): Activation => ({
  op,
  defaults: {},
  form: (b, x) => {
    const y = applyPartial(b, x, op.toLowerCase(), f);
    return bounds === undefined ? y : b.bounded(y, ...bounds);
  },
});

/** Made of other operations. */
const lines = <P extends Parameters>(op: string, defaults: P, form: Activation<P>['form']): Activation<P> => ({
  op,
  defaults,
  form,
});

const elu = (x: number, alpha: number): number => (x >= 0 ? x : alpha * Math.expm1(x));

/** alpha x, and (1 - alpha) max(x, 0) more: right for every alpha. */
const leakyRelu = (b: TensorBuilder, x: Value, alpha: number): Value =>
  b.add(b.scale(x, alpha), b.scale(b.relu(x), 1 - alpha));

const thresholdedRelu = (b: TensorBuilder, x: Value, alpha: number): Value =>
  alpha === 0 ? b.relu(x) : b.multiply(x, b.as(b.scale(b.step(b.scale(x, -1, alpha)), -1, 1), 'real'));

/** Those that a recurrent network names, too (recurrent.ts). */
export const AFFINE = lines('Affine', { alpha: 1, beta: 0 }, (b, x, { alpha, beta }) => b.scale(x, alpha, beta));
export const SCALED_TANH = table(
  'ScaledTanh',
  { alpha: 1, beta: 1 },
  (x, { alpha, beta }) => alpha * Math.tanh(beta * x),
);
export const RELU = lines('Relu', {}, (b, x) => b.relu(x));
export const LEAKY_RELU = lines('LeakyRelu', { alpha: 0.01 }, (b, x, { alpha }) => leakyRelu(b, x, alpha));
export const THRESHOLDED_RELU = lines('ThresholdedRelu', { alpha: 1 }, (b, x, { alpha }) =>
  thresholdedRelu(b, x, alpha),
);
export const HARD_SIGMOID = lines('HardSigmoid', { alpha: 0.2, beta: 0.5 }, (b, x, { alpha, beta }) =>
  b.clip(b.scale(x, alpha, beta), 0, 1),
);
export const SIGMOID = table('Sigmoid', {}, sigmoid, [0, 1]);
export const TANH = table('Tanh', {}, Math.tanh, [-1, 1]);
export const ELU = table('Elu', { alpha: 1 }, (x, { alpha }) => elu(x, alpha));
export const SOFTSIGN = table('Softsign', {}, (x) => x / (1 + Math.abs(x)), [-1, 1]);
export const SOFTPLUS = table('Softplus', {}, softplus, [0, Infinity]);

const ACTIVATIONS = [
  RELU,
  LEAKY_RELU,
  THRESHOLDED_RELU,
  HARD_SIGMOID,
  SIGMOID,
  TANH,
  ELU,
  SOFTSIGN,
  SOFTPLUS,
  table(
    'Selu',
    { alpha: 1.6732632423543772, gamma: 1.0507009873554805 },
    (x, { alpha, gamma }) => gamma * elu(x, alpha),
  ),
  table('Celu', { alpha: 1 }, (x, { alpha }) => Math.max(x, 0) + Math.min(0, alpha * Math.expm1(x / alpha))),
  table('HardSwish', {}, (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  table('Mish', {}, (x) => x * Math.tanh(softplus(x))),
  table('Swish', { alpha: 1 }, (x, { alpha }) => x * sigmoid(alpha * x)),
  table('Erf', {}, erf, [-1, 1]),
  table('Exp', {}, Math.exp, [0, Infinity]),
  lines('Log', {}, log),
  lines('Sqrt', {}, (b, x) => b.bounded(squareRoot(b, x), 0, Infinity)),
  table('Sin', {}, Math.sin, [-1, 1]),
  table('Cos', {}, Math.cos, [-1, 1]),
  partial('Tan', Math.tan),
  partial('Asin', Math.asin, [-Math.PI / 2, Math.PI / 2]),
  partial('Acos', Math.acos, [0, Math.PI]),
  table('Atan', {}, Math.atan, [-Math.PI / 2, Math.PI / 2]),
  table('Sinh', {}, Math.sinh),
  table('Cosh', {}, Math.cosh, [1, Infinity]),
  table('Asinh', {}, Math.asinh),
  partial('Acosh', Math.acosh, [0, Infinity]),
  partial('Atanh', Math.atanh),
] as readonly Activation[];

export const ACTIVATION_OPERATORS: readonly Operator[] = ACTIVATIONS.map(({ op, defaults, form }) => ({
  op,
  inputs: [1, 1],
  attributes: Object.keys(defaults),
  expand: (b, call) => {
    const parameters = Object.entries(defaults).map(([name, fallback]) => [
      name,
      numberAttribute(call.node, name, fallback),
    ]);
    return [form(b, requiredInput(call, 0), Object.fromEntries(parameters))];
  },
}));

export const GELU: Operator = {
  op: 'Gelu',
  inputs: [1, 1],
  attributes: ['approximate'],
  expand: (b, call) => {
    const form = stringAttribute(call.node, 'approximate', 'none');
    if (form !== 'none' && form !== 'tanh')
      throw malformed(call.node, 'approximates its function in an unknown way', 'none or tanh', form);
    return [applyFinite(b, requiredInput(call, 0), `gelu ${form}`, form === 'none' ? gelu : geluTanh)];
  },
};

/** x below -lambd moved up by the bias, x above lambd down, 0 between. */
export const SHRINK: Operator = {
  op: 'Shrink',
  inputs: [1, 1],
  attributes: ['bias', 'lambd'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const bias = numberAttribute(call.node, 'bias', 0);
    const bound = numberAttribute(call.node, 'lambd', 0.5);
    const side = (sign: 1 | -1): Value => {
      const beyond = b.as(b.scale(b.step(b.scale(x, -sign, bound)), -1, 1), 'real');
      return b.multiply(b.scale(x, 1, -sign * bias), beyond);
    };
    return [b.add(side(1), side(-1))];
  },
};

/** Relu with a slope for each channel or element below zero, which may be computed. */
export const PRELU: Operator = {
  op: 'PRelu',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const positive = b.relu(x);
    return [b.add(positive, b.multiply(requiredInput(call, 1), b.sub(x, positive)))];
  },
};

/** Operators that onnxruntime's optimizer writes in the place of sub-graphs. */
const fused = (op: string, name: string, f: (x: number) => number): Operator => ({
  op,
  domain: 'com.microsoft',
  inputs: [1, 2],
  attributes: [],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const bias = call.inputs[1];
    return [applyFinite(b, bias === undefined ? x : b.add(x, bias), name, f)];
  },
});

export const FUSED_ACTIVATIONS: readonly Operator[] = [
  fused('Gelu', 'gelu none', gelu),
  fused('BiasGelu', 'gelu none', gelu),
  fused('FastGelu', 'gelu tanh', geluTanh),
  {
    op: 'QuickGelu',
    domain: 'com.microsoft',
    inputs: [1, 1],
    attributes: ['alpha'],
    expand: (b, call) => {
      const alpha = numberAttribute(call.node, 'alpha', 1.702);
      return [applyFinite(b, requiredInput(call, 0), `swish alpha=${alpha}`, (x) => x * sigmoid(alpha * x))];
    },
  },
];
