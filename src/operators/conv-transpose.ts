/**
 * ConvTranspose: a linear operation in which the numbers of an output that lie equally within the strides (one phase) have the same
 * kernel, so that no weight stands for a place between input numbers.
 */
import { intsAttribute, numberAttribute, stringAttribute } from '../layers/node.ts';
import { elementCount, entryCount, shapeText } from '../layers/tensor-shape.ts';
import { isConstant, type Shape } from '../tensor/graph.ts';
import { malformed, numbersAttribute, requiredInput, unsupported } from './arguments.ts';
import { channelBias, groupedPlaces, groupedTaps } from './conv.ts';
import type { NodeCall, Operator } from './operator.ts';
import { combineTaps } from './window.ts';

/** Strides that a file may ask for; each has as many phases. */
const MOST = 2 ** 16;

interface AxisMap {
  readonly out: number;
  /** Taps of an output coordinate, and the entry of the kernel of each in its phase. */
  readonly width: number;
  readonly taps: Int32Array;
  readonly phase: Int32Array;
  /** [phases, width], entry of the kernel or -1. */
  readonly entries: readonly (readonly number[])[];
}

/** Phases of a kernel: a limit against hostile files. */
const MOST_STRIDE = 2 ** 16;

/** Output coordinate o reads input i through entry k where o + pad = i stride + k dilation. */
function axisMap(size: number, kernel: number, stride: number, dilation: number, pad: number, out: number): AxisMap {
  if (stride > MOST_STRIDE) throw new RangeError(`a stride of ${stride}`);
  const entries = Array.from({ length: stride }, (_, phase) =>
    [...Array(kernel).keys()].filter((k) => (k * dilation) % stride === phase),
  );
  const width = Math.max(1, ...entries.map(({ length }) => length));
  const taps = new Int32Array(elementCount([out, width], 'transposed convolution')).fill(-1);
  const phase = new Int32Array(out);
  for (let o = 0; o < out; o++) {
    phase[o] = (o + pad) % stride;
    entries[phase[o]!]!.forEach((k, j) => {
      const i = (o + pad - k * dilation) / stride;
      if (i >= 0 && i < size) taps[o * width + j] = i;
    });
  }
  return { out, width, taps, phase, entries: entries.map((list) => [...list, ...Array(width - list.length).fill(-1)]) };
}

/** Padding at the beginning and numbers of the result of one axis. */
function extents({ node }: NodeCall, sizes: Shape, kernel: Shape): { readonly pad: number; readonly out: number }[] {
  const axes = sizes.length;
  const ones = sizes.map(() => 1);
  const zeros = sizes.map(() => 0);
  const strides = intsAttribute(node, 'strides', ones);
  const dilations = intsAttribute(node, 'dilations', ones);
  const extra = intsAttribute(node, 'output_padding', zeros);
  const pads = intsAttribute(node, 'pads', [...zeros, ...zeros]);
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const wanted = numbersAttribute(node, 'output_shape')?.slice(-axes);
  return sizes.map((size, axis) => {
    const whole = (size - 1) * strides[axis]! + extra[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1;
    const same = autoPad.startsWith('SAME');
    if (wanted === undefined && !same) {
      const [begin, end] = autoPad === 'VALID' ? [0, 0] : [pads[axis]!, pads[axis + axes]!];
      return { pad: begin, out: whole - begin - end };
    }
    const out = wanted?.[axis] ?? size * strides[axis]!;
    const total = Math.max(0, whole - out);
    const half = Math.floor(total / 2);
    return { pad: autoPad === 'SAME_UPPER' ? half : total - half, out };
  });
}

export const CONV_TRANSPOSE: Operator = {
  op: 'ConvTranspose',
  inputs: [2, 3],
  restriction: 'weights constant',
  attributes: ['auto_pad', 'dilations', 'group', 'kernel_shape', 'output_padding', 'output_shape', 'pads', 'strides'],
  expand: (b, call) => {
    const { node } = call;
    const [x, w] = [requiredInput(call, 0), requiredInput(call, 1)];
    if (!isConstant(w))
      throw unsupported(node, 'computes its weights from the data', 'Export it with constant weights.');
    const group = numberAttribute(node, 'group', 1);
    const [sizes, kernel] = [x.shape.slice(2), w.shape.slice(2)];
    if (
      sizes.length === 0 ||
      kernel.length !== sizes.length ||
      w.shape[0] !== x.shape[1] ||
      !(w.shape[0]! % group === 0)
    )
      throw malformed(
        node,
        'does not fit its tensors',
        'x [N, C, ...] and weights [C, M / group, ...]',
        `${shapeText(x.shape)} and ${shapeText(w.shape)}`,
      );
    const strides = intsAttribute(
      node,
      'strides',
      sizes.map(() => 1),
    );
    const dilations = intsAttribute(
      node,
      'dilations',
      sizes.map(() => 1),
    );
    if ([...strides, ...dilations, group].some((value) => !(value >= 1 && value <= MOST)))
      throw malformed(node, 'has strides that do not fit', `strides, dilations and group of 1 to ${MOST}`);
    const maps = extents(call, sizes, kernel).map(({ pad, out }, axis) => {
      if (!(out >= 0) || pad < 0) throw malformed(node, 'has pads that do not fit', 'a result of at least 0', `${out}`);
      return axisMap(sizes[axis]!, kernel[axis]!, strides[axis]!, dilations[axis]!, pad, out);
    });
    const out = maps.map((map) => map.out);
    const shape = [x.shape[0]!, w.shape[1]! * group, ...out];
    const spatial = combineTaps(
      maps.map((map) => map.taps),
      maps.map((map) => map.width),
      out,
      sizes,
    );
    const taps = groupedTaps(spatial, entryCount(out), x.shape, group);
    const channels = w.shape[0]! / group;
    const phases = entryCount(strides);
    const weights = phaseWeights(w.data, w.shape, group, maps);
    const phase = phaseOf(maps);
    const { position, kernel: channel } = groupedPlaces(shape, group);
    const bias = channelBias(call, shape);
    return [
      b.linear([x], {
        shape,
        width: channels * entryCount(maps.map((map) => map.width)),
        taps,
        weights,
        position,
        kernel: channel.map((map, i) => map * phases + phase[i % phase.length]!),
        ...(bias ? { bias } : {}),
      }),
    ];
  },
};

/** The phase of each output position, all axes together. */
function phaseOf(maps: readonly AxisMap[]): Int32Array {
  return maps.reduce<Int32Array>((before, { phase, entries }) => {
    const next = new Int32Array(elementCount([before.length, phase.length], 'transposed convolution'));
    for (let i = 0; i < next.length; i++)
      next[i] = before[Math.floor(i / phase.length)]! * entries.length + phase[i % phase.length]!;
    return next;
  }, Int32Array.of(0));
}

/** Kernels [M, phases] of [channels of a group, width] out of weights [C, M / group, ...]. */
function phaseWeights(w: Float64Array, shape: Shape, group: number, maps: readonly AxisMap[]): Float64Array {
  const [channels, perGroup] = [shape[0]! / group, shape[1]!];
  const window = entryCount(shape.slice(2));
  // entries of the kernel, flat, for each phase and place
  let table: number[][] = [[0]];
  maps.forEach(({ entries }, axis) => {
    const size = shape[axis + 2]!;
    table = table.flatMap((row) =>
      entries.map((list) => row.flatMap((at) => list.map((k) => (at < 0 || k < 0 ? -1 : at * size + k)))),
    );
  });
  const width = table[0]!.length;
  const weights = new Float64Array(
    elementCount([group * perGroup, table.length, channels * width], 'transposed convolution'),
  );
  let i = 0;
  for (let map = 0; map < group * perGroup; map++)
    for (const row of table)
      for (let c = 0; c < channels; c++)
        for (const k of row) {
          const from = (Math.floor(map / perGroup) * channels + c) * perGroup + (map % perGroup);
          weights[i++] = k < 0 ? 0 : w[from * window + k]!;
        }
  return weights;
}
