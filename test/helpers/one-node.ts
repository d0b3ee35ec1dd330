/** One ONNX node, run as its expansion in doubles and by ONNX Runtime. */
import * as ort from 'onnxruntime-web';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { Shape } from '../../src/tensor/graph.ts';
import { type NodeCase, nodeGraph } from './node-graph.ts';
import { nodeModel, typedArray } from './node-model.ts';

export { type Attribute, type ElementType, type Feed, type NodeCase, nodeGraph } from './node-graph.ts';

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

/** The node's outputs by ONNX Runtime. */
export async function runReference(spec: NodeCase): Promise<Result[]> {
  const { bytes, outputs, given } = nodeModel(spec);
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
