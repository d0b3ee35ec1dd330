/**
 * The first engine: WebAssembly assembled from wasmcurves' builders and our own sweeps. Internal form: Montgomery with
 * factor 2^256, little-endian. One instance per thread; its memory is its own, inputs are copied in and results out.
 */
import type { Engine } from '../engine.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../params.ts';
import { WasmCurve } from './curves.ts';
import { WasmField } from './fields.ts';
import { FQ, FR, G1, GRUMPKIN, instantiateModule } from './module.ts';
import { WasmPoseidon } from './poseidon.ts';

/** Builds the module (about 0.1 s) and the engine on it. */
export async function createWasmEngine(): Promise<Engine> {
  const module = await instantiateModule();
  const fr = new WasmField(module, FR, R);
  const fq = new WasmField(module, FQ, Q);
  return {
    name: 'wasmcurves',
    fr,
    fq,
    g1: new WasmCurve(module, G1, G1_PARAMS, fq, fr),
    grumpkin: new WasmCurve(module, GRUMPKIN, GRUMPKIN_PARAMS, fr, fq),
    poseidon: new WasmPoseidon(module, fr, new Map()),
  };
}
