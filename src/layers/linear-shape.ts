/** The inner products of a layer as data: which outputs there are, of which inputs and weights. linear.ts says what they mean. */
import type { Pads, SlotShape } from './step-plan.ts';

/** A convolution as a map between images. */
export interface ConvShape {
  readonly kind: 'conv';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly height: number;
  readonly width: number;
  readonly pads: Pads;
}

/** Height and width of the kernel that keeps the shape under these pads. */
export function kernelOf([top, left, bottom, right]: Pads): readonly [number, number] {
  return [top + bottom + 1, left + right + 1];
}

/** A matrix. */
export interface DenseShape {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly outputs: number;
}

export type LinearShape = ConvShape | DenseShape;

export interface Linear {
  readonly shape: LinearShape;
  /** Convolution: [out, in, kernel height, kernel width]; matrix: [out, in]. */
  readonly weights: Float64Array;
  /** One per output channel (convolution) or output (matrix). */
  readonly bias: Float64Array;
}

/** Visits one product w[weight] * x[input]. */
export type TapVisitor = (weight: number, input: number) => void;

export function inputCount(shape: LinearShape): number {
  return shape.kind === 'conv' ? shape.inChannels * shape.height * shape.width : shape.inputs;
}

export function outputCount(shape: LinearShape): number {
  return shape.kind === 'conv' ? shape.outChannels * shape.height * shape.width : shape.outputs;
}

export function biasCount(shape: LinearShape): number {
  return shape.kind === 'conv' ? shape.outChannels : shape.outputs;
}

export function weightCount(shape: LinearShape): number {
  if (shape.kind === 'dense') return shape.inputs * shape.outputs;
  const [height, width] = kernelOf(shape.pads);
  return shape.outChannels * shape.inChannels * height * width;
}

/** The inner products of a slot. */
export function slotLinearShape(slot: SlotShape): LinearShape {
  if (slot.kind === 'dense') return { kind: 'dense', inputs: slot.size, outputs: slot.size };
  const { channels, height, width, pads } = slot;
  return { kind: 'conv', inChannels: channels, outChannels: channels, height, width, pads };
}
