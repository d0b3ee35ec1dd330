/**
 * The engine on our own kernels, from an image of their module. Internal form: Montgomery with factor 2^261, little-endian,
 * canonical. One instance per thread; its memory is its own, inputs are copied in and results out.
 *
 * Nothing here assembles: the threads of a pool load only this and what it imports, and start with the image that the main
 * thread's engine carries.
 */
import type { Engine, EngineImage } from '../engine.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../params.ts';
import { KernelCurve } from './curves.ts';
import { WasmField } from './fields.ts';
import { instantiate } from './instance.ts';
import { WasmPoseidon } from './poseidon.ts';

/** What the names of a part's functions begin with. */
export const FR = 'fr';
export const FQ = 'fq';
export const G1 = 'g1';
export const GRUMPKIN = 'gk';

/** Poseidon's tables that the engine makes join those of the image. */
export async function kernelEngine(image: EngineImage): Promise<Engine> {
  const module = await instantiate(image.module);
  const fr = new WasmField(module, FR, R);
  const fq = new WasmField(module, FQ, Q);
  return {
    name: 'kernels',
    fr,
    fq,
    g1: new KernelCurve(module, G1, G1_PARAMS, fq, fr),
    grumpkin: new KernelCurve(module, GRUMPKIN, GRUMPKIN_PARAMS, fr, fq),
    poseidon: new WasmPoseidon(module, fr, image.poseidon),
    image,
  };
}
