/** The engine of this thread. Everything above asks here and never names an engine. */
import type { Engine, EngineImage } from './engine.ts';
import { kernelEngine } from './kernels/engine.ts';

let engine: Promise<Engine> | undefined;

/**
 * Made at the first call, then shared by all of the thread. Our own kernels; the slower engine on wasmcurves where the
 * processor has no WebAssembly SIMD (x86 before SSE4.1, some emulators): all threads of a run then choose alike.
 * @param image of the engine of the thread that started this one
 */
export function createEngine(image?: EngineImage): Promise<Engine> {
  engine ??= image ? kernelEngine(image) : chooseEngine();
  return engine;
}

/** What assembles an engine is loaded when it is chosen: a thread that was given an image needs neither. */
export async function chooseEngine(simd?: boolean): Promise<Engine> {
  const { createKernelEngine, hasSimd } = await import('./kernels/index.ts');
  if (simd ?? hasSimd()) return createKernelEngine();
  const { createWasmEngine } = await import('./wasm/index.ts');
  return createWasmEngine();
}
