/**
 * Random small networks over all operators that are read, for comparison with an independent runtime: most are chains of
 * layers, or nearly so; reshaped tensors, constants on odd axes, skips that broadcast and shapes that the file declares
 * falsely are what a reader could mistake for one.
 */
import type { GraphValue, Tensor } from '../../src/ir/graph.ts';
import { broadcastShape, entryCount, type Shape } from '../../src/layers/tensor-shape.ts';
import { declareShapes, FALSE_SHAPES } from './declared-shapes.ts';
import { encodeModel, graphToModel } from './onnx.ts';
import { Chance, type Wire, Wires } from './random-wires.ts';

/** What is unusual about a network; one without any is a chain of layers and has to be accepted. */
export const TRAITS = [
  'skip of another shape',
  'skip that repeats',
  'constant on another axis',
  'constant that repeats the tensor',
  'odd operator',
  ...FALSE_SHAPES,
] as const;
export type Trait = (typeof TRAITS)[number];

export interface RandomNetwork {
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly GraphValue[];
  readonly input: Tensor;
  /** Names of all nodes and tensors. */
  readonly names: readonly string[];
  readonly traits: ReadonlySet<Trait>;
}

/** Tensors that broadcasting makes larger are left out. */
const MOST_ENTRIES = 64;
/** Kernel, pads and dilation of convolutions that keep the image's shape. */
const KERNELS = [
  { kernel: [1, 1], attributes: {} },
  { kernel: [3, 3], attributes: { pads: [1, 1, 1, 1] } },
  { kernel: [3, 3], attributes: { auto_pad: 'SAME_UPPER' } },
  { kernel: [2, 3], attributes: { pads: [0, 1, 1, 1] } },
  { kernel: [2, 2], attributes: { auto_pad: 'SAME_LOWER' } },
  { kernel: [2, 2], attributes: { pads: [1, 1, 1, 1], dilations: [2, 2] } },
] as const;

/** The network of a seed. */
export function randomNetwork(seed: number): RandomNetwork {
  const walk = new Walk(new Chance(seed));
  const { build, all } = walk.wires;
  const output = walk.network();
  const graph = build.graph(output.name, output.shape);
  const model = graphToModel({ ...graph, opset: walk.chance.pick([13, 17]) });
  const shapes = new Map(all.map(({ name, shape }) => [name, shape]));
  for (const trait of declareShapes(model, shapes, walk.chance)) walk.traits.add(trait);
  const names = graph.nodes.flatMap(({ name, inputs, outputs }) => [name, ...inputs, ...outputs]);
  return { bytes: encodeModel(model), inputs: graph.inputs, input: walk.input, names, traits: walk.traits };
}

class Walk {
  readonly chance: Chance;
  readonly wires: Wires;
  readonly input: Tensor;
  readonly traits = new Set<Trait>();
  /** Convolutions or matrices; whether Floor stands behind every layer. */
  readonly #conv: boolean;
  readonly #floor: boolean;

  constructor(chance: Chance) {
    this.chance = chance;
    this.#conv = chance.of(0.45);
    this.#floor = chance.of(0.3);
    const shape = this.#conv
      ? [1, chance.whole(1, 3), chance.whole(1, 4), chance.whole(1, 4)]
      : [...(chance.of(0.9) ? [1] : []), chance.whole(1, 6)];
    const unit = this.#floor ? 1 : chance.pick([1, 0.5]);
    this.input = { shape, data: chance.values(entryCount(shape), 4, unit) };
    this.wires = new Wires(chance, shape, 4 * unit, unit);
  }

  network(): Wire {
    const { wires, chance } = this;
    let x = wires.all[0]!;
    const layers = chance.whole(1, 3);
    for (let l = 0; l < layers; l++) {
      const y = this.#layer(x, l === layers - 1);
      if (!y) break;
      x = y;
    }
    if (this.#conv && chance.of(0.6))
      x = this.#matrix(wires.into(x, [1, entryCount(x.shape)]), chance.whole(1, 4)) ?? x;
    return chance.of(0.2) ? wires.reshaped(x) : x;
  }

  /** A layer with what may stand around it; undefined where its numbers would no longer be exact. */
  #layer(before: Wire, last: boolean): Wire | undefined {
    const { wires, chance } = this;
    let x = chance.of(0.3) ? wires.reshaped(before) : before;
    if (chance.of(0.03)) x = this.#addConstant(x, undefined);
    if (chance.of(0.06)) x = this.#oddMatrix(x);
    x = this.#ready(x);
    const plain = last && !this.#conv && chance.of(0.5);
    const skip = !plain && chance.of(0.6);
    const width = skip ? x.shape.at(-1)! : chance.whole(1, 6);
    const linear = x.shape.length === 4 ? this.#convolution(x, skip) : this.#matrix(x, width);
    if (!linear) return undefined;
    const own = linear.shape;
    let y = chance.of(0.4) ? wires.reshaped(linear) : linear;
    const near = y.shape.length === 4 && chance.of(0.2);
    if (near) y = wires.regrouped(y, 1);
    if (near || chance.of(0.4)) y = this.#addConstant(y, own);
    if (chance.of(0.15)) y = wires.reshaped(y);
    if (skip && chance.of(0.7)) y = this.#skip(x, chance.of(0.5) ? wires.into(y, own) : y);
    if (chance.of(0.04)) y = this.#odd(this.#skip(chance.pick(wires.all), y));
    if (plain) return y;
    const relu = chance.of(0.8);
    const after = chance.of(0.8);
    if (relu && after) y = wires.same('Relu', y);
    if (this.#floor) y = wires.floored(y);
    return relu && !after ? wires.same('Relu', y) : y;
  }

  #odd(x: Wire): Wire {
    this.traits.add('odd operator');
    return x;
  }

  /** In the shape that the next convolution or matrix takes. */
  #ready(x: Wire): Wire {
    const { wires, chance } = this;
    const count = entryCount(x.shape);
    const image = wires.all[0]!.shape.slice(2);
    const channels = count / entryCount(image);
    if (this.#conv && Number.isInteger(channels)) return wires.into(x, [1, channels, ...image]);
    return wires.into(x, chance.of(0.9) ? [1, count] : chance.pick([[1, 1, count], [count]]));
  }

  #convolution(x: Wire, skip: boolean): Wire | undefined {
    const channels = x.shape[1]!;
    const { kernel, attributes } = this.chance.pick(KERNELS);
    const group = this.chance.of(0.2) ? channels : 1;
    const size = this.wires.weightSize(x, (channels / group) * entryCount(kernel));
    if (size === 0) return undefined;
    const out = skip ? channels : group * this.chance.whole(1, 3);
    const unit = this.chance.pick([1, 0.5]);
    const shape = [out, channels / group, ...kernel];
    const inputs = [x.name, this.wires.constant(shape, this.chance.values(entryCount(shape), size, unit))];
    if (this.chance.of(0.5)) inputs.push(this.wires.constant([out], this.chance.values(out, 4, x.unit * unit)));
    const odd = this.chance.of(0.04);
    if (odd) this.#odd(x);
    const strides = odd ? [2, 2] : [1, 1];
    const [height, width] = x.shape.slice(2).map((n) => (odd ? Math.ceil(n / 2) : n)) as [number, number];
    const bound = entryCount(shape.slice(1)) * size * unit * x.bound + 4 * x.unit * unit;
    return this.wires.push(
      'Conv',
      inputs,
      { shape: [1, out, height, width], bound, unit: x.unit * unit },
      { ...attributes, group, strides, kernel_shape: kernel },
    );
  }

  #matrix(x: Wire, outputs: number): Wire | undefined {
    const inputs = x.shape.at(-1)!;
    const size = this.wires.weightSize(x, inputs);
    if (size === 0) return undefined;
    const unit = this.chance.pick([1, 0.5]);
    const weights = this.chance.values(inputs * outputs, size, unit);
    const bound = inputs * size * unit * x.bound;
    const shape = [...x.shape.slice(0, -1), outputs];
    if (x.shape.length !== 2 || this.chance.of(0.4))
      return this.wires.push('MatMul', [x.name, this.wires.constant([inputs, outputs], weights)], {
        shape,
        bound,
        unit: x.unit * unit,
      });
    const [transB, alpha, beta] = [
      this.chance.whole(0, 1),
      this.chance.pick([1, 1, 2, -1, 0.5]),
      this.chance.pick([1, 1, 2, -1, 0.5]),
    ];
    const names = [x.name, this.wires.constant(transB ? [outputs, inputs] : [inputs, outputs], weights)];
    const biases = this.chance.pick([undefined, [], [1], [outputs], [1, outputs], [1, 1]]);
    if (biases) names.push(this.wires.constant(biases, this.chance.values(entryCount(biases), 4, x.unit * unit)));
    const attributes = { transB, ...(alpha === 1 ? {} : { alpha }), ...(beta === 1 ? {} : { beta }) };
    return this.wires.push(
      'Gemm',
      names,
      { shape, bound: 2 * bound + 8 * x.unit, unit: (x.unit * unit) / 2 },
      attributes,
    );
  }

  /** Matrices that are none of a single row: transposed rows, several rows, constants on the left, stacks of matrices. */
  #oddMatrix(x: Wire): Wire {
    const { wires, chance } = this;
    const count = entryCount(x.shape);
    const m = chance.pick([1, 2, 3, count].filter((k) => count % k === 0));
    const rows = wires.into(x, [m, count / m]);
    const k = count / m;
    if (wires.weightSize(x, count) === 0) return x;
    const values = (shape: Shape): string => wires.constant(shape, chance.values(entryCount(shape), 1, 1));
    const wire = (shape: Shape) => ({ shape, bound: count * x.bound, unit: x.unit });
    this.#odd(x);
    switch (chance.whole(0, 3)) {
      case 0:
        return wires.push('Gemm', [rows.name, values([m, 2])], wire([k, 2]), { transA: 1 });
      case 1:
        return wires.push('Gemm', [rows.name, values([k, 2])], wire([m, 2]));
      case 2:
        return wires.push('MatMul', [values([2, m]), rows.name], wire([2, k]));
      default:
        return wires.push('MatMul', [rows.name, values([2, k, 2])], wire([2, m, 2]));
    }
  }

  /** A constant that broadcasts along random axes, in either order; `own` is the shape of the layer's results, if there is one. */
  #addConstant(x: Wire, own: Shape | undefined): Wire {
    // one value per channel, as a layer means it: axis 1 of an image, the last of a row
    const channels = x.shape.length === 4 ? 1 : x.shape.length - 1;
    const usual = this.chance.of(0.6);
    const shape = x.shape.map((dim, axis) => ((usual ? axis === channels : this.chance.of(0.5)) ? dim : 1));
    while (shape[0] === 1 && this.chance.of(0.6)) shape.shift();
    if (this.chance.of(0.06)) {
      while (shape.length < x.shape.length) shape.unshift(1);
      const single = x.shape.indexOf(1);
      if (single < 0 || this.chance.of(0.5)) shape.unshift(2);
      else shape[single] = 3;
      this.traits.add('constant that repeats the tensor');
    }
    const sum = broadcastShape(shape, x.shape);
    if (!sum || entryCount(sum) > MOST_ENTRIES) return x;
    if (own?.join() !== x.shape.join() || (!usual && entryCount(shape) > 1))
      this.traits.add('constant on another axis');
    const name = this.wires.constant(shape, this.chance.values(entryCount(shape), 4, x.unit));
    const wire = { shape: sum, bound: x.bound + 4 * x.unit, unit: x.unit };
    return this.wires.push('Add', this.chance.of(0.5) ? [x.name, name] : [name, x.name], wire);
  }

  /** The sum of two tensors, in either order, where they broadcast. */
  #skip(a: Wire, b: Wire): Wire {
    const shape = broadcastShape(a.shape, b.shape);
    if (!shape || entryCount(shape) > MOST_ENTRIES) return b;
    if (a.shape.join() !== b.shape.join()) this.traits.add('skip of another shape');
    if (entryCount(a.shape) === entryCount(b.shape) && entryCount(shape) !== entryCount(b.shape))
      this.traits.add('skip that repeats');
    const wire = { shape, bound: a.bound + b.bound, unit: Math.min(a.unit, b.unit) };
    return this.wires.push('Add', this.chance.of(0.5) ? [a.name, b.name] : [b.name, a.name], wire);
  }
}
