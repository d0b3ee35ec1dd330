/** An engine made from the image of another one, sent as it is sent to a thread. */
import { expect, it } from 'vitest';
import type { EngineImage } from '../../src/algebra/engine.ts';
import { createKernelEngine } from '../../src/algebra/kernels/index.ts';
import { kernelEngine } from '../../src/algebra/module/engine.ts';
import { permute } from '../../src/algebra/poseidon/permutation.ts';
import { engineConformance } from './engine-conformance.ts';

const WIDTH = 3;

const original = await createKernelEngine();
const state = [1n, 2n, 3n];
original.poseidon.prepare(WIDTH);
const sent = (): EngineImage => structuredClone(original.image!);

engineConformance('kernels, from an image', () => kernelEngine(sent()));

it('carries the tables of the widths that were prepared or used, and takes them from there', async () => {
  const image = sent();
  expect([...image.poseidon.keys()]).toEqual([WIDTH]);
  // one bit of the MDS matrix
  image.poseidon.get(WIDTH)![0]! ^= 1;
  const { fr, poseidon } = await kernelEngine(image);
  const of = (t: number, values: bigint[]): bigint[] => fr.decode(poseidon.permute(t, fr.encode(values)));
  expect(of(WIDTH, state)).not.toEqual(permute(WIDTH, state));
  expect(of(4, [...state, 4n])).toEqual(permute(4, [...state, 4n]));
});

it('has memory of its own: what the original allocated meanwhile is not there', async () => {
  const before = sent();
  original.fr.mul(original.fr.encode(state), original.fr.encode(state));
  original.poseidon.permute(5, new Uint8Array(5 * 32));
  expect(sent().module.memory).toEqual(before.module.memory);
});
