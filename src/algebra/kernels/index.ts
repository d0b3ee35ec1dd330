/**
 * The engine on our own kernels. Internal form: Montgomery with factor 2^261, little-endian, canonical. One instance per
 * thread; its memory is its own, inputs are copied in and results out.
 */
import type { Engine } from '../engine.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../params.ts';
import { WasmField } from '../wasm/fields.ts';
import { WasmPoseidon } from '../wasm/poseidon.ts';
import { Assembler } from './assembler.ts';
import { i64x2, v128 } from './code.ts';
import { KernelCurve } from './curves.ts';
import { useFma } from './fma-choice.ts';
import { FQ, FR, G1, GRUMPKIN, instantiateKernels } from './module.ts';

/** Whether this machine's WebAssembly has the SIMD instructions that the kernels are made of. */
export function hasSimd(): boolean {
  const asm = new Assembler();
  asm.define('probe', 1, (_, at) => [v128.store(at.get, 0, i64x2.mulLow(v128.load(at.get), v128.load(at.get)))]);
  return WebAssembly.validate(asm.build());
}

/**
 * Builds the module (about 0.05 s) and the engine on it. Needs WebAssembly SIMD; `fma`: sums of points by fused multiply-add.
 */
export async function createKernelEngine(fma?: boolean): Promise<Engine> {
  const module = await instantiateKernels(fma ?? (await useFma()));
  const fr = new WasmField(module, FR, R);
  const fq = new WasmField(module, FQ, Q);
  return {
    name: 'kernels',
    fr,
    fq,
    g1: new KernelCurve(module, G1, G1_PARAMS, fq, fr),
    grumpkin: new KernelCurve(module, GRUMPKIN, GRUMPKIN_PARAMS, fr, fq),
    poseidon: new WasmPoseidon(module, fr),
  };
}
