/** The engine of this thread. Everything above asks here and never names an engine. */
import type { Engine } from './engine.ts';
import { createKernelEngine, hasSimd } from './kernels/index.ts';
import { createWasmEngine } from './wasm/index.ts';

let engine: Promise<Engine> | undefined;

/**
 * Made at the first call, then shared by all of the thread. Our own kernels; the slower engine on wasmcurves where the
 * processor has no WebAssembly SIMD (x86 before SSE4.1, some emulators): all threads of a run then choose alike.
 */
export function createEngine(): Promise<Engine> {
  engine ??= chooseEngine(hasSimd());
  return engine;
}

export function chooseEngine(simd: boolean): Promise<Engine> {
  return simd ? createKernelEngine() : createWasmEngine();
}
