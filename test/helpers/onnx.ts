/** Writes graphs as ONNX files, for round trips, for the reference runtime and for files that lie. */
import onnxProto from 'onnx-proto';
import type { AttributeValue, Graph, Tensor } from '../../src/ir/graph.ts';

const { onnx } = onnxProto;
export type IModelProto = onnxProto.onnx.IModelProto;
export type ITensorProto = onnxProto.onnx.ITensorProto;

export const encodeModel = (model: IModelProto): Uint8Array =>
  Uint8Array.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish());

/** Float32 raw data, or int64 for the second input of a Reshape. */
export function tensorProto(name: string, { shape, data }: Tensor, type: 'float' | 'int64' = 'float'): ITensorProto {
  const bytes =
    type === 'float' ? Float32Array.from(data) : BigInt64Array.from([...data].map((value) => BigInt(value)));
  return { name, dims: [...shape], dataType: type === 'float' ? 1 : 7, rawData: new Uint8Array(bytes.buffer) };
}

export const valueInfo = (name: string, dims: readonly (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});

function attribute(name: string, value: AttributeValue): object {
  if (typeof value === 'object' && 'data' in value) return { name, type: 4, t: tensorProto('', value) };
  if (name === 'value_floats') return { name, type: 6, floats: [...(value as readonly number[])] };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { name, type: 2, i: value } : { name, type: 1, f: value };
  return { name, type: 7, ints: [...(value as readonly number[])] };
}

/** `floats` names the attributes that ONNX declares as float (an integral value would be written as int). */
export function graphToModel(graph: Graph, floats: readonly string[] = ['alpha', 'beta', 'value_float']): IModelProto {
  const integers = new Set(graph.nodes.filter((node) => node.op === 'Reshape').map((node) => node.inputs[1]!));
  return {
    irVersion: 7,
    opsetImport: [{ domain: '', version: graph.opset }],
    graph: {
      name: graph.name,
      input: graph.inputs.map(({ name, shape }) => valueInfo(name, shape)),
      output: graph.outputs.map(({ name, shape }) => valueInfo(name, shape)),
      initializer: [...graph.constants].map(([name, t]) =>
        tensorProto(name, t, integers.has(name) ? 'int64' : 'float'),
      ),
      node: graph.nodes.map((node) => ({
        name: node.name,
        opType: node.op,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: [...node.attributes].map(([name, value]) =>
          floats.includes(name) ? { name, type: 1, f: value as number } : attribute(name, value),
        ),
      })),
    },
  };
}

export const writeOnnx = (graph: Graph): Uint8Array => encodeModel(graphToModel(graph));
