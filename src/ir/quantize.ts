/**
 * From real weights to integers (protocol section 7): fixed point, symmetric, power-of-two scales.
 *
 * A weight is round(w 2^weightFraction), a bias round(b 2^(activationFraction + weightFraction)) plus, where dropped
 * bits are rounded to nearest, half of what a dropped bit pattern can hold. The plan fixes the scales once for the
 * whole network; `applyPlan` then gives the integers of that network or of its first layers.
 */

import { FoldError } from '../errors.ts';
import { accumulatorBound } from '../layers/linear.ts';
import { inputCount, type Linear, outputCount } from '../layers/linear-shape.ts';
import { readoutShape } from '../layers/readout.ts';
import { activationRange, type Pads, type SlotShape, type StepPlan, stateSize } from '../layers/step-plan.ts';
import { bitLength, calibrate } from './calibrate.ts';
import { type ChainLayer, type LayerChain, toChain } from './chain.ts';
import type { Graph, Tensor } from './graph.ts';
import { type IntegerNetwork, type IntegerReadout, modelRange, type QuantizedModel, stepModel } from './model.ts';
import { defaultLayersPerStep, type Plan, parsePlan } from './plan.ts';

/** What a plan is made from; what is not said is chosen. */
export interface PlanOptions {
  /** K; by default chosen from the slot's size. */
  readonly layersPerStep?: number;
  /** By default from the samples, with one bit of headroom. */
  readonly activationBits?: number;
  /** Whether inputs may be negative; by default whether one of the samples is. A layer without Relu may always. */
  readonly signed?: boolean;
  /** By default 7; 0 for networks of Floor nodes, where nothing else is possible. */
  readonly activationFraction?: number;
  /** By default 10; 20 for networks of Floor nodes, so that every Floor is exact. */
  readonly weightFraction?: number;
  /** Inputs to calibrate with; needed unless `activationBits` is given. */
  readonly samples?: readonly Tensor[];
}

/** Most activations that are read out as they are: the readout's matrix has the square of it. */
const LARGEST_OUTPUT = 2 ** 11;

/** What of a plan decides which integers a network becomes; the rest says only in what they must fit. */
export type Scales = Pick<StepPlan, 'activationFraction' | 'weightFraction'> & Pick<Plan, 'rounding'>;

/**
 * A network in integers. With `plan`, that plan is applied (also to a truncation of the network it was made for).
 * @throws E_UNSUPPORTED for what is no chain, E_PLAN, E_RANGE
 */
export function quantize(
  graph: Graph,
  options: PlanOptions | { readonly plan: Plan },
): { readonly plan: Plan; readonly model: QuantizedModel } {
  const chain = toChain(graph);
  const plan = 'plan' in options ? options.plan : makePlan(chain, options);
  return { plan, model: applyPlan(chain, plan) };
}

/** The scales that a network gets unless the user says otherwise. @throws E_UNSUPPORTED for what is no chain */
export function usualScales(graph: Graph): Scales {
  return scalesOf(toChain(graph));
}

function scalesOf({ layers }: LayerChain): Scales {
  return layers.some((l) => l.floor)
    ? { activationFraction: 0, weightFraction: 20, rounding: 'floor' }
    : { activationFraction: 7, weightFraction: 10, rounding: 'nearest' };
}

/** A plan for a whole network. @throws E_PLAN where options contradict the network or each other */
function makePlan(chain: LayerChain, options: PlanOptions): Plan {
  const usual = scalesOf(chain);
  const scales: Scales = {
    activationFraction: options.activationFraction ?? usual.activationFraction,
    weightFraction: options.weightFraction ?? usual.weightFraction,
    rounding: usual.rounding,
  };
  if (usual.rounding === 'floor' && scales.activationFraction !== 0)
    throw new FoldError('E_PLAN', 'The layers of this network end in Floor: their activations are whole numbers.', {
      expected: 'an activation fraction of 0',
      got: `${scales.activationFraction}`,
      hint: 'Leave --activation-fraction out.',
    });
  const network = toIntegers(chain, scales);
  const samples = options.samples ?? [];
  const found =
    samples.length > 0 || options.activationBits === undefined ? calibrate(network, scales, samples) : undefined;
  const numbers = {
    slot: slotOf(chain),
    signed: chain.layers.some((l) => !l.relu) || (options.signed ?? found?.negativeInput ?? false),
    activationBits: options.activationBits ?? found!.activationBits,
    activationFraction: scales.activationFraction,
    weightFraction: scales.weightFraction,
    shift: scales.weightFraction,
  };
  const [low, high] = activationRange(numbers);
  const readout = {
    outputs: network.readout.linear.shape.outputs,
    bits: bitLength(accumulatorBound(network.readout.linear, Math.max(-low, high))) + 1,
    fraction: scales.activationFraction + (chain.readout ? scales.weightFraction : 0),
  };
  return parsePlan({
    format: 'layerfold/plan',
    version: 1,
    step: { ...numbers, slots: options.layersPerStep ?? defaultLayersPerStep(numbers), readout },
    rounding: scales.rounding,
    calibration: { samples: found?.samples ?? 0, peak: found?.peak ?? 0 },
  });
}

/** The integers of a chain under a plan. @throws E_PLAN where the plan is not for it, E_RANGE where sums might not be exact */
function applyPlan(chain: LayerChain, plan: Plan): QuantizedModel {
  const { step } = plan;
  const network = toIntegers(chain, { ...step, rounding: plan.rounding });
  checkFit(chain, network, plan);
  modelRange({ plan, network });
  const steps = Math.max(1, Math.ceil(network.layers.length / step.slots));
  return {
    plan,
    network,
    layers: network.layers.length + (chain.readout ? 1 : 0),
    steps,
    vanished: vanishedLayers(chain, network),
    stepModel: (j) => stepModel(network, plan, steps, j),
  };
}

function vanishedLayers({ layers, readout }: LayerChain, network: IntegerNetwork): QuantizedModel['vanished'] {
  const integers = [...network.layers, network.readout];
  return [...layers, ...(readout ? [readout] : [])].flatMap(({ name, linear }, k) => {
    const largest = linear.weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    return largest > 0 && integers[k]!.linear.weights.every((w) => w === 0) ? [{ name, largest }] : [];
  });
}

function toIntegers(chain: LayerChain, scales: Scales): IntegerNetwork {
  const { activationFraction, weightFraction } = scales;
  const half = scales.rounding === 'nearest' ? 2 ** (weightFraction - 1) : 0;
  const fixed = (values: Float64Array, fraction: number, extra: number): Float64Array =>
    // Adding a zero turns -0 into 0.
    values.map((v) => Math.round(v * 2 ** fraction) + extra);
  const integers = <L extends Linear>(linear: L, extra: number): L => ({
    ...linear,
    weights: fixed(linear.weights, weightFraction, 0),
    bias: fixed(linear.bias, activationFraction + weightFraction, extra),
  });
  const layers = chain.layers.map(({ name, output, linear, residual, relu }) => {
    return { name, output, linear: integers(linear, half), residual, relu };
  });
  const readout = chain.readout
    ? { name: chain.readout.name, linear: integers(chain.readout.linear, 0) }
    : asItIs(chain.layers.at(-1)!);
  return { inputShape: chain.input.shape, outputShape: chain.output.shape, layers, readout };
}

/** The readout of a network that ends in a layer: every activation of that layer. */
function asItIs(last: ChainLayer): IntegerReadout {
  const count = outputCount(last.linear.shape);
  if (count > LARGEST_OUTPUT)
    throw new FoldError(
      'E_TOO_LARGE',
      `The network ends in "${last.name}" without a readout, and that layer is too large.`,
      {
        expected: `at most ${LARGEST_OUTPUT} outputs`,
        got: `${count}`,
        hint: 'End the network in a matrix (Gemm or MatMul) that gives fewer outputs.',
      },
    );
  const weights = new Float64Array(count * count);
  for (let i = 0; i < count; i++) weights[i * count + i] = 1;
  const shape = { kind: 'dense', inputs: count, outputs: count } as const;
  return { name: last.output, linear: { shape, weights, bias: new Float64Array(count) } };
}

/** The smallest slot that holds every layer, the input and the readout's input. */
function slotOf(chain: LayerChain): SlotShape {
  const pads: [number, number, number, number] = [0, 0, 0, 0];
  let [channels, height, width] = [1, 1, 1];
  let size = chain.readout?.linear.shape.inputs ?? 1;
  for (const { linear } of chain.layers) {
    const { shape } = linear;
    size = Math.max(size, inputCount(shape), outputCount(shape));
    if (shape.kind === 'dense') continue;
    shape.pads.forEach((p, k) => {
      pads[k] = Math.max(pads[k]!, p);
    });
    channels = Math.max(channels, shape.inChannels, shape.outChannels);
    [height, width] = [shape.height, shape.width];
  }
  const conv = chain.layers[0]?.linear.shape.kind === 'conv';
  return conv ? { kind: 'conv', channels, height, width, pads: pads satisfies Pads } : { kind: 'dense', size };
}

/** A plan of the whole network fits its truncations: their slot is no larger and their readout is the same. */
function checkFit(chain: LayerChain, network: IntegerNetwork, { step, rounding }: Plan): void {
  const refuse = (expected: string, got: string): FoldError =>
    new FoldError('E_PLAN', 'The plan does not belong to this network.', {
      expected,
      got,
      hint: 'Make a plan for it: fold calibrate MODEL.onnx --data FILES',
    });
  const own = chain.layers.length > 0 ? slotOf(chain) : undefined;
  const { slot } = step;
  const sameImage =
    own?.kind === 'conv' && slot.kind === 'conv'
      ? own.height === slot.height && own.width === slot.width && own.pads.every((p, k) => p <= slot.pads[k]!)
      : own === undefined || own.kind === slot.kind;
  if (!sameImage || stateSize(own ?? slotOf(chain)) > stateSize(slot))
    throw refuse(`a slot that holds ${JSON.stringify(own)}`, JSON.stringify(slot));
  const linear = chain.layers.find((l) => !l.relu);
  if (linear && !step.signed) throw refuse(`signed activations: layer "${linear.name}" has no Relu`, 'unsigned ones');
  const floored = chain.layers.find((l) => l.floor);
  if (floored && (rounding !== 'floor' || step.activationFraction !== 0))
    throw refuse(
      `whole activations, rounded down: layer "${floored.name}" ends in Floor`,
      `${rounding}, fraction ${step.activationFraction}`,
    );
  const { shape } = network.readout.linear;
  const [low, high] = activationRange(step);
  const bits = bitLength(accumulatorBound(network.readout.linear, Math.max(-low, high))) + 1;
  const fraction = step.activationFraction + (chain.readout ? step.weightFraction : 0);
  const { readout } = step;
  if (
    shape.outputs !== readout.outputs ||
    bits > readout.bits ||
    fraction !== readout.fraction ||
    shape.inputs > readoutShape(step).inputs
  )
    throw refuse(
      `a readout of ${shape.outputs} outputs in ${bits} bits with ${fraction} fractional`,
      `${readout.outputs} outputs in ${readout.bits} bits with ${readout.fraction} fractional`,
    );
}
