import { expect, it } from 'vitest';
import { chooseEngine, createEngine } from '../../src/algebra/index.ts';
import { createKernelEngine, hasSimd } from '../../src/algebra/kernels/index.ts';
import { engineConformance } from './engine-conformance.ts';

engineConformance('kernels', createKernelEngine);

it('is the engine of a machine with SIMD; without, the one on wasmcurves takes its place', async () => {
  expect(hasSimd()).toBe(true);
  expect((await createEngine()).name).toBe('kernels');
  expect((await chooseEngine(false)).name).toBe('wasmcurves');
});
