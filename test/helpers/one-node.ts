/** One ONNX node, run as its expansion in doubles and by ONNX Runtime. */
import onnxProto from 'onnx-proto';
import * as ort from 'onnxruntime-web';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { Shape } from '../../src/tensor/graph.ts';
import { type Attribute, type Feed, type NodeCase, nodeGraph, opsetOf, TYPES } from './node-graph.ts';

export { type Attribute, type ElementType, type Feed, type NodeCase, nodeGraph } from './node-graph.ts';

const { onnx } = onnxProto;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export interface Result {
  readonly shape: Shape;
  readonly data: readonly number[];
}

/** The node's outputs as the tensor graph computes them, and the operations that it took. */
export function runExpansion(spec: NodeCase): { readonly results: Result[]; readonly operations: readonly string[] } {
  const { graph, feeds } = nodeGraph(spec);
  const results = evaluate(graph, feeds).map((data, i) => ({ shape: graph.outputs[i]!.value.shape, data: [...data] }));
  return { results, operations: graph.operations.map(({ operation }) => operation.op).filter((op) => op !== 'input') };
}

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

function typedArray({ type, data }: Feed): Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array {
  if (type === 'int64') return BigInt64Array.from(data, BigInt);
  return TYPES[type][1].from(data as number[]) as Float32Array;
}

/** The node's outputs by ONNX Runtime. */
export async function runReference(spec: NodeCase): Promise<Result[]> {
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
  const bytes = onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish();
  const session = await ort.InferenceSession.create(Uint8Array.from(bytes));
  try {
    const feeds = given
      .filter(({ feed }) => !feed.constant)
      .map(({ name, feed }) => [name, new ort.Tensor(feed.type, typedArray(feed) as Uint8Array, [...feed.shape])]);
    const results = await session.run(Object.fromEntries(feeds));
    return outputs.map((name) => ({
      shape: results[name]!.dims,
      data: Array.from(results[name]!.data as Iterable<number | bigint>, Number),
    }));
  } finally {
    await session.release();
  }
}

/** The first place where two results differ by more than a part of the largest number, or undefined. */
export function difference(ours: Result, theirs: Result, tolerance = 1e-5): string | undefined {
  if (ours.shape.join() !== theirs.shape.join()) return `shape [${ours.shape}] instead of [${theirs.shape}]`;
  const size = Math.max(1, ...theirs.data.map(Math.abs).filter(Number.isFinite));
  const at = theirs.data.findIndex(
    (value, i) => !(Object.is(ours.data[i], value) || Math.abs(ours.data[i]! - value) <= tolerance * size),
  );
  return at < 0 ? undefined : `${ours.data[at]} instead of ${theirs.data[at]} at ${at}`;
}

/** Runs both and says where they differ. */
export async function compare(spec: NodeCase, tolerance?: number): Promise<string | undefined> {
  const theirs = await runReference(spec);
  const { results } = runExpansion(spec);
  return theirs.map((result, i) => difference(results[i]!, result, tolerance)).find((found) => found !== undefined);
}
