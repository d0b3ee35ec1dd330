/**
 * Whether data are those of proven digests: the output with the numbers that follow from it, and the input. Needs the step plan and
 * the salts, no file and no engine.
 */
import { plainSponge } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import type { RunInput, RunOutput } from '../store/run-data.ts';
import { outputNumbers } from './shown-data.ts';
import { classOf, type DataSpec, isInterface } from './specs.ts';
import { hex, inputDigest, outputDigest } from './statement.ts';

/** The logits hash to o; floats and class follow from them. @throws E_REJECTED */
export function checkOutput(
  step: DataSpec,
  output: RunOutput,
  salt: bigint,
  proven: bigint,
  sponge = plainSponge,
): void {
  const logits = Float64Array.from(output.integers);
  const digest = attempt('output', () => outputDigest(step, logits, salt, sponge));
  if (digest !== proven) throw rejected('output', `output digest ${hex(proven)}`, hex(digest));
  const { values, fraction } = outputNumbers(step, logits);
  const consistent =
    output.fraction === fraction &&
    holds(output.shape, logits.length) &&
    output.class === classOf(step, logits) &&
    output.values.length === logits.length &&
    output.values.every((value, k) => value === values[k]);
  if (!consistent) throw rejected('output', 'values and class that follow from the integers', 'others in output.json');
}

/**
 * The class that a proven k says: what k is, a program's interface tells.
 * @param k the class plus one, or 0
 * @throws E_REJECTED where a program revealed a number of which its interface does not tell, or not the one of which it does
 */
export function revealedClass(data: DataSpec, k: bigint): number | undefined {
  if (isInterface(data) && (data.reveals === 'class') !== (k !== 0n))
    throw rejected('interface', `a program that reveals ${data.reveals}`, `k = ${k}`);
  return k === 0n ? undefined : Number(k) - 1;
}

/** A revealed class is that of the output. @throws E_REJECTED */
export function checkRevealed(output: RunOutput, shown: number | undefined): void {
  if (shown !== undefined && output.class !== shown)
    throw rejected('output', `class ${shown}, as the proof reveals`, `class ${output.class}`);
}

/** The input hashes to h_in. @throws E_REJECTED */
export function checkInput(step: DataSpec, input: RunInput, salt: bigint, proven: bigint, sponge = plainSponge): void {
  const tensor = { shape: input.input_shapes[0]!, data: Float64Array.from(input.input_data[0]!) };
  if (!holds(tensor.shape, tensor.data.length))
    throw rejected('input', `a shape of ${tensor.data.length} numbers`, `[${tensor.shape.join(', ')}]`);
  const digest = attempt('input', () => inputDigest(step, tensor, salt, sponge));
  if (digest !== proven) throw rejected('input', `input digest ${hex(proven)}`, hex(digest));
}

const holds = (shape: readonly number[], numbers: number): boolean => shape.reduce((n, d) => n * d, 1) === numbers;

/** Data that cannot even be digested are not the proven ones. */
function attempt(name: string, digest: () => bigint): bigint {
  try {
    return digest();
  } catch (cause) {
    if (!(cause instanceof FoldError)) throw cause;
    throw rejected(name, cause.expected ?? 'the proven data', `${cause.message} ${cause.got ?? ''}`.trim());
  }
}

export function rejected(name: string, expected: string, got: string): FoldError {
  return new FoldError('E_REJECTED', `The run is not what it says: check '${name}' failed.`, { expected, got });
}
