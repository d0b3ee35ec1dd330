/**
 * A WebAssembly module in a thread: its functions by name and its memory, which is this instance's own. It is made from an
 * image, compiled code and what memory starts with, so that the threads of a process can share what one of them assembled.
 */
import { invariant } from '../../errors.ts';
import { Arena } from './arena.ts';

/** Every function takes and returns 32-bit integers: addresses, counts, flags. */
export type WasmFunction = (...args: number[]) => number;

/** What an instance is made from. A copy by structured clone shares the code. */
export interface ModuleImage {
  readonly code: WebAssembly.Module;
  /** First content of the memory: constants, whose addresses the code has, and the heap pointer at address 0. */
  readonly memory: Uint8Array;
}

const PAGE_BYTES = 65536;

export class WasmModule {
  readonly arena: Arena;
  private readonly exports: Record<string, unknown>;

  constructor(exports: Record<string, unknown>, memory: WebAssembly.Memory) {
    this.exports = exports;
    this.arena = new Arena(memory);
  }

  /** An exported function by name. */
  fn(name: string): WasmFunction {
    const found = this.exports[name];
    invariant(typeof found === 'function', `the engine's module has no function ${name}`);
    return found as WasmFunction;
  }
}

export async function instantiate({ code, memory: content }: ModuleImage): Promise<WasmModule> {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(content.length / PAGE_BYTES) });
  new Uint8Array(memory.buffer).set(content);
  const { exports } = await WebAssembly.instantiate(code, { env: { memory } });
  return new WasmModule(exports, memory);
}
