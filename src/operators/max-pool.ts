/**
 * MaxPool: the largest along one axis after another. A number in the padding is never the largest: it is replaced by one of its window.
 * The second output, where each largest number stands, is a tournament of pairs.
 */

import type { ConvGeometry } from '../layers/conv-geometry.ts';
import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { indexOf, steps, stridesOf } from '../tensor/indices.ts';
import { malformed, requiredInput } from './arguments.ts';
import { groupedTaps } from './conv.ts';
import type { NodeCall, Operator } from './operator.ts';
import { axisTaps, poolGeometry, windowTaps } from './window.ts';

/** -1 replaced by a tap of the same window: the last one that is in the input. */
function withoutPadding(taps: Int32Array, width: number, call: NodeCall): Int32Array {
  return taps.map((tap, i) => {
    if (tap >= 0) return tap;
    const first = i - (i % width);
    const inside = taps.subarray(first, first + width).findLast((at) => at >= 0);
    if (inside === undefined)
      throw malformed(call.node, 'has a window of padding only', 'pads smaller than the kernel');
    return inside;
  });
}

/** The largest of each window along one spatial axis. */
function alongAxis(b: TensorBuilder, call: NodeCall, x: Value, geometry: ConvGeometry, spatial: number): Value {
  const axis = spatial + 2;
  const [width, out] = [geometry.kernel[spatial]!, geometry.outShape[axis]!];
  const taps = withoutPadding(axisTaps(geometry, x.shape[axis]!, spatial), width, call);
  const strides = stridesOf(x.shape);
  const shape = x.shape.with(axis, out);
  const tables = x.shape.map((dim, at) => steps(dim, strides[at]!));
  /** Number k of each window. In the shape of an image, by which the machine chooses what stands together. */
  const number = (k: number): Value => {
    const places = Int32Array.from({ length: out }, (_, at) => taps[at * width + k]! * strides[axis]!);
    return b.arrange([x], shape, indexOf(shape, tables.with(axis, places)));
  };
  return Array.from({ length: width }, (_, k) => number(k)).reduce((best, other) => b.maximum(best, other));
}

/** Where the largest of each window stands in x, the first of equal ones. */
function places(b: TensorBuilder, call: NodeCall, x: Value, geometry: ConvGeometry): Value {
  const [n, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const width = entryCount(geometry.kernel);
  const positions = entryCount(geometry.outShape.slice(2));
  const spatial = withoutPadding(windowTaps(geometry, sizes), width, call);
  const taps = groupedTaps(spatial, positions, x.shape, channels);
  const count = n * channels * positions;
  const numbers = b.arrange([x], [count, width], taps);
  const names = b.constant([count, width], Float64Array.from(taps, placeName(call, sizes)), 'integer');
  const column = (value: Value, k: number): Value => b.slice(value, [0, k], [count, k + 1]);
  let [best, place] = [column(numbers, 0), column(names, 0)];
  for (let k = 1; k < width; k++) {
    const [other, name] = [column(numbers, k), column(names, k)];
    const stays = b.step(b.sub(best, other));
    place = b.add(name, b.multiply(stays, b.sub(place, name)));
    best = b.maximum(best, other);
  }
  return b.reshape(b.as(place, 'integer'), geometry.outShape);
}

/** The index of a number that is output for its place in x; `storage_order` 1 counts the spatial axes first to last. */
function placeName({ node }: NodeCall, sizes: readonly number[]): (tap: number) => number {
  if (numberAttribute(node, 'storage_order', 0) === 0) return (tap) => tap;
  const plane = entryCount(sizes);
  const columns = stridesOf([...sizes].reverse()).reverse();
  const names = indexOf(
    sizes,
    sizes.map((size, axis) => steps(size, columns[axis]!)),
  );
  return (tap) => tap - (tap % plane) + names[tap % plane]!;
}

export const MAX_POOL: Operator = {
  op: 'MaxPool',
  inputs: [1, 1],
  attributes: ['auto_pad', 'ceil_mode', 'dilations', 'kernel_shape', 'pads', 'storage_order', 'strides'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const geometry = poolGeometry(call.node, x.shape);
    const largest = geometry.kernel.reduce((y, _, axis) => alongAxis(b, call, y, geometry, axis), x);
    return (call.node.outputs[1] ?? '') === '' ? [largest] : [largest, places(b, call, x, geometry)];
  },
};
