/**
 * What a run of a program gives against the integer network that it was compiled from. A fault of the lowering would be a proof of
 * another network than the file's, which no verifier can see: the input that is proven is run both ways first.
 */
import { FoldError } from '../errors.ts';
import type { MachineRun } from '../machine/interpreter.ts';
import { evaluateIntegers, portValues } from '../tensor/quantize/evaluate.ts';
import type { IntegerGraph } from '../tensor/quantize/integer.ts';

/**
 * @param inputs integers by the names of the inputs
 * @throws E_BUG naming output, place and both numbers; E_RANGE where a number of the network leaves its range
 */
export function checkAgainstReference(
  reference: IntegerGraph,
  inputs: Readonly<Record<string, Float64Array>>,
  { outputs, k }: Pick<MachineRun, 'outputs' | 'k'>,
): void {
  const numbers = evaluateIntegers(
    reference,
    reference.inputs.map(({ name }) => inputs[name]!),
  );
  const same = (what: string, expected: ArrayLike<number>, got: ArrayLike<number>): void => {
    const at = Array.from(expected).findIndex((x, i) => x !== got[i]);
    if (at < 0 && expected.length === got.length) return;
    throw new FoldError('E_BUG', `The program of the machine computes another ${what} than the network.`, {
      expected: `${expected[at]} at index ${at}`,
      got: String(got[at]),
      hint: 'Please report this with the model and the input.',
    });
  };
  for (const { name, codes } of reference.outputs)
    same(`output "${name}"`, portValues(reference, codes, numbers), outputs[name]!);
  if (reference.revealed === undefined) return;
  const [revealed] = portValues(reference, Int32Array.of(reference.revealed), numbers);
  same('class', [revealed! + 1], [k]);
}
