/**
 * Assembles and instantiates the engine's one WebAssembly module: fields Fr (`frm`) and Fq (`f1m`), curves G1 (`g1m`)
 * and Grumpkin (`gkm`) from the builders of wasmcurves, our sweeps on top. Names are wasmcurves' own where they exist;
 * `m` means Montgomery form. About 50 kB of code, made in 0.1 s.
 */
import { ModuleBuilder } from 'wasmbuilder';
import buildCurve from 'wasmcurves/src/build_curve_jacobian_a0.js';
import buildField from 'wasmcurves/src/build_f1m.js';
import { field } from '../field.ts';
import { type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../params.ts';
import { addBoxKernels } from './box-kernels.ts';
import { addCurveKernels } from './curve-kernels.ts';
import { addHypercubeKernels } from './hypercube-kernels.ts';
import { instantiate, type WasmModule } from './instance.ts';
import { addPoseidonKernels } from './poseidon-kernels.ts';
import { addRowKernels } from './row-kernels.ts';
import { addVectorKernels } from './vector-kernels.ts';

export const FR = 'frm';
export const FQ = 'f1m';
export const G1 = 'g1m';
export const GRUMPKIN = 'gkm';

const PAGE_BYTES = 65536;

export async function instantiateModule(): Promise<WasmModule> {
  const builder = new ModuleBuilder();
  for (const [prefix, modulus] of [
    [FR, R],
    [FQ, Q],
  ] as const) {
    buildField(builder, modulus, prefix);
    addVectorKernels(builder, prefix);
    addHypercubeKernels(builder, prefix);
    addRowKernels(builder, prefix);
    addBoxKernels(builder, prefix);
  }
  addPoseidonKernels(builder, FR);
  addCurve(builder, G1, FQ, G1_PARAMS);
  addCurve(builder, GRUMPKIN, FR, GRUMPKIN_PARAMS);

  builder.setMemory(Math.ceil(builder.free / PAGE_BYTES));
  // the code writes its constants itself
  return instantiate({ code: await WebAssembly.compile(builder.build()), memory: new Uint8Array(builder.free) });
}

function addCurve(builder: ModuleBuilder, prefix: string, base: string, params: CurveParams): void {
  const F = field(params.base);
  const montgomeryB = builder.alloc(F.toBytes(F.create(params.b << 256n)));
  buildCurve(builder, prefix, base, montgomeryB);
  addCurveKernels(builder, prefix, base);
}
