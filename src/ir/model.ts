/**
 * A network in integers: what is committed, run and proven.
 *
 * `modelRange` is the one-time check of protocol section 7: the steps do not range-check weights, so whoever holds the
 * model repeats this bound. It shows that no sum of the run leaves the integers that doubles hold exactly, 2^53,
 * which is far below r/2: no number of an honest run wraps in the field.
 */
import { FoldError, invariant } from '../errors.ts';
import { accumulatorBound } from '../layers/linear.ts';
import type { ConvShape, DenseShape, Linear } from '../layers/linear-shape.ts';
import { modelBlock } from '../layers/model-block.ts';
import { readoutModel } from '../layers/readout.ts';
import { type SlotLayer, slotModel } from '../layers/slot.ts';
import { activationRange } from '../layers/step-plan.ts';
import type { Plan } from './plan.ts';

interface IntegerLayer extends SlotLayer {
  readonly name: string;
  /** Tensor of the graph that this layer's activations stand for. */
  readonly output: string;
}

export interface IntegerReadout {
  readonly name: string;
  readonly linear: Linear & { readonly shape: DenseShape };
}

/** The layers without padding; their meaning depends on the scales only, not on bits or grouping. */
export interface IntegerNetwork {
  /** Shape of the input tensor, the batch of 1 included. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly layers: readonly IntegerLayer[];
  readonly readout: IntegerReadout;
}

/** A network in integers: what is proven. */
export interface QuantizedModel {
  readonly plan: Plan;
  readonly network: IntegerNetwork;
  /** Layers that a user counts: the readout's matrix is one, reading out as it is is none. */
  readonly layers: number;
  /** L, steps of one run. */
  readonly steps: number;
  /** Layers whose weights are all 0 in integers but not in the network, with the largest magnitude of one there. */
  readonly vanished: readonly { readonly name: string; readonly largest: number }[];
  /** The model entries of step j < L, without blinding: integers, in the order of the model block (layers/step-layout.ts). */
  stepModel(j: number): Float64Array;
}

/** Model entries of step j of a network under a plan. */
export function stepModel(network: IntegerNetwork, { step }: Plan, steps: number, j: number): Float64Array {
  invariant(Number.isInteger(j) && j >= 0 && j < steps, `step ${j} of ${steps}`);
  const layers = Array.from({ length: step.slots }, (_, k) => network.layers[j * step.slots + k]);
  const slots = layers.map((layer) => slotModel(step, layer));
  return modelBlock(step, slots, j === steps - 1 ? readoutModel(step, network.readout.linear) : undefined);
}

/** Range of one layer's coefficients and the bound on its sums. */
export interface LayerRange {
  readonly name: string;
  readonly shape: ConvShape | DenseShape;
  readonly weights: readonly [number, number];
  readonly bias: readonly [number, number];
  /** No sum of the layer exceeds this for any activations in range. */
  readonly bound: number;
}

/**
 * The table of weight ranges that a commitment is published with.
 * @throws E_RANGE naming the first layer whose sums might not be exact
 */
export function modelRange(model: Pick<QuantizedModel, 'plan' | 'network'>): readonly LayerRange[] {
  const { step } = model.plan;
  const [low, high] = activationRange(step);
  const largest = Math.max(-low, high);
  const { layers, readout } = model.network;
  const row = (name: string, linear: Linear, residual: boolean): LayerRange => {
    const bound = accumulatorBound(linear, largest) + (residual ? 2 ** step.shift * largest : 0);
    if (bound >= 2 ** 53)
      throw new FoldError('E_RANGE', `The sums of layer "${name}" may be too large to be exact.`, {
        expected: 'at most 2^53',
        got: `2^${Math.log2(bound).toFixed(1)}`,
        hint: 'Use fewer fractional weight bits: --weight-fraction BITS',
      });
    return { name, shape: linear.shape, weights: extremes(linear.weights), bias: extremes(linear.bias), bound };
  };
  return [...layers.map((l) => row(l.name, l.linear, l.residual)), row(readout.name, readout.linear, false)];
}

function extremes(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}
