/**
 * What the networks are made of. A network is written once, over these layers; its values are rows of a tape while it is trained
 * (tape-layers.ts) and tensors of a file when it is written (onnx-layers.ts).
 */
import { invariant } from '../../src/errors.ts';
import { seeded } from '../../test/helpers/chains.ts';
import { type Numbers, zeros } from './tape.ts';

/** A value of one sample: an image [channels, height, width], tokens [tokens, width] or a vector [width]. */
export interface Shaped {
  readonly shape: readonly number[];
}

export interface Convolution {
  readonly channels: number;
  /** Odd kernels keep the size of the image, even ones have no pads. */
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

export interface Layers<V extends Shaped> {
  conv(name: string, x: V, convolution: Convolution): V;
  /** A matrix and a bias, on the last axis. */
  dense(name: string, x: V, width: number): V;
  /** Layer normalization of the last axis, with factors. */
  norm(name: string, x: V): V;
  /** A learned vector for each token, added. */
  places(name: string, x: V): V;
  /** Softmax attention of several heads, from queries, keys and values. */
  attention(queries: V, keys: V, values: V, heads: number): V;
  relu(x: V): V;
  relu6(x: V): V;
  gelu(x: V): V;
  add(x: V, y: V): V;
  /** An image as tokens, one for each place. */
  tokens(x: V): V;
  /** Over the places of an image or the tokens. */
  mean(x: V): V;
}

export type Network = <V extends Shaped>(layers: Layers<V>, image: V) => V;

export const NORM_EPSILON = 1e-5;
export const IMAGE = [1, 8, 8] as const;

export const product = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** Height and width of a convolution's result, and its pads. */
export function convolved(
  [, height, width]: readonly number[],
  { channels, kernel, stride = 1 }: Convolution,
): { readonly shape: [number, number, number]; readonly pad: number } {
  const pad = kernel % 2 === 0 ? 0 : (kernel - 1) / 2;
  const size = (from: number): number => Math.floor((from + 2 * pad - kernel) / stride) + 1;
  return { shape: [channels, size(height!), size(width!)], pad };
}

/** The weights of a network by their names. */
export class Parameters {
  readonly #all = new Map<string, Numbers>();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** New ones, random between +-size around a middle. */
  make(name: string, shape: readonly number[], size: number, middle = 0): Numbers {
    invariant(!this.#all.has(name), `"${name}" is the name of other weights`);
    const made = zeros(product(shape));
    made.value.forEach((_, i) => {
      made.value[i] = middle + size * (2 * this.#random() - 1);
    });
    this.#all.set(name, made);
    return made;
  }

  values(name: string, shape: readonly number[]): Float64Array {
    const found = this.#all.get(name)?.value;
    invariant(found?.length === product(shape), `"${name}" is of another shape`);
    return found;
  }

  all(): Numbers[] {
    return [...this.#all.values()];
  }
}

/** Of uniform weights that keep the size of what goes through them and a Relu. */
export const weightSize = (inputs: number): number => Math.sqrt(6 / inputs);
