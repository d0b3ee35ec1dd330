/** The layers as nodes of an ONNX file, with the weights as they are. */
import { float, int, ints, NetworkWriter, type WrittenNetwork } from '../../bench/networks/writer.ts';
import {
  type Convolution,
  convolved,
  IMAGE,
  type Layers,
  type Network,
  NORM_EPSILON,
  type Parameters,
  product,
  type Shaped,
} from './layers.ts';

/** A tensor of the file; its shape there has a batch of 1 in front. */
interface FileValue extends Shaped {
  readonly name: string;
}

class OnnxLayers implements Layers<FileValue> {
  constructor(
    private readonly file: NetworkWriter,
    private readonly parameters: Parameters,
  ) {}

  conv(name: string, x: FileValue, convolution: Convolution): FileValue {
    const { channels, kernel, stride = 1, groups = 1 } = convolution;
    const { shape, pad } = convolved(x.shape, convolution);
    const weights = this.#weights(`${name}.weight`, [channels, x.shape[0]! / groups, kernel, kernel]);
    const output = this.file.node(
      'Conv',
      [x.name, weights, this.#weights(`${name}.bias`, [channels])],
      [
        ...[ints('dilations', 1, 1), int('group', groups), ints('kernel_shape', kernel, kernel)],
        ...[ints('pads', pad, pad, pad, pad), ints('strides', stride, stride)],
      ],
    );
    return { shape, name: output };
  }

  dense(name: string, x: FileValue, width: number): FileValue {
    const shape = [...x.shape.slice(0, -1), width];
    const bias = this.#weights(`${name}.bias`, [width]);
    const [weight, dims] = [`${name}.weight`, [width, x.shape.at(-1)!]] as const;
    if (x.shape.length === 1)
      return { shape, name: this.file.node('Gemm', [x.name, this.#weights(weight, dims), bias], [int('transB', 1)]) };
    const sum = this.file.node('MatMul', [x.name, this.#transposed(weight, dims)]);
    return { shape, name: this.file.node('Add', [sum, bias]) };
  }

  norm(name: string, { shape, name: x }: FileValue): FileValue {
    const [weight, bias] = ['weight', 'bias'].map((part) => this.#weights(`${name}.${part}`, [shape.at(-1)!]));
    const attributes = [int('axis', -1), float('epsilon', NORM_EPSILON)];
    return { shape, name: this.file.node('LayerNormalization', [x, weight!, bias!], attributes) };
  }

  places(name: string, { shape, name: x }: FileValue): FileValue {
    return { shape, name: this.file.node('Add', [x, this.#weights(name, [1, ...shape])]) };
  }

  attention(queries: FileValue, keys: FileValue, values: FileValue, heads: number): FileValue {
    const { shape } = queries;
    const [tokens, width] = shape as [number, number];
    const size = width / heads;
    const split = ({ name }: FileValue, ...perm: number[]): string => {
      const shaped = this.file.node('Reshape', [name, this.file.integers(1, tokens, heads, size)]);
      return this.file.node('Transpose', [shaped], [ints('perm', ...perm)]);
    };
    const scores = this.file.node('MatMul', [split(queries, 0, 2, 1, 3), split(keys, 0, 2, 3, 1)]);
    const scaled = this.file.node('Div', [scores, this.file.scalar(Math.sqrt(size))]);
    const weights = this.file.node('Softmax', [scaled], [int('axis', -1)]);
    const mixed = this.file.node('MatMul', [weights, split(values, 0, 2, 1, 3)]);
    const rows = this.file.node('Transpose', [mixed], [ints('perm', 0, 2, 1, 3)]);
    return { shape, name: this.file.node('Reshape', [rows, this.file.integers(1, tokens, width)]) };
  }

  relu({ shape, name }: FileValue): FileValue {
    return { shape, name: this.file.node('Relu', [name]) };
  }

  relu6({ shape, name }: FileValue): FileValue {
    return { shape, name: this.file.node('Clip', [name, this.file.scalar(0), this.file.scalar(6)]) };
  }

  gelu({ shape, name }: FileValue): FileValue {
    const erf = this.file.node('Erf', [this.file.node('Div', [name, this.file.scalar(Math.SQRT2)])]);
    const doubled = this.file.node('Mul', [name, this.file.node('Add', [erf, this.file.scalar(1)])]);
    return { shape, name: this.file.node('Mul', [doubled, this.file.scalar(0.5)]) };
  }

  add({ shape, name }: FileValue, other: FileValue): FileValue {
    return { shape, name: this.file.node('Add', [name, other.name]) };
  }

  tokens({ shape: [channels, ...area], name }: FileValue): FileValue {
    const places = product(area);
    const flat = this.file.node('Reshape', [name, this.file.integers(1, channels!, places)]);
    return { shape: [places, channels!], name: this.file.node('Transpose', [flat], [ints('perm', 0, 2, 1)]) };
  }

  mean({ shape, name }: FileValue): FileValue {
    if (shape.length === 2)
      return { shape: [shape[1]!], name: this.file.node('ReduceMean', [name], [ints('axes', 1), int('keepdims', 0)]) };
    const mean = this.file.node('GlobalAveragePool', [name]);
    return { shape: [shape[0]!], name: this.file.node('Flatten', [mean], [int('axis', 1)]) };
  }

  #weights(name: string, dims: readonly number[]): string {
    const values = this.parameters.values(name, dims);
    return this.file.numbers(name, dims, (i) => values[i]!);
  }

  #transposed(name: string, [rows, columns]: readonly [number, number]): string {
    const values = this.parameters.values(name, [rows, columns]);
    return this.file.numbers(name, [columns, rows], (i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  }
}

/** A network that reads an image, as a file. */
export function writeNetwork(name: string, network: Network, parameters: Parameters): WrittenNetwork {
  const file = new NetworkWriter(name, [1, ...IMAGE], 'layerfold');
  const output = network(new OnnxLayers(file, parameters), { shape: IMAGE, name: 'input' });
  return file.finish(output.name, [1, ...output.shape]);
}
