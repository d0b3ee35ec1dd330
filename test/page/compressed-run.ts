/** Small runs with compressed proofs: a chain of layers and a program of the machine, under the keys that a page makes by itself. */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { decodeCompressed, encodeCompressed } from '../../src/store/compressed-file.ts';
import { fold, lines } from '../cli/harness.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';
import { smallRun } from '../helpers/small-run.ts';

type At = (...parts: string[]) => string;

export const STEPS = 3;

/** Writes the folder `out` with compressed.cbor and plan.json. @returns the model digest */
export async function compressedRun(at: At, out: string, how: readonly string[] = []): Promise<string> {
  const { args: words } = smallRun((name) => at(`${out}-${name}`), STEPS);
  const args = words.filter((arg) => arg !== '--insecure-dev');
  return proved([...args, ...how, '--compressed', '--out', at(out)]);
}

/** The same of a network on the tensor machine. */
export async function compressedProgram(at: At, out: string): Promise<string> {
  const { onnx, input } = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
  writeFileSync(at('program.onnx'), onnx);
  writeFileSync(at('program.json'), JSON.stringify({ input_data: input }));
  const words = [at('program.onnx'), '--input', at('program.json'), '--no-wrap', '--workers', '1'];
  return proved([...words, '--compressed', '--out', at(out)]);
}

async function proved(words: readonly string[]): Promise<string> {
  const { code, out, err } = await fold(['prove', ...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return lines(out).at(-1)!.modelDigest;
}

/** Whole as a file, and false: another value in the sum-check. */
export function tampered(file: Uint8Array): Uint8Array {
  const proof = decodeCompressed(file);
  return encodeCompressed({ ...proof, spartan: { ...proof.spartan, a: proof.spartan.a + 1n } });
}
