/**
 * Conv over any number of spatial axes: one linear operation with a position for each pixel and group and a kernel for each output
 * channel; with computed weights a product of matrices.
 */
import { convGeometry } from '../layers/conv-geometry.ts';
import { elementCount, entryCount, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Shape, type Value } from '../tensor/graph.ts';
import { constantInput, malformed, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';
import { windowTaps } from './window.ts';

/** Spatial taps [positions, window] of one channel as taps of [N, group, positions] over [channels of a group, window]. */
export function groupedTaps(
  spatial: Int32Array,
  positions: number,
  [n, c, ...sizes]: Shape,
  group: number,
): Int32Array {
  const window = positions === 0 ? 0 : spatial.length / positions;
  const [plane, channels] = [entryCount(sizes), c! / group];
  elementCount([n!, group, positions, channels, window], 'convolution');
  const taps = new Int32Array(n! * group * positions * channels * window);
  let i = 0;
  for (let part = 0; part < n! * group; part++)
    for (let p = 0; p < positions; p++)
      for (let channel = 0; channel < channels; channel++)
        for (let k = 0, first = (part * channels + channel) * plane; k < window; k++) {
          const at = spatial[p * window + k]!;
          taps[i++] = at < 0 ? -1 : first + at;
        }
  return taps;
}

/** Position and kernel of every number of a result [N, M, positions], of which each group of channels has its own taps. */
export function groupedPlaces(
  [n, maps, ...out]: Shape,
  group: number,
): { readonly position: Int32Array; readonly kernel: Int32Array } {
  const positions = entryCount(out);
  const count = elementCount([n!, maps!, positions], 'convolution');
  const [position, kernel] = [new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    const channel = Math.floor(i / positions) % maps!;
    const part = Math.floor(i / (positions * maps!)) * group + Math.floor(channel / (maps! / group));
    position[i] = part * positions + (i % positions);
    kernel[i] = channel;
  }
  return { position, kernel };
}

/** A bias for each channel of [N, M, ...] as one for each number; undefined where there is none. */
export function channelBias(call: NodeCall, shape: Shape): Float64Array | undefined {
  const bias = constantInput(call, 2, 'bias');
  if (bias === undefined) return undefined;
  if (bias.data.length !== shape[1])
    throw malformed(call.node, 'has a bias that does not fit', `${shape[1]} numbers`, shapeText(bias.shape));
  const inner = entryCount(shape.slice(2));
  return new Float64Array(entryCount(shape)).map((_, i) => bias.data[Math.floor(i / inner) % shape[1]!]!);
}

/** Weights that are computed: patches [N, group, positions, width] times [group, width, M / group]. */
function computedConv(b: TensorBuilder, call: NodeCall, x: Value, w: Value): Value {
  const { group, outShape, ...geometry } = convGeometry(call.node, x.shape, w.shape);
  const [n, maps, ...out] = outShape as [number, number, ...number[]];
  const positions = entryCount(out);
  const taps = groupedTaps(windowTaps({ group, outShape, ...geometry }, x.shape.slice(2)), positions, x.shape, group);
  const width = entryCount(w.shape.slice(1));
  const patches = b.arrange([x], [n, group, positions, width], taps);
  const kernels = b.transpose(b.reshape(w, [group, maps / group, width]), [0, 2, 1]);
  const y = b.reshape(b.transpose(b.matmul(patches, kernels), [0, 1, 3, 2]), outShape);
  const bias = call.inputs[2];
  return bias === undefined ? y : b.add(y, b.reshape(bias, [1, maps, ...out.map(() => 1)]));
}

export const CONV: Operator = {
  op: 'Conv',
  inputs: [2, 3],
  attributes: ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'],
  expand: (b, call) => {
    const [x, w] = [requiredInput(call, 0), requiredInput(call, 1)];
    const computedBias = call.inputs[2] !== undefined && !isConstant(call.inputs[2]);
    if (!isConstant(w) || computedBias) return [computedConv(b, call, x, w)];
    const geometry = convGeometry(call.node, x.shape, w.shape);
    const { group, outShape: shape } = geometry;
    const positions = entryCount(shape.slice(2));
    const taps = groupedTaps(windowTaps(geometry, x.shape.slice(2)), positions, x.shape, group);
    const width = entryCount(w.shape.slice(1));
    const bias = channelBias(call, shape);
    const places = groupedPlaces(shape, group);
    return [b.linear([x], { shape, width, taps, weights: w.data, ...places, ...(bias ? { bias } : {}) })];
  },
};
