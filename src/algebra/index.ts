/** The engine of this thread. Everything above asks here and never names an engine. */
import type { Engine } from './engine.ts';
import { createWasmEngine } from './wasm/index.ts';

let engine: Promise<Engine> | undefined;

/** Made at the first call, then shared by all of the thread. */
export function createEngine(): Promise<Engine> {
  engine ??= createWasmEngine();
  return engine;
}
