/** One ONNX node as a model file. */
import type { Shape } from '../../src/tensor/graph.ts';
import { type Attribute, type Feed, type NodeCase, opsetOf, TYPES } from './node-graph.ts';
import { encodeModel, type IModelProto } from './onnx.ts';

const valueInfo = (name: string, type: number, dims: Shape) => ({
  name,
  type: { tensorType: { elemType: type, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

function attributeProto(name: string, value: Attribute): object {
  if ('i' in value) return { name, type: 2, i: value.i };
  if ('f' in value) return { name, type: 1, f: value.f };
  if ('s' in value) return { name, type: 3, s: new TextEncoder().encode(value.s) };
  if ('ints' in value) return { name, type: 7, ints: [...value.ints] };
  if ('floats' in value) return { name, type: 6, floats: [...value.floats] };
  return { name, type: 8, strings: value.strings.map((s) => new TextEncoder().encode(s)) };
}

export function typedArray({ type, data }: Feed): Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array {
  if (type === 'int64') return BigInt64Array.from(data, BigInt);
  return TYPES[type][1].from(data as number[]) as Float32Array;
}

export interface NodeModel {
  readonly bytes: Uint8Array;
  readonly outputs: readonly string[];
  /** The inputs that are there, by name. */
  readonly given: readonly { readonly name: string; readonly feed: Feed }[];
}

export function nodeModel(spec: NodeCase): NodeModel {
  const names = spec.inputs.map((feed, i) => (feed === undefined ? '' : `x${i}`));
  const outputs = Array.from({ length: spec.outputs ?? 1 }, (_, i) => `y${i}`);
  const given = spec.inputs.flatMap((feed, i) => (feed ? [{ name: names[i]!, feed }] : []));
  const constants = given.filter(({ feed }) => feed.constant);
  const model = {
    irVersion: 8,
    opsetImport: [
      { domain: '', version: spec.domain ? 18 : opsetOf(spec) },
      ...(spec.domain ? [{ domain: spec.domain, version: opsetOf(spec) }] : []),
    ],
    graph: {
      name: 'one',
      input: given
        .filter(({ feed }) => !feed.constant)
        .map(({ name, feed }) => valueInfo(name, TYPES[feed.type][0], feed.shape)),
      output: outputs.map((name) => ({ name })),
      initializer: constants.map(({ name, feed }) => ({
        name,
        dims: [...feed.shape],
        dataType: TYPES[feed.type][0],
        rawData: new Uint8Array(typedArray(feed).buffer),
      })),
      node: [
        {
          name: 'node',
          opType: spec.op,
          domain: spec.domain ?? '',
          input: names,
          output: outputs,
          attribute: Object.entries(spec.attributes ?? {}).map(([name, value]) => attributeProto(name, value)),
        },
      ],
    },
  };
  return { bytes: encodeModel(model as IModelProto), outputs, given };
}
