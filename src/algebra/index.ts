/** The engine of this thread. Everything above asks here and never names an engine. */
import type { Engine, EngineImage } from './engine.ts';
import { kernelEngine } from './module/engine.ts';

let engine: Promise<Engine> | undefined;

/**
 * Made at the first call, then shared by all of the thread.
 * @param image of the engine of the thread that started this one: a thread with one does not load what assembles
 * @throws E_UNSUPPORTED on a processor without WebAssembly SIMD (x86 before SSE4.1, some emulators)
 */
export function createEngine(image?: EngineImage): Promise<Engine> {
  engine ??= image ? kernelEngine(image) : import('./kernels/index.ts').then((kernels) => kernels.createKernelEngine());
  return engine;
}
