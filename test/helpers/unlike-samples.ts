/** Runs of a network on inputs that its plan was not made for: by the program, by the integer network and by real numbers. */

import { FoldError } from '../../src/errors.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { TOY } from '../../src/machine/shape.ts';
import { calibrate, quantizeInputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';

/** Of an input. */
export interface Told {
  readonly isProven: boolean;
  /** Output of the program, in units of the network; undefined where it is refused. */
  readonly got: readonly number[] | undefined;
  /** Its error as a multiple of the predicted one, 0 where it is refused. */
  readonly factor: number;
}

const REFUSED: Told = { isProven: false, got: undefined, factor: 0 };

function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof FoldError && error.code === 'E_RANGE') return undefined;
    throw error;
  }
}

/** A network of one input and one output under the plan of some samples. @throws where program and integer network differ */
export function planned(graph: TensorGraph, samples: readonly (readonly number[])[]) {
  const plan = calibrate(
    graph,
    samples.map((sample) => [Float64Array.from(sample)]),
  );
  const integers = quantize(graph, plan);
  const program = compile(integers, TOY);
  const [input, output] = [integers.inputs[0]!, integers.outputs[0]!];
  const { codes, scale } = output;
  const run = (numbers: readonly number[]): Told => {
    const real = [Float64Array.from(numbers)];
    const given = quantizeInputs(integers, real);
    const proven = unlessRefused(() => runProgram(program, { [input.name]: given[0]! }).outputs[output.name]!);
    const meant = unlessRefused(() => portValues(integers, codes, evaluateIntegers(integers, given)));
    if (proven === undefined) return REFUSED;
    if (meant !== undefined && meant.join() !== proven.join()) throw new Error(`${proven} is proven for ${meant}`);
    const got = Array.from(proven, (q) => q / scale);
    const exact = evaluate(graph, real)[0]!;
    const error = got.reduce((most, y, i) => Math.max(most, Math.abs(y - exact[i]!)), 0);
    return { isProven: true, got, factor: error / plan.errors[0]! };
  };
  return { map: (inputs: readonly (readonly number[])[]): Told[] => inputs.map(run) };
}
