/** One thread of `bench -- threads`: sums a range of shared bases. */
import { workerData } from 'node:worker_threads';
import { FIELD_BYTES, POINT_BYTES } from '../src/algebra/engine.ts';
import { createKernelEngine } from '../src/algebra/kernels/index.ts';
import type { Affine } from '../src/algebra/params.ts';

/** All over shared memory; `full` in internal form. */
export interface SharedSum {
  readonly bases: Uint8Array;
  readonly full: Uint8Array;
  readonly bits: Uint8Array;
}

export interface SumRange {
  readonly kind: 'full' | 'bits';
  readonly from: number;
  readonly to: number;
}

const engine = createKernelEngine();

export default async function sum({ kind, from, to }: SumRange): Promise<Affine | null> {
  const { bases, full, bits } = workerData as SharedSum;
  const scalars =
    kind === 'bits'
      ? ({ kind, bits: bits.subarray(from, to) } as const)
      : ({ kind, values: full.subarray(from * FIELD_BYTES, to * FIELD_BYTES) } as const);
  return (await engine).g1.msm(bases.subarray(from * POINT_BYTES, to * POINT_BYTES), scalars);
}
