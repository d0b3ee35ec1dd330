import { expect, it, vi } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { createKernelEngine, hasSimd } from '../../src/algebra/kernels/index.ts';
import { engineConformance } from './engine-conformance.ts';

engineConformance('kernels', createKernelEngine);

it('is the engine of a thread', async () => {
  expect(hasSimd()).toBe(true);
  expect((await createEngine()).name).toBe('kernels');
});

it('says what is missing on a processor without SIMD', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  await expect(createKernelEngine()).rejects.toMatchObject({ code: 'E_UNSUPPORTED', expected: /SIMD/ });
  validate.mockRestore();
});
