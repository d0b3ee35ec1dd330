/** A trained network as it is proven: planned on the images for that, its steps, and what the integers lose on the test images. */
import { machineModel, planMachine } from '../../src/api/machine-model.ts';
import type { MachineModel } from '../../src/api/model.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { argmax } from '../../src/ir/run.ts';
import { integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { parsePlan } from '../../src/tensor/plan.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { calibrationDigits, type Digit, testDigits } from './digits.ts';

export interface MeasuredModel {
  readonly tensors: TensorGraph;
  readonly model: MachineModel;
  /** Classes of the test images: by the network in doubles, and in integers. */
  readonly float: readonly number[];
  readonly integers: readonly number[];
}

/** An image as the input of a network, which takes it in its own shape. */
export const tensorOf = ({ inputs }: TensorGraph, { image }: Digit): Tensor => ({
  shape: inputs[0]!.value.shape,
  data: image,
});

/** What the first output says: a label by itself, or the largest of the classes' numbers. */
const classIn = ([output]: readonly Float64Array[]): number => (output!.length === 1 ? output![0]! : argmax(output!));

export function measureModel(bytes: Uint8Array): MeasuredModel {
  const { graph: tensors } = importNetwork(decodeNetwork(bytes));
  const samples = calibrationDigits().map((digit) => tensorOf(tensors, digit));
  const plan = planMachine({ tensors }, samples);
  const integers = quantize(tensors, parsePlan(plan.quantization, tensors));
  const images = testDigits().map(({ image }) => [image]);
  return {
    ...{ tensors, model: machineModel({ tensors }, plan) },
    float: images.map((image) => classIn(evaluate(tensors, image))),
    integers: images.map((image) => classIn(integerOutputs(integers, image))),
  };
}

/** How many test images a network reads right. */
export const rightOnes = (classes: readonly number[]): number =>
  testDigits().filter(({ label }, i) => classes[i] === label).length;
