/**
 * Assembles the engine's WebAssembly module: fields Fr (`fr`) and Fq (`fq`), curves G1 (`g1`) and Grumpkin (`gk`), Poseidon
 * over Fr. About 0.05 s; other threads take the image (engine.ts).
 */

import { FQ, FR, G1, GRUMPKIN } from '../module/engine.ts';
import type { ModuleImage } from '../module/instance.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../params.ts';
import { Assembler, type Kernel } from './assembly/assembler.ts';
import { type DoublingField, doublingsOnPairs } from './curve/addition-batch.ts';
import { addAdditionRows } from './curve/addition-rows.ts';
import { addCurvePoints } from './curve/curve-points.ts';
import { addCurveShifts } from './curve/curve-shifts.ts';
import { addCurveSums } from './curve/curve-sums.ts';
import { addDigitSort } from './curve/digit-sort.ts';
import { addDoubleAndAdd } from './curve/double-and-add.ts';
import { additionsOnDoubles } from './curve/fma-additions.ts';
import { addScalarSplit, ENDOMORPHISMS } from './curve/glv.ts';
import { addLadder } from './curve/ladder.ts';
import { FmaField } from './field/fma-field.ts';
import { addBatchInverse, addPairInverse } from './field/inversion.ts';
import { PackedField } from './field/packed-field.ts';
import { PairField } from './field/pair-field.ts';
import { ProductSums } from './field/product-sums.ts';
import { addBoxKernels } from './sweeps/box-sweeps.ts';
import { addHypercubeKernels } from './sweeps/hypercube.ts';
import { addPoseidonKernels } from './sweeps/poseidon-rounds.ts';
import { addRowKernels } from './sweeps/row-sweeps.ts';
import { addSmallIntegers } from './sweeps/small-integers.ts';
import { addVectorKernels } from './sweeps/vectors.ts';

interface FieldParts {
  readonly pairs: PairField;
  readonly packed: PackedField;
  readonly inverse: Kernel;
  readonly batchInverse: Kernel;
}

/** `fma`: with additions of points by fused multiply-add (fma-choice.ts). */
export async function assembleKernels(fma = false): Promise<ModuleImage> {
  const asm = new Assembler();
  addDigitSort(asm);
  const fr = addField(asm, FR, R, true);
  const fq = addField(asm, FQ, Q, false);
  for (const [name, coordinates, params] of [
    [G1, fq, G1_PARAMS],
    [GRUMPKIN, fr, GRUMPKIN_PARAMS],
  ] as const) {
    const endomorphism = ENDOMORPHISMS[params.name];
    const additions = primeAdditions(asm, name, coordinates.pairs, coordinates.inverse, fma);
    addCurveSums(asm, name, coordinates.packed, additions);
    addAdditionRows(asm, name, additions);
    addDoubleAndAdd(asm, name, additions);
    addCurvePoints(asm, name, coordinates.pairs, coordinates.inverse, params, endomorphism.beta);
    addCurveShifts(asm, name, coordinates.pairs, coordinates.batchInverse);
    addLadder(asm, name, coordinates.pairs, coordinates.packed, coordinates.batchInverse);
    addScalarSplit(asm, name, endomorphism);
  }
  return imageOf(asm);
}

/** Arithmetic of batched additions with coordinates in a prime field. */
export function primeAdditions(
  asm: Assembler,
  name: string,
  pairs: PairField,
  inverse: Kernel,
  fma: boolean,
): DoublingField {
  if (!fma) return doublingsOnPairs(pairs, inverse);
  return additionsOnDoubles(asm, new FmaField(asm, name, pairs.modulus), pairs, inverse);
}

export async function imageOf(asm: Assembler): Promise<ModuleImage> {
  const memory = new Uint8Array(asm.size);
  asm.initialize(memory);
  return { code: await WebAssembly.compile(asm.build()), memory };
}

function addField(asm: Assembler, name: string, modulus: bigint, poseidon: boolean): FieldParts {
  const [pairs, packed] = [new PairField(asm, name, modulus), new PackedField(asm, name, modulus)];
  const sums = new ProductSums(asm, name, pairs, packed);
  const vectors = addVectorKernels(asm, name, pairs, packed);
  addSmallIntegers(asm, name, modulus, packed);
  addHypercubeKernels(asm, name, pairs, packed);
  addRowKernels(asm, name, pairs, packed, sums);
  addBoxKernels(asm, name, pairs, packed);
  if (poseidon) addPoseidonKernels(asm, pairs, packed, sums, vectors);
  const inverse = addPairInverse(asm, name, pairs);
  const batchInverse = addBatchInverse(asm, name, pairs, inverse);
  return { pairs, packed, inverse, batchInverse };
}
