/**
 * Writes networks as PyTorch's exporter does: names of modules in a path, initializers behind the nodes that read them, batch normalization
 * folded into convolutions, opset 17. Weights are given, or random from a seed, of the size that keeps activations of equal size from layer to layer.
 */
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

const FLOAT = 1;
const INT64 = 7;

/** Numbers in [0, 1), the same for the same seed (mulberry32, public domain). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
const typed = (name: string, dims: readonly number[]) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

export type Attribute = object;
export const int = (name: string, i: number): Attribute => ({ name, type: 2, i });
export const float = (name: string, f: number): Attribute => ({ name, type: 1, f });
export const ints = (name: string, ...values: number[]): Attribute => ({ name, type: 7, ints: values });

export interface WrittenNetwork {
  readonly bytes: Uint8Array;
  readonly inputShape: readonly number[];
  /** Of about the size that the network is for. */
  readonly input: Float64Array;
}

export class NetworkWriter {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #random: () => number;
  #next = 0;

  constructor(
    private readonly name: string,
    private readonly inputShape: readonly number[],
    private readonly producer = 'pytorch',
  ) {
    this.#random = uniform(1);
  }

  /** @returns its output */
  node(op: string, inputs: readonly string[], attribute: readonly Attribute[] = [], outputs = 1): string {
    const number = this.#next++;
    const output = Array.from({ length: outputs }, (_, i) => `/${op}_${number}_output_${i}`);
    this.#nodes.push({ name: `/${op}_${number}`, opType: op, input: [...inputs], output, attribute: [...attribute] });
    return output[0]!;
  }

  /** Weights between +-size. */
  weights(name: string, dims: readonly number[], size: number): string {
    const data = Float32Array.from({ length: count(dims) }, () => size * (2 * this.#random() - 1));
    return this.#initializer(name, dims, FLOAT, data);
  }

  numbers(name: string, dims: readonly number[], value: (i: number) => number): string {
    return this.#initializer(
      name,
      dims,
      FLOAT,
      Float32Array.from({ length: count(dims) }, (_, i) => value(i)),
    );
  }

  /** A constant in a node of its own. */
  integers(...values: number[]): string {
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.node(
      'Constant',
      [],
      [{ name: 'value', type: 4, t: { dims: [values.length], dataType: INT64, rawData } }],
    );
  }

  scalar(value: number): string {
    const rawData = new Uint8Array(Float32Array.of(value).buffer);
    return this.node('Constant', [], [{ name: 'value', type: 4, t: { dims: [], dataType: FLOAT, rawData } }]);
  }

  conv(
    x: string,
    [from, to]: readonly [number, number],
    kernel: number,
    { stride = 1, group = 1, gain = 2 } = {},
  ): string {
    const name = `onnx::Conv_${this.#next}`;
    const inside = (from / group) * kernel * kernel;
    const w = this.weights(`${name}_w`, [to, from / group, kernel, kernel], Math.sqrt((3 * gain) / inside));
    const pad = (kernel - 1) / 2;
    return this.node(
      'Conv',
      [x, w, this.weights(`${name}_b`, [to], 0.1)],
      [
        ...[ints('dilations', 1, 1), int('group', group), ints('kernel_shape', kernel, kernel)],
        ...[ints('pads', pad, pad, pad, pad), ints('strides', stride, stride)],
      ],
    );
  }

  /** A Linear of two dimensions. */
  gemm(x: string, from: number, to: number, gain = 2): string {
    const name = `linear_${this.#next}`;
    const w = this.weights(`${name}.weight`, [to, from], Math.sqrt((3 * gain) / from));
    return this.node(
      'Gemm',
      [x, w, this.weights(`${name}.bias`, [to], 0.1)],
      [float('alpha', 1), float('beta', 1), int('transB', 1)],
    );
  }

  /** A Linear of more dimensions. */
  matmul(x: string, from: number, to: number): string {
    const name = `onnx::MatMul_${this.#next}`;
    const product = this.node('MatMul', [x, this.weights(name, [from, to], Math.sqrt(3 / from))]);
    return this.node('Add', [this.weights(`${name}.bias`, [to], 0.1), product]);
  }

  finish(output: string, outputShape: readonly number[]): WrittenNetwork {
    const model = {
      irVersion: 8,
      producerName: this.producer,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: this.name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: [typed('input', this.inputShape)],
        output: [typed(output, outputShape)],
      },
    };
    const bytes = Uint8Array.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish());
    const input = Float64Array.from({ length: count(this.inputShape) }, () => Math.fround(2 * this.#random() - 1));
    return { bytes, inputShape: this.inputShape, input };
  }

  #initializer(name: string, dims: readonly number[], dataType: number, data: Float32Array): string {
    this.#initializers.push({ name, dims: [...dims], dataType, rawData: new Uint8Array(data.buffer) });
    return name;
  }
}
