/**
 * The activations of a state as arrays of a power of two each, in which a row's copies can be counted: a group of channels (of a
 * matrix: of outputs) by a range of pixels, the channel lowest. Channels and pixels are cut as `alignedRanges` does.
 */
import { type AlignedRange, alignedRanges } from '../circuit/aligned-ranges.ts';
import type { SlotShape } from './step-plan.ts';

/** 2^log of something, by their numbers. */
export interface NumberedArray {
  readonly log: number;
  /** Numbers in the state, in the array's order. */
  readonly members: Int32Array;
}

/** Channels of a convolution, outputs of a matrix. */
export function channelsOf(slot: SlotShape): number {
  return slot.kind === 'conv' ? slot.channels : slot.size;
}

/** Activations of one channel. */
export function pixelsOf(slot: SlotShape): number {
  return slot.kind === 'conv' ? slot.height * slot.width : 1;
}

export function activationArrays(slot: SlotShape): readonly NumberedArray[] {
  const pixels = pixelsOf(slot);
  return alignedRanges(channelsOf(slot)).flatMap((channels) =>
    alignedRanges(pixels).map((range) => arrayOf(channels, range, pixels)),
  );
}

function arrayOf(channels: AlignedRange, range: AlignedRange, pixels: number): NumberedArray {
  const log = channels.log + range.log;
  const members = Int32Array.from({ length: 2 ** log }, (_, e) => {
    const channel = channels.from + (e % 2 ** channels.log);
    return channel * pixels + range.from + Math.floor(e / 2 ** channels.log);
  });
  return { log, members };
}

/** 0 .. n - 1 as arrays. */
export function countedArrays(n: number): readonly NumberedArray[] {
  return alignedRanges(n).map(({ from, log }) => ({
    log,
    members: Int32Array.from({ length: 2 ** log }, (_, e) => from + e),
  }));
}
