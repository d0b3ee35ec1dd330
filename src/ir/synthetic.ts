/**
 * A seeded network of the reference's shape (3x3 convolutions on few channels, ReLU, Floor, a dense readout) at any
 * depth, for research and speed figures. The reference's own random weights die out: after a few layers all its
 * activations are zero. This one stays alive to the last layer, by construction rather than by luck.
 *
 * It is a coupled lattice of tent maps. Channels come in pairs (p, q) with the same kernel and biases that differ
 * by T, so after Floor q = max(0, p - T) exactly. A layer computes, per pair,
 *
 *   p' = floor(relu(s p - 2 q - (neighbouring q) + (a little of neighbouring p) + b)),  s in [1.75, 1.84].
 *
 * - It cannot blow up: p - q <= T and q >= 0 give s p - 2 q <= s T, and the other positive terms are at most
 *   0.04 * 511 + 12, so that p' <= 474 < 512 for EVERY input with pixels 0..255 (the head is bounded by itself).
 * - Nor downwards: p <= 474 gives q <= 234 and s p - 2 q >= 0, so no sum is below -(0.3 * 8 * 234 + 0.04 * 474 + T - 4),
 *   which is above -818 at every width; with the bound above, ten bits hold every sum.
 * - It cannot die: an image of zeros is lifted by the bias b >= 4, as is every pixel whose neighbours are dark.
 * - It does not settle: the slope is s > 1 below T, and negative above it, where also the neighbours push; so two
 *   inputs stay different and an image never becomes constant (measured to 8,192 layers: in every layer at
 *   least 44 % of the activations are not zero and the standard deviation over an image is at least 29; at the end
 *   63 % of them differ between two inputs).
 *
 * All weights are multiples of 2^-10 (hence of 2^-20) with |w| <= 2, and all activations are integers below 512:
 * every partial sum fits 24 bits (the readout's at the default size), so that float32 in any order of summation, float64
 * and exact integers agree bit for bit.
 */
import { FoldError } from '../errors.ts';
import type { AttributeValue, Graph, GraphNode, Tensor } from './graph.ts';

export interface SyntheticOptions {
  /** Head, layers - 2 blocks, readout; at least 3. */
  readonly layers: number;
  /** 0 <= seed < 2^32. */
  readonly seed: number;
  /** Pixels; 28 by default. */
  readonly height?: number;
  readonly width?: number;
  /** An even number; 2 by default. */
  readonly channels?: number;
}

const CLASSES = 10;
/** Weights are multiples of 1 / GRID. */
const GRID = 1024;
/** Threshold of the tent. */
const T = 240;

/**
 * The i-th 32-bit word of the stream `stream` of a seed: the words are addressed, not drawn, so the weights of a
 * layer do not depend on the depth. Mixing: the finalizer of MurmurHash3 (public domain, Austin Appleby), thrice.
 */
function word(seed: number, stream: number, i: number): number {
  const mix = (value: number): number => {
    let h = value | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return mix(mix(mix(seed + 0x9e3779b9) ^ stream) ^ (i + 1));
}

/** Uniform multiples of 1 / GRID in [low, high], in order of the calls. */
function drawer(seed: number, stream: number): (low: number, high: number) => number {
  let i = 0;
  return (low, high) => {
    const first = Math.ceil(low * GRID);
    const count = Math.floor(high * GRID) - first + 1;
    return (first + (word(seed, stream, i++) % count)) / GRID;
  };
}

const HEAD = 0xffff_fffe;
const READOUT = 0xffff_ffff;

/** Weights [channels, 1, 3, 3] and bias: the bright centre keeps contrast, 255 * (1.3 + 8 * 0.05) + 12 < 446. */
function head(seed: number, channels: number): readonly [Tensor, Tensor] {
  const draw = drawer(seed, HEAD);
  const weights = new Float64Array(channels * 9);
  const bias = new Float64Array(channels);
  for (let c = 0; c < channels; c += 2) {
    for (let t = 0; t < 9; t++) {
      weights[c * 9 + t] = t === 4 ? draw(1.2, 1.3) : draw(-0.05, 0.05);
      weights[(c + 1) * 9 + t] = weights[c * 9 + t]!;
    }
    bias[c] = draw(4, 12);
    bias[c + 1] = bias[c]! - T;
  }
  return [
    { shape: [channels, 1, 3, 3], data: weights },
    { shape: [channels], data: bias },
  ];
}

/** Weights [channels, channels, 3, 3] and bias of one block. A pair listens to the neighbours of the next pair. */
function block(seed: number, index: number, channels: number): readonly [Tensor, Tensor] {
  const draw = drawer(seed, index);
  const weights = new Float64Array(channels * channels * 9);
  const bias = new Float64Array(channels);
  for (let c = 0; c < channels; c += 2) {
    const next = (c + 2) % channels;
    const row = new Float64Array(channels * 9);
    for (let t = 0; t < 9; t++) {
      if (t === 4) continue;
      row[next * 9 + t] = draw(-0.005, 0.005);
      row[(next + 1) * 9 + t] = -draw(0.1, 0.3);
    }
    row[c * 9 + 4] = draw(1.75, 1.84);
    row[(c + 1) * 9 + 4] = -2;
    weights.set(row, c * channels * 9);
    weights.set(row, (c + 1) * channels * 9);
    bias[c] = draw(4, 12);
    bias[c + 1] = bias[c]! - T;
  }
  return [
    { shape: [channels, channels, 3, 3], data: weights },
    { shape: [channels], data: bias },
  ];
}

function readout(seed: number, features: number): readonly [Tensor, Tensor] {
  const draw = drawer(seed, READOUT);
  const weights = Float64Array.from({ length: CLASSES * features }, () => draw(-1 / 64, 1 / 64));
  const bias = Float64Array.from({ length: CLASSES }, () => draw(-1, 1));
  return [
    { shape: [CLASSES, features], data: weights },
    { shape: [CLASSES], data: bias },
  ];
}

function refuse(what: string, expected: string, got: number): never {
  throw new FoldError('E_USAGE', `The synthetic network's ${what} is out of range.`, { expected, got: `${got}` });
}

function checkSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) refuse('seed', 'an integer from 0 to 2^32 - 1', seed);
}

/**
 * The network as a graph: input "image" [1, 1, height, width] with pixels 0..255, output "logits" [1, 10].
 * @throws E_USAGE for options out of range
 */
export function syntheticNetwork(options: SyntheticOptions): Graph {
  const { layers, seed, height = 28, width = 28, channels = 2 } = options;
  checkSeed(seed);
  if (!Number.isInteger(layers) || layers < 3 || layers > 2 ** 20) refuse('number of layers', '3 to 2^20', layers);
  for (const side of [height, width])
    if (!Number.isInteger(side) || side < 3 || side > 1024) refuse('image side', '3 to 1024', side);
  if (!Number.isInteger(channels) || channels < 2 || channels > 64 || channels % 2 !== 0)
    refuse('number of channels', 'an even number from 2 to 64', channels);

  const constants = new Map<string, Tensor>();
  const nodes: GraphNode[] = [];
  const add = (name: string, op: string, inputs: string[], attributes: [string, AttributeValue][] = []): string => {
    nodes.push({ name, op, inputs, outputs: [name], attributes: new Map(attributes) });
    return name;
  };
  const parameters = (name: string, [weight, bias]: readonly [Tensor, Tensor]): [string, string] => {
    constants.set(`${name}.weight`, weight);
    constants.set(`${name}.bias`, bias);
    return [`${name}.weight`, `${name}.bias`];
  };
  let last = 'image';
  for (let i = 0; i < layers - 1; i++) {
    const name = i === 0 ? 'head' : `block${i - 1}`;
    const made = i === 0 ? head(seed, channels) : block(seed, i, channels);
    const conv = add(
      `${name}.conv`,
      'Conv',
      [last, ...parameters(name, made)],
      [
        ['kernel_shape', [3, 3]],
        ['pads', [1, 1, 1, 1]],
      ],
    );
    last = add(`${name}.floor`, 'Floor', [add(`${name}.relu`, 'Relu', [conv])]);
  }
  const flat = add('flat', 'Flatten', [last]);
  const dense = parameters('readout', readout(seed, channels * height * width));
  add('logits', 'Gemm', [flat, ...dense], [['transB', 1]]);
  return {
    name: 'synthetic',
    opset: 13,
    inputs: [{ name: 'image', shape: [1, 1, height, width] }],
    outputs: [{ name: 'logits', shape: [1, CLASSES] }],
    nodes,
    constants,
  };
}

/** A grey image [1, 1, height, width] with integer pixels 0..255: the brightest of five seeded cones at each pixel. */
export function syntheticInput(seed: number, height = 28, width = 28): Tensor {
  checkSeed(seed);
  const between = (i: number, low: number, high: number): number => low + (word(seed, 0, i) / 2 ** 32) * (high - low);
  const cones = [0, 1, 2, 3, 4].map((k) => ({
    y: between(4 * k, 0, height),
    x: between(4 * k + 1, 0, width),
    radius: between(4 * k + 2, 3, 12),
    peak: between(4 * k + 3, 100, 255),
  }));
  const data = Float64Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const values = cones.map((c) => c.peak * (1 - Math.sqrt((y - c.y) ** 2 + (x - c.x) ** 2) / c.radius));
    return Math.floor(Math.max(0, ...values));
  });
  return { shape: [1, 1, height, width], data };
}
