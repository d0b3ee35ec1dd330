/**
 * The WebAssembly module of a prover's or set-up's thread: Fr with Fourier transforms and sums of entries, G1, and G2 over
 * Fq2. It is apart from the engine's, whose threads need none of that; the kernels are the same.
 */
import type { Vec } from '../../../algebra/engine.ts';
import { imageOf, primeAdditions } from '../../../algebra/kernels/assemble.ts';
import { Assembler } from '../../../algebra/kernels/assembly/assembler.ts';
import { additionsOnPairs } from '../../../algebra/kernels/curve/addition-batch.ts';
import { addCurvePoints } from '../../../algebra/kernels/curve/curve-points.ts';
import { addCurveShifts } from '../../../algebra/kernels/curve/curve-shifts.ts';
import { addCurveSums } from '../../../algebra/kernels/curve/curve-sums.ts';
import { addDigitSort } from '../../../algebra/kernels/curve/digit-sort.ts';
import { addScalarSplit, ENDOMORPHISMS } from '../../../algebra/kernels/curve/glv.ts';
import { useFma } from '../../../algebra/kernels/field/fma-choice.ts';
import { addBatchInverse, addPairInverse } from '../../../algebra/kernels/field/inversion.ts';
import { PackedField } from '../../../algebra/kernels/field/packed-field.ts';
import { PairField } from '../../../algebra/kernels/field/pair-field.ts';
import { QuadraticField } from '../../../algebra/kernels/field/quadratic-field.ts';
import { addFourierKernels } from '../../../algebra/kernels/sweeps/fourier.ts';
import { addVectorKernels } from '../../../algebra/kernels/sweeps/vectors.ts';
import { KernelCurve } from '../../../algebra/module/curves.ts';
import { FQ, FR, G1 } from '../../../algebra/module/engine.ts';
import { WasmField } from '../../../algebra/module/fields.ts';
import { instantiate, type WasmModule } from '../../../algebra/module/instance.ts';
import { G2, KernelTwist } from '../../../algebra/module/twist.ts';
import { G1_PARAMS, Q, R } from '../../../algebra/params.ts';
import { addEntrySums } from './entry-sums.ts';

export interface ProverKernels {
  readonly module: WasmModule;
  readonly fr: WasmField;
  readonly fq: WasmField;
  readonly g1: KernelCurve;
  readonly g2: KernelTwist;
}

export async function createProverKernels(): Promise<ProverKernels> {
  const asm = new Assembler();
  const [frPairs, frPacked] = [new PairField(asm, FR, R), new PackedField(asm, FR, R)];
  const [fqPairs, fqPacked] = [new PairField(asm, FQ, Q), new PackedField(asm, FQ, Q)];
  addDigitSort(asm);
  addVectorKernels(asm, FR, frPairs, frPacked);
  addVectorKernels(asm, FQ, fqPairs, fqPacked);
  addFourierKernels(asm, FR, frPairs);
  addEntrySums(asm, FR, frPairs, frPacked);
  const inverse = addPairInverse(asm, FQ, fqPairs);
  const { beta } = ENDOMORPHISMS.g1;
  addCurveSums(asm, G1, fqPacked, primeAdditions(asm, G1, fqPairs, inverse, await useFma()));
  addCurveShifts(asm, G1, fqPairs, addBatchInverse(asm, FQ, fqPairs, inverse));
  addCurvePoints(asm, G1, fqPairs, inverse, G1_PARAMS, beta);
  addScalarSplit(asm, G1, ENDOMORPHISMS.g1);
  const quadratic = new QuadraticField(asm, `${FQ}2`, fqPairs, inverse);
  addCurveSums(asm, G2, fqPacked, additionsOnPairs(quadratic, quadratic.inverse));
  const module = await instantiate(await imageOf(asm));
  const [fr, fq] = [new WasmField(module, FR, R), new WasmField(module, FQ, Q)];
  const g1 = new KernelCurve(module, G1, G1_PARAMS, fq, fr);
  return { module, fr, fq, g1, g2: new KernelTwist(module, fq, fr) };
}

/** k v. */
export function scaled(kernels: WasmField, k: bigint, v: Vec): Vec {
  const out = new Uint8Array(v.length);
  kernels.axpy(out, kernels.encode([k]), v);
  return out;
}
