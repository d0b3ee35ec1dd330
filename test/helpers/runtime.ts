/** The independent twin of the float run: ONNX Runtime (WebAssembly build, one thread). */
import * as ort from 'onnxruntime-web';
import type { Graph, Tensor } from '../../src/ir/graph.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export interface RuntimeTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Runs ONNX bytes on the inputs; returns the outputs by name, in the shapes that they really have. */
export async function runtimeTensors(
  bytes: Uint8Array,
  graph: Pick<Graph, 'inputs'>,
  inputs: readonly Tensor[],
): Promise<Map<string, RuntimeTensor>> {
  const session = await ort.InferenceSession.create(bytes);
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, shape }, i) => [
        name,
        new ort.Tensor('float32', Float32Array.from(inputs[i]!.data), [...shape]),
      ]),
    );
    const results = await session.run(feeds);
    return new Map(
      Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
    );
  } finally {
    await session.release();
  }
}

/** The same without the shapes. */
export async function runRuntime(
  bytes: Uint8Array,
  graph: Pick<Graph, 'inputs'>,
  inputs: readonly Tensor[],
): Promise<Map<string, Float32Array>> {
  const tensors = await runtimeTensors(bytes, graph, inputs);
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}
