/** Small ONNX networks that are no chain of equal layers, for the tensor machine. */
import { encodeModel, type IModelProto, tensorProto, valueInfo } from './onnx.ts';

const INT64 = 7;

/** Weights of about 1 / fan-in that look like none in particular. */
function weights(name: string, ...shape: number[]) {
  const fan = shape.slice(1).reduce((p, d) => p * d, 1);
  const data = Float64Array.from(
    { length: shape.reduce((p, d) => p * d, 1) },
    (_, i) => Math.sin(i * 2.7 + shape.length) / Math.sqrt(fan),
  );
  return tensorProto(name, { shape, data });
}

const ints = (name: string, values: number[]) => ({ name, type: 7, ints: values });
const int = (name: string, i: number) => ({ name, type: 2, i });
const node = (opType: string, input: string[], output: string, attribute: object[] = []) => ({
  ...{ name: `${opType} ${output}`, opType, input, output: [output], attribute },
});

function model(
  graph: Pick<NonNullable<IModelProto['graph']>, 'input' | 'output' | 'initializer' | 'node'>,
): Uint8Array {
  return encodeModel({ irVersion: 7, opsetImport: [{ domain: '', version: 13 }], graph: { name: 'small', ...graph } });
}

export interface SmallNetwork {
  readonly name: string;
  readonly onnx: Uint8Array;
  /** As input.json has it. */
  readonly input: readonly (readonly number[])[];
}

const wave = (n: number, phase = 0): number[] => Array.from({ length: n }, (_, i) => Math.cos(i + phase));

function integerInput(name: string, dims: number[]) {
  const info = valueInfo(name, dims);
  info.type.tensorType.elemType = INT64;
  return info;
}

export const SMALL_NETWORKS: readonly SmallNetwork[] = [
  {
    name: 'an MLP of odd widths',
    input: [wave(13)],
    onnx: model({
      input: [valueInfo('x', [1, 13])],
      output: [valueInfo('y', [1, 3])],
      initializer: [weights('w0', 13, 19), weights('b0', 19), weights('w1', 19, 3), weights('b1', 3)],
      node: [node('Gemm', ['x', 'w0', 'b0'], 'a'), node('Sigmoid', ['a'], 'h'), node('Gemm', ['h', 'w1', 'b1'], 'y')],
    }),
  },
  {
    name: 'a CNN with stride and pooling',
    input: [wave(2 * 9 * 9)],
    onnx: model({
      input: [valueInfo('x', [1, 2, 9, 9])],
      output: [valueInfo('y', [1, 5])],
      initializer: [weights('w0', 3, 2, 3, 3), weights('b0', 3), weights('w1', 12, 5)],
      node: [
        node('Conv', ['x', 'w0', 'b0'], 'a', [ints('strides', [2, 2]), ints('pads', [1, 1, 1, 1])]),
        node('Relu', ['a'], 'h'),
        node('MaxPool', ['h'], 'p', [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]),
        node('Flatten', ['p'], 'f'),
        node('MatMul', ['f', 'w1'], 'y'),
      ],
    }),
  },
  {
    name: 'a residual with a concatenation',
    input: [wave(10)],
    onnx: model({
      input: [valueInfo('x', [1, 10])],
      output: [valueInfo('y', [1, 4])],
      initializer: [weights('w0', 10, 10), weights('w1', 20, 4)],
      node: [
        node('MatMul', ['x', 'w0'], 'a'),
        node('Relu', ['a'], 'h'),
        node('Add', ['h', 'x'], 's'),
        node('Concat', ['s', 'x'], 'c', [int('axis', 1)]),
        node('MatMul', ['c', 'w1'], 'y'),
      ],
    }),
  },
  {
    name: 'two inputs and two outputs',
    input: [wave(6), wave(6, 2)],
    onnx: model({
      input: [valueInfo('x', [2, 3]), valueInfo('z', [2, 3])],
      output: [valueInfo('product', [2, 3]), valueInfo('sum', [2])],
      initializer: [tensorProto('axes', { shape: [1], data: Float64Array.of(1) }, 'int64')],
      node: [node('Mul', ['x', 'z'], 'product'), node('ReduceSum', ['product', 'axes'], 'sum', [int('keepdims', 0)])],
    }),
  },
  {
    name: 'an embedding of token ids',
    input: [[4, 0, 10, 7]],
    onnx: model({
      input: [integerInput('ids', [1, 4])],
      output: [valueInfo('y', [1, 4, 3])],
      initializer: [weights('table', 11, 6), weights('w', 6, 3)],
      node: [node('Gather', ['table', 'ids'], 'e'), node('Tanh', ['e'], 'h'), node('MatMul', ['h', 'w'], 'y')],
    }),
  },
];
