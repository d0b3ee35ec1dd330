/**
 * The integer run: the specification of what is proven, layer by layer, without a circuit (protocol section 7).
 *
 * One pure function per operator (src/layers), applied to the layers as the network has them, unpadded. The proof's witness
 * runs the padded slots instead; tests hold the two against each other and against the rows.
 */

import { FoldError } from '../errors.ts';
import { addResidual } from '../layers/add.ts';
import { dropBits } from '../layers/floor.ts';
import { innerProducts } from '../layers/linear.ts';
import { outputCount } from '../layers/linear-shape.ts';
import { checkRange, rangeHint } from '../layers/range.ts';
import { logitOffset } from '../layers/readout.ts';
import { relu } from '../layers/relu.ts';
import { activationRange, type StepPlan, stateSize } from '../layers/step-plan.ts';
import type { Tensor } from './graph.ts';
import type { IntegerNetwork, QuantizedModel } from './model.ts';

/** Sees each layer as it is done. The arrays are not overwritten later. */
export type LayerVisitor = (layer: {
  readonly index: number;
  readonly name: string;
  readonly output: string;
  /** y = floor(acc / 2^s), before ReLU. */
  readonly before: Float64Array;
  readonly activations: Float64Array;
}) => void;

/** The output of the integer run. */
export interface IntegerResult {
  /** Raw accumulators of the readout. */
  readonly logits: Float64Array;
  /** logits / 2^readout.fraction: what they stand for. */
  readonly values: Float64Array;
  readonly shape: readonly number[];
  /** Index of the largest logit, the first on ties. */
  readonly class: number;
  /** Of a program of the machine: k, what it reveals. */
  readonly k?: number;
}

export interface QuantizedInput {
  /** The state before the first step: n integers, zeros after the input's own. */
  readonly state: Float64Array;
  /** True when no input value had to be rounded. */
  readonly exact: boolean;
}

/** What of a step plan the run depends on. */
type RunScales = Pick<StepPlan, 'signed' | 'activationBits' | 'shift'>;

/** x -> round(x 2^fraction). @throws E_INPUT on a wrong length, E_RANGE naming the index of a value out of range */
export function quantizeInput(model: Pick<QuantizedModel, 'plan' | 'network'>, input: Tensor): QuantizedInput {
  const { step } = model.plan;
  const count = model.network.inputShape.reduce((p, d) => p * d, 1);
  if (input.data.length !== count)
    throw new FoldError('E_INPUT', 'The input has the wrong length.', {
      expected: `${count} numbers, shape [${model.network.inputShape.join(', ')}]`,
      got: `${input.data.length}`,
    });
  const integers = scaleInput(input, step.activationFraction);
  const range = activationRange(step);
  const hint = `${rangeHint(range[1])}; or scale the input as for training (an integer stands for value / 2^${step.activationFraction})`;
  checkRange(integers, range, 'input', 'a value', hint);
  const state = new Float64Array(stateSize(step.slot));
  state.set(integers);
  return { state, exact: input.data.every((v, i) => v * 2 ** step.activationFraction === integers[i]) };
}

/** round(x 2^fraction) of every entry. */
export function scaleInput(input: Tensor, fraction: number): Float64Array {
  // Adding 0 turns -0 into 0.
  return input.data.map((v) => Math.round(v * 2 ** fraction) + 0);
}

/**
 * Runs a model on a real input, exactly as it is proven.
 * @throws E_RANGE naming layer, index and value where a number leaves its range
 */
export function runInteger(model: QuantizedModel, input: Tensor, visit?: LayerVisitor): IntegerResult {
  const { plan, network } = model;
  const count = network.inputShape.reduce((p, d) => p * d, 1);
  const logits = runNetwork(network, plan.step, quantizeInput(model, input).state.subarray(0, count), visit);
  const offset = logitOffset(plan.step);
  checkRange(logits, [-offset, offset - 1], `layer "${network.readout.name}"`, 'a logit');
  return {
    logits,
    values: logits.map((v) => v / 2 ** plan.step.readout.fraction),
    shape: network.outputShape,
    class: argmax(logits),
  };
}

/** The layers and the readout on integers. @throws E_RANGE */
export function runNetwork(
  network: IntegerNetwork,
  scales: RunScales,
  input: Float64Array,
  visit?: LayerVisitor,
): Float64Array {
  const before: readonly [number, number] = [-(2 ** scales.activationBits), 2 ** scales.activationBits - 1];
  let x = input;
  network.layers.forEach((layer, index) => {
    const y = innerProducts(layer.linear, x);
    if (layer.residual) addResidual(y, 2 ** scales.shift, x);
    dropBits(y, scales.shift);
    checkRange(y, before, `layer ${index + 1} ("${layer.name}")`, 'a value before ReLU');
    const activations = new Float64Array(outputCount(layer.linear.shape));
    activations.set(y);
    if (layer.relu) relu(activations);
    visit?.({ index, name: layer.name, output: layer.output, before: y, activations });
    x = activations;
  });
  return innerProducts(network.readout.linear, x);
}

/** Index of the largest value, the first on ties. */
export function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
