/** Makes the engine from nothing: whether this machine can run it, and its code assembled. */
import { FoldError } from '../../errors.ts';
import type { Engine } from '../engine.ts';
import { kernelEngine } from '../module/engine.ts';
import { assembleKernels } from './assemble.ts';
import { Assembler } from './assembly/assembler.ts';
import { i64x2, v128 } from './assembly/code.ts';
import { useFma } from './field/fma-choice.ts';

/** Whether this machine's WebAssembly has the SIMD instructions that the kernels are made of. */
export function hasSimd(): boolean {
  const asm = new Assembler();
  asm.define('probe', 1, (_, at) => [v128.store(at.get, 0, i64x2.mulLow(v128.load(at.get), v128.load(at.get)))]);
  return WebAssembly.validate(asm.build());
}

/**
 * Assembles the module and makes the engine on it.
 * @param fma sums of points by fused multiply-add
 * @throws E_UNSUPPORTED without WebAssembly SIMD
 */
export async function createKernelEngine(fma?: boolean): Promise<Engine> {
  if (!hasSimd())
    throw new FoldError('E_UNSUPPORTED', 'This processor cannot run the arithmetic kernels.', {
      expected: 'WebAssembly SIMD: SSE4.1 on x86, NEON on ARM',
      got: `none on ${globalThis.process?.arch ?? 'this browser'}`,
      hint: 'another machine, or an emulator that passes SSE4.1 on',
    });
  return kernelEngine({ module: await assembleKernels(fma ?? (await useFma())), poseidon: new Map() });
}
