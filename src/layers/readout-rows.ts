/** The rows of the readout, one per output, as replicated patterns (protocol section 2). */

import { alignedRanges } from '../circuit/aligned-ranges.ts';
import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder, ShapeRow } from '../circuit/shape.ts';
import { taps } from './linear.ts';
import { weightCount } from './linear-shape.ts';
import { logitOffset, readoutShape } from './readout.ts';
import { stepLayout } from './step-layout.ts';
import type { StepPlan } from './step-plan.ts';
import type { LayerVariables } from './step-variables.ts';

/** Returns the logits as forms. @param x the last slot's output */
export function buildReadout(
  shape: ShapeBuilder,
  step: StepPlan,
  variables: LayerVariables,
  x: readonly LinearForm[],
): LinearForm[] {
  const { model, logits: places } = stepLayout(step).readout;
  const linear = readoutShape(step);
  const biases = weightCount(linear);
  const one = shape.constant(1n);
  const offset = BigInt(logitOffset(step));
  return alignedRanges(linear.outputs).flatMap(({ from, log }) =>
    shape.replicate(log, (copy) => {
      const o = from + copy;
      const products: ShapeRow[number][] = [];
      taps(linear, o, (weight, input) => products.push([variables.model[model[weight]!]!, x[input]!]));
      const bits = variables.number(places, o).map((b, k) => [1n << BigInt(k), b] as const);
      const logit = shape.sum([...bits, [-offset, one]]);
      shape.row(...products, [shape.sub(variables.model[model[biases + o]!]!, logit), one]);
      return logit;
    }),
  );
}
