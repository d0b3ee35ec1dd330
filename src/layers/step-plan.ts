/**
 * What every step of one network has in common (protocol section 7): K identical slots and a readout.
 *
 * The state is a vector of n activations, integers. Unsigned: [0, 2^a). Signed: [-2^a, 2^a).
 * A slot computes acc = W x + residual x + bias, drops the s low bits of acc and may clip at zero (ReLU); the readout
 * computes raw accumulators W x + b of the last slot's output. All coefficients are entries of the model block M; all
 * that stands here is a constant of the step circuit and so part of the parameter digest.
 */

/** Zero rows and columns around an image: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

/** A convolution with stride 1 that keeps the image's shape; its kernel is therefore given by the pads. */
export interface ConvSlot {
  readonly kind: 'conv';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly pads: Pads;
}

/** A matrix of size x size. */
export interface DenseSlot {
  readonly kind: 'dense';
  readonly size: number;
}

/** What every layer of a step has place for. */
export type SlotShape = ConvSlot | DenseSlot;

/** The part of a plan that decides what is proven. */
export interface StepPlan {
  readonly slot: SlotShape;
  /** K, slots in a step. */
  readonly slots: number;
  /** Whether activations may be negative. */
  readonly signed: boolean;
  /** a: an activation's magnitude in bits. */
  readonly activationBits: number;
  /** An activation stands for value / 2^activationFraction. */
  readonly activationFraction: number;
  /** A weight stands for value / 2^weightFraction. */
  readonly weightFraction: number;
  /** s, bits dropped from acc: the weights' fraction, so that every activation has one scale. */
  readonly shift: number;
  readonly readout: {
    readonly outputs: number;
    /** Signed bits of a logit. */
    readonly bits: number;
    /** A logit stands for value / 2^fraction. */
    readonly fraction: number;
  };
}

/** Bits of the widest activations that a plan may have. */
export const MOST_ACTIVATION_BITS = 30;

/** n: activations in the state. */
export function stateSize(slot: SlotShape): number {
  return slot.kind === 'conv' ? slot.channels * slot.height * slot.width : slot.size;
}

/** Bits of a packed activation; a signed one is packed as value + 2^a. */
export function packedBits(step: Pick<StepPlan, 'signed' | 'activationBits'>): number {
  return step.activationBits + (step.signed ? 1 : 0);
}

/** Bits of a slot's sum acc in two's complement: the s that are dropped, the a of y, its sign. */
export function sumBits(step: Pick<StepPlan, 'activationBits' | 'shift'>): number {
  return step.shift + step.activationBits + 1;
}

/** Smallest and largest activation. */
export function activationRange(step: Pick<StepPlan, 'signed' | 'activationBits'>): readonly [number, number] {
  const top = 2 ** step.activationBits;
  return [step.signed ? -top : 0, top - 1];
}
