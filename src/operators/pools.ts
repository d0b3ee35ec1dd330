/** AveragePool, LpPool and the pools over all of the spatial axes. MaxPool stands in max-pool.ts. */
import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { groupedPlaces, groupedTaps } from './conv.ts';
import { applyFinite } from './finite.ts';
import type { NodeCall, Operator } from './operator.ts';
import { paddedCounts, poolGeometry, windowTaps } from './window.ts';

const WINDOW = ['auto_pad', 'ceil_mode', 'dilations', 'kernel_shape', 'pads', 'strides'];

/**
 * Sum of each window, divided by divisors[position] for the position's own divisor: each channel is its own group, kernels are the
 * distinct divisors.
 */
function windowSums(b: TensorBuilder, call: NodeCall, x: Value, divisors?: Float64Array): Value {
  const geometry = poolGeometry(call.node, x.shape);
  const shape = geometry.outShape;
  const width = entryCount(geometry.kernel);
  const positions = entryCount(shape.slice(2));
  const taps = groupedTaps(windowTaps(geometry, x.shape.slice(2)), positions, x.shape, shape[1]!);
  const { position } = groupedPlaces(shape, shape[1]!);
  const distinct = [...new Set(divisors ?? [1])];
  const numbers = new Map(distinct.map((divisor, i) => [divisor, i]));
  const weights = Float64Array.from(
    { length: distinct.length * width },
    (_, i) => 1 / distinct[Math.floor(i / width)]!,
  );
  const kernel = position.map((_, i) => (divisors ? numbers.get(divisors[i % positions]!)! : 0));
  return b.linear([x], { shape, width, taps, weights, position, kernel });
}

/** The numbers that a position averages: all of the window, within the padding or only those of the input. */
function averaged(call: NodeCall, x: Value): Float64Array {
  const geometry = poolGeometry(call.node, x.shape);
  const sizes = x.shape.slice(2);
  if (numberAttribute(call.node, 'count_include_pad', 0) !== 0) return paddedCounts(geometry, sizes);
  const taps = windowTaps(geometry, sizes);
  const width = entryCount(geometry.kernel);
  const counts = new Float64Array(taps.length / width);
  taps.forEach((tap, i) => {
    if (tap >= 0) counts[Math.floor(i / width)]! += 1;
  });
  return counts.map((count) => Math.max(count, 1));
}

/** (sum of |x|^p)^(1/p), where `sum` sums. */
function norm(b: TensorBuilder, x: Value, p: number, sum: (x: Value) => Value): Value {
  if (p === 1) return sum(b.abs(x));
  const powers = p === 2 ? b.multiply(x, x) : applyFinite(b, x, `abs-pow ${p}`, (number) => Math.abs(number) ** p);
  return applyFinite(b, sum(powers), `root ${p}`, (number) => Math.max(number, 0) ** (1 / p));
}

const spatialAxes = (x: Value): number[] => [...x.shape.keys()].slice(2);

export const POOLS: readonly Operator[] = [
  {
    op: 'AveragePool',
    inputs: [1, 1],
    attributes: [...WINDOW, 'count_include_pad'],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      return [windowSums(b, call, x, averaged(call, x))];
    },
  },
  {
    op: 'LpPool',
    inputs: [1, 1],
    attributes: [...WINDOW, 'p'],
    expand: (b, call) => {
      const p = numberAttribute(call.node, 'p', 2);
      return [norm(b, requiredInput(call, 0), p, (x) => windowSums(b, call, x))];
    },
  },
  {
    op: 'GlobalAveragePool',
    inputs: [1, 1],
    attributes: [],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      return [b.sum(x, spatialAxes(x), true, 1 / Math.max(1, entryCount(x.shape.slice(2))))];
    },
  },
  {
    op: 'GlobalMaxPool',
    inputs: [1, 1],
    attributes: [],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      return [b.max(x, spatialAxes(x), true)];
    },
  },
  {
    op: 'GlobalLpPool',
    inputs: [1, 1],
    attributes: ['p'],
    expand: (b, call) => {
      const p = numberAttribute(call.node, 'p', 2);
      return [norm(b, requiredInput(call, 0), p, (x) => b.sum(x, spatialAxes(x), true))];
    },
  },
];
