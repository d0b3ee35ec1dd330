/** The engine with sums of points by fused multiply-add, where the machine has it. */
import './kernels/relaxed-simd.ts';
import { describe, expect, it } from 'vitest';
import { multipliesExactly } from '../../src/algebra/kernels/field/fma-choice.ts';
import { createKernelEngine } from '../../src/algebra/kernels/index.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, R } from '../../src/algebra/params.ts';
import { engineConformance } from './engine-conformance.ts';
import { Random } from './random.ts';

const exact = await multipliesExactly();

describe.runIf(exact)('with fused multiply-add', () => {
  engineConformance('kernels, fused', () => createKernelEngine(true));

  it('gives the same bytes as without', async () => {
    const [fused, plain] = [await createKernelEngine(true), await createKernelEngine(false)];
    for (const [curve, field, { generator }] of [
      ['g1', 'fr', G1_PARAMS],
      ['grumpkin', 'fq', GRUMPKIN_PARAMS],
    ] as const) {
      const scalars = plain[field].toCanonical(plain[field].encode(new Random('fused').elements(R, 3000)));
      const points = [fused, plain].map((engine) =>
        engine[curve].fixedBase(generator, engine[field].fromCanonical(scalars)),
      );
      expect(Buffer.compare(points[0]!, points[1]!)).toBe(0);
      const sums = [fused, plain].map((engine, i) =>
        engine[curve].msm(points[i]!, { kind: 'full', values: engine[field].fromCanonical(scalars) }),
      );
      expect(sums[0]).toEqual(sums[1]);
    }
  });
});
