/** Tensor graphs for tests: small known networks, and random ones over all operations. */

import type { Shape, TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';

/** Pseudo-random numbers, the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 12345) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
  reals(count: number, size = 1): Float64Array {
    return Float64Array.from({ length: count }, () => (2 * this.next() - 1) * size);
  }
}

const count = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

/** x times a constant matrix, plus a constant. */
function dense(b: GraphBuilder, dice: Dice, x: Value, outputs: number): Value {
  const inputs = x.shape.at(-1)!;
  const weights = b.constant([inputs, outputs], dice.reals(inputs * outputs, 1.7 / Math.sqrt(inputs)));
  return b.add(b.matmul(x, weights), b.constant([outputs], dice.reals(outputs, 0.1)));
}

/** A convolution of [1, channels, height, width] with square kernels. */
export function convolution(
  b: GraphBuilder,
  dice: Dice,
  x: Value,
  { outputs, kernel, pad = 0, stride = 1 }: { outputs: number; kernel: number; pad?: number; stride?: number },
): Value {
  const [, channels = 1, height = 1, wide = 1] = x.shape;
  const rows = Math.floor((height + 2 * pad - kernel) / stride) + 1;
  const columns = Math.floor((wide + 2 * pad - kernel) / stride) + 1;
  const width = channels * kernel * kernel;
  const taps = new Int32Array(rows * columns * width).fill(-1);
  for (let p = 0; p < rows * columns; p++)
    for (let k = 0; k < width; k++) {
      const y = Math.floor(p / columns) * stride + (Math.floor(k / kernel) % kernel) - pad;
      const across = (p % columns) * stride + (k % kernel) - pad;
      if (y < 0 || y >= height || across < 0 || across >= wide) continue;
      taps[p * width + k] = (Math.floor(k / kernel ** 2) * height + y) * wide + across;
    }
  const size = outputs * rows * columns;
  const kernelOf = Int32Array.from({ length: size }, (_, i) => Math.floor(i / (rows * columns)));
  const biases = dice.reals(outputs, 0.1);
  return b.linear([x], {
    shape: [1, outputs, rows, columns],
    width,
    taps,
    weights: dice.reals(outputs * width, 1.7 / Math.sqrt(width)),
    position: Int32Array.from({ length: size }, (_, i) => i % (rows * columns)),
    kernel: kernelOf,
    bias: Float64Array.from(kernelOf, (c) => biases[c]!),
  });
}

/** Largest of each square of two by two. */
function maxPool(b: GraphBuilder, x: Value): Value {
  const [, channels = 1, height = 1, wide = 1] = x.shape;
  const corner = (y: number, across: number): Value =>
    b.slice(x, [0, 0, y, across], [1, channels, height - (height % 2), wide - (wide % 2)], [1, 1, 2, 2]);
  return b.maximum(b.maximum(corner(0, 0), corner(0, 1)), b.maximum(corner(1, 0), corner(1, 1)));
}

/** Dense layers with ReLU between them. */
export function perceptron(dims: readonly number[], dice = new Dice(1)): TensorGraph {
  const b = new GraphBuilder();
  let x: Value = b.input('x', [1, dims[0]!], 'real');
  dims.slice(1).forEach((outputs, layer) => {
    b.at(`dense ${layer + 1}`);
    x = dense(b, dice, x, outputs);
    if (layer < dims.length - 2) x = b.relu(x);
  });
  return b.finish('perceptron', [{ name: 'y', value: x }]);
}

/** LeNet-5's layers over an image of size by size. */
export function leNet(size = 28, dice = new Dice(2)): TensorGraph {
  const b = new GraphBuilder();
  let x: Value = b.input('x', [1, 1, size, size], 'real');
  b.at('conv 1');
  x = maxPool(b, b.relu(convolution(b, dice, x, { outputs: 6, kernel: 5, pad: 2 })));
  b.at('conv 2');
  x = maxPool(b, b.relu(convolution(b, dice, x, { outputs: 16, kernel: 5 })));
  x = b.reshape(x, [1, count(x.shape)]);
  [120, 84].forEach((outputs, layer) => {
    b.at(`dense ${layer + 1}`);
    x = b.relu(dense(b, dice, x, outputs));
  });
  b.at('dense 3');
  return b.finish('LeNet', [{ name: 'y', value: dense(b, dice, x, 10) }]);
}

type Grow = (b: GraphBuilder, dice: Dice, values: Value[]) => Value | undefined;

const matrixOf = (b: GraphBuilder, x: Value, dice: Dice): Value => {
  const size = count(x.shape);
  const divisors = Array.from({ length: size }, (_, n) => n + 1).filter((n) => size % n === 0);
  const rows = dice.pick(divisors);
  return b.reshape(x, [rows, size / rows]);
};

/** One more value of a random graph. */
const GROWTH: Readonly<Record<string, Grow>> = {
  dense: (b, dice, values) => dense(b, dice, matrixOf(b, dice.pick(values), dice), 1 + dice.below(20)),
  convolution: (b, dice, values) => {
    const x = matrixOf(b, dice.pick(values), dice);
    const [rows, columns] = x.shape as [number, number];
    if (rows < 3 || columns < 3) return undefined;
    const image = b.reshape(x, [1, 1, rows, columns]);
    const options = { outputs: 1 + dice.below(18), kernel: 3, pad: dice.below(2), stride: 1 + dice.below(2) };
    const result = convolution(b, dice, image, options);
    return count(result.shape) > 600 ? undefined : result;
  },
  pool: (b, dice, values) => {
    const x = matrixOf(b, dice.pick(values), dice);
    const [rows, columns] = x.shape as [number, number];
    return rows < 2 || columns < 2 ? undefined : maxPool(b, b.reshape(x, [1, 1, rows, columns]));
  },
  relu: (b, dice, values) => b.relu(dice.pick(values)),
  clip: (b, dice, values) => b.clip(dice.pick(values), -0.4, 0.5),
  addition: (b, dice, values) => {
    const x = dice.pick(values);
    const y = values.find((other) => other !== x && count(other.shape) === count(x.shape));
    return y ? b.add(x, b.reshape(y, x.shape)) : b.scale(x, -0.7, 0.2);
  },
  maximum: (b, dice, values) => {
    const x = dice.pick(values);
    return b.maximum(x, b.scale(x, -0.5, 0.1));
  },
  product: (b, dice, values) => {
    const x = dice.pick(values);
    const y = values.find((other) => other !== x && count(other.shape) === count(x.shape));
    return b.multiply(x, y ? b.reshape(y, x.shape) : x);
  },
  row: (b, dice, values) => {
    const x = matrixOf(b, dice.pick(values), dice);
    return b.multiply(x, b.sum(x, [1], true, 1 / x.shape[1]!));
  },
  matmul: (b, dice, values) => {
    const x = matrixOf(b, dice.pick(values), dice);
    return x.shape[0]! > 24 || x.shape[1]! > 300
      ? undefined
      : b.scale(b.matmul(x, b.transpose(x, [1, 0])), 1 / x.shape[1]!);
  },
  tanh: (b, dice, values) => b.apply(dice.pick(values), 'tanh', Math.tanh),
  square: (b, dice, values) => b.apply(dice.pick(values), 'square', (x) => x * x),
  step: (b, dice, values) => b.step(dice.pick(values)),
  floor: (b, dice, values) => b.floor(b.scale(dice.pick(values), 3)),
  transpose: (b, dice, values) => b.transpose(matrixOf(b, dice.pick(values), dice), [1, 0]),
  concat: (b, dice, values) => {
    const flat = (x: Value): Value => b.reshape(x, [count(x.shape)]);
    const joined = b.concat([flat(dice.pick(values)), b.constant([2], [0.25, -0.5]), flat(dice.pick(values))], 0);
    return count(joined.shape) > 600 ? undefined : joined;
  },
  slice: (b, dice, values) => {
    const x = matrixOf(b, dice.pick(values), dice);
    const [rows, columns] = x.shape as [number, number];
    return rows < 3 ? undefined : b.slice(x, [1, 0], [rows, columns], [1 + dice.below(2), 1]);
  },
  take: (b, dice, values) => {
    const x = dice.pick(values);
    if (count(x.shape) > 40) return undefined;
    const width = 1 + dice.below(40);
    const index = b.as(b.scale(b.step(x), 2, 1), 'integer');
    return b.take(b.constant([4, width], dice.reals(4 * width)), index);
  },
};

export const GROWTHS = Object.keys(GROWTH);

/** A random network of so many operations; the last of them are its outputs. */
export function randomGraph(seed: number, operations = 6, only: readonly string[] = GROWTHS): TensorGraph {
  const dice = new Dice(seed);
  const b = new GraphBuilder();
  const values: Value[] = [b.input('x', [1, dice.pick([1, 2, 3]), 4 + dice.below(5), 4 + dice.below(5)], 'real')];
  if (dice.below(3) === 0) values.push(b.input('z', [1 + dice.below(20)], 'real'));
  for (let n = 0, tries = 0; n < operations && tries < 100; tries++) {
    const name = dice.pick(only);
    b.at(`${name} ${n}`);
    const value = GROWTH[name]!(b, dice, values.slice(-3));
    if (value === undefined || 'data' in value || count(value.shape) > 700) continue;
    values.push(value);
    n++;
  }
  const outputs = values.slice(-2).map((value, n) => ({ name: `y${n}`, value }));
  return b.finish(`random ${seed}`, outputs);
}

/** Numbers for each input of a graph. */
export function randomSample(graph: TensorGraph, dice: Dice): Float64Array[] {
  return graph.inputs.map(({ value }) => dice.reals(count(value.shape)));
}
