/** The independent twin of the float run: ONNX Runtime (WebAssembly build, one thread). */
import * as ort from 'onnxruntime-web';
import type { Graph, Tensor } from '../../src/ir/graph.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Runs ONNX bytes on the inputs; returns the outputs by name. */
export async function runRuntime(
  bytes: Uint8Array,
  graph: Pick<Graph, 'inputs'>,
  inputs: readonly Tensor[],
): Promise<Map<string, Float32Array>> {
  const session = await ort.InferenceSession.create(bytes);
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }, i) => [
      name,
      new ort.Tensor('float32', Float32Array.from(inputs[i]!.data), [...shape]),
    ]),
  );
  const results = await session.run(feeds);
  await session.release();
  return new Map(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]));
}
