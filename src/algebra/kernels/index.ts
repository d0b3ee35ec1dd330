/** Makes the engine on our own kernels from nothing: whether this machine can run it, and its code assembled. */
import type { Engine } from '../engine.ts';
import { Assembler } from './assembler.ts';
import { i64x2, v128 } from './code.ts';
import { kernelEngine } from './engine.ts';
import { useFma } from './fma-choice.ts';
import { assembleKernels } from './module.ts';

/** Whether this machine's WebAssembly has the SIMD instructions that the kernels are made of. */
export function hasSimd(): boolean {
  const asm = new Assembler();
  asm.define('probe', 1, (_, at) => [v128.store(at.get, 0, i64x2.mulLow(v128.load(at.get), v128.load(at.get)))]);
  return WebAssembly.validate(asm.build());
}

/** Assembles the module and makes the engine on it. Needs WebAssembly SIMD; `fma`: sums of points by fused multiply-add. */
export async function createKernelEngine(fma?: boolean): Promise<Engine> {
  return kernelEngine({ module: await assembleKernels(fma ?? (await useFma())), poseidon: new Map() });
}
