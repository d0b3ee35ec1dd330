/** Random chains of layers as graphs, small enough for bigint twins. One seed gives one network everywhere. */
import type { AttributeValue, Graph, GraphNode, Tensor } from '../../src/ir/graph.ts';

/** A small seeded generator (mulberry32): floats in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Puts nodes one after another; every method returns the name of its output. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly input: { name: string; shape: readonly number[] };

  constructor(shape: readonly number[]) {
    this.input = { name: 'input', shape };
  }
  constant(shape: readonly number[], data: ArrayLike<number>): string {
    const name = `c${this.constants.size}`;
    this.constants.set(name, { shape, data: Float64Array.from(data) });
    return name;
  }
  node(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const name = `${op.toLowerCase()}${this.nodes.length}`;
    this.nodes.push({ name, op, inputs, outputs: [`${name}.out`], attributes: new Map(Object.entries(attributes)) });
    return `${name}.out`;
  }
  graph(output: string, shape: readonly number[]): Graph {
    return {
      name: 'test',
      opset: 13,
      inputs: [this.input],
      outputs: [{ name: output, shape }],
      nodes: this.nodes,
      constants: this.constants,
    };
  }
}

export interface ChainOptions {
  readonly kind: 'conv' | 'dense';
  /** Some layers without Relu, inputs below zero. */
  readonly signed?: boolean;
  /** Floor after every layer and whole inputs. */
  readonly floor?: boolean;
  readonly layers: number;
  readonly readout?: boolean;
}

const KERNELS = [
  { size: [3, 3], pads: [1, 1, 1, 1] },
  { size: [1, 1], pads: [0, 0, 0, 0] },
  { size: [2, 3], pads: [0, 1, 1, 1] },
  { size: [3, 1], pads: [2, 0, 0, 0] },
] as const;

export interface RandomChain {
  readonly graph: Graph;
  readonly input: Tensor;
}

/** Layers of random widths and kernels, some with a skip connection. */
export function randomChain(seed: number, options: ChainOptions): RandomChain {
  const random = seeded(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const [h, w] = [2 + pick(3), 2 + pick(3)];
  let channels = options.kind === 'conv' ? 1 + pick(2) : 2 + pick(4);
  const shapeOf = (c: number): number[] => (options.kind === 'conv' ? [1, c, h, w] : [1, c]);
  const build = new GraphBuilder(shapeOf(channels));
  const values = (n: number, scale: number): number[] => Array.from({ length: n }, () => (2 * random() - 1) * scale);
  let x = build.input.name;
  const layer = (width: number, kernel: (typeof KERNELS)[number]): string => {
    const [kh, kw] = kernel.size;
    const bias = build.constant([width], values(width, 0.3));
    if (options.kind === 'dense') {
      const weight = build.constant([width, channels], values(width * channels, 1 / Math.sqrt(channels)));
      return build.node('Gemm', [x, weight, bias], { transB: 1 });
    }
    const scale = 1 / Math.sqrt(channels * kh * kw);
    const weight = build.constant([width, channels, kh, kw], values(width * channels * kh * kw, scale));
    return build.node('Conv', [x, weight, bias], { pads: kernel.pads, kernel_shape: [kh, kw] });
  };
  for (let l = 0; l < options.layers; l++) {
    const skip = pick(2) === 1;
    const width = skip ? channels : 1 + pick(options.kind === 'conv' ? 3 : 6);
    let y = layer(width, KERNELS[pick(KERNELS.length)]!);
    if (skip) y = build.node('Add', pick(2) ? [x, y] : [y, x]);
    if (!options.signed || pick(2)) y = build.node('Relu', [y]);
    if (options.floor) y = build.node('Floor', [y]);
    x = y;
    channels = width;
  }
  const flat = options.kind === 'conv' ? channels * h * w : channels;
  if (options.readout !== false) {
    if (options.kind === 'conv') x = build.node('Flatten', [x], { axis: 1 });
    const outputs = 2 + pick(3);
    const weight = build.constant([flat, outputs], values(flat * outputs, 1 / Math.sqrt(flat)));
    x = build.node('Add', [build.node('MatMul', [x, weight]), build.constant([outputs], values(outputs, 0.3))]);
    return { graph: build.graph(x, [1, outputs]), input: randomInput(random, build.input.shape, options) };
  }
  return { graph: build.graph(x, shapeOf(channels)), input: randomInput(random, build.input.shape, options) };
}

function randomInput(random: () => number, shape: readonly number[], options: ChainOptions): Tensor {
  const count = shape.reduce((p, d) => p * d, 1);
  const value = (): number => {
    const v = options.signed ? 2 * random() - 1 : random();
    return options.floor ? Math.round(v * 100) : v;
  };
  return { shape, data: Float64Array.from({ length: count }, value) };
}
