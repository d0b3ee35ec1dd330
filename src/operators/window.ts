/** Windows that slide over the spatial axes of [N, C, D1, ...], as convolutions and pools read them. */
import { type ConvGeometry, convGeometry } from '../layers/conv-geometry.ts';
import type { GraphNode } from '../layers/node.ts';
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import { elementCount, entryCount } from '../layers/tensor-shape.ts';
import type { Shape } from '../tensor/graph.ts';
import { stridesOf } from '../tensor/indices.ts';
import { malformed, numbersAttribute } from './arguments.ts';

/** Where a window reads along one axis: entry o * kernel + k is a coordinate, or -1 in the padding. */
export function axisTaps(geometry: ConvGeometry, size: number, axis: number): Int32Array {
  const kernel = geometry.kernel[axis]!;
  const taps = new Int32Array(elementCount([geometry.outShape[axis + 2]!, kernel], 'window of a node'));
  for (let i = 0; i < taps.length; i++) {
    const start = Math.floor(i / kernel) * geometry.strides[axis]! - geometry.padBegin[axis]!;
    const at = start + (i % kernel) * geometry.dilations[axis]!;
    taps[i] = at >= 0 && at < size ? at : -1;
  }
  return taps;
}

/** The same over all axes: entry o * (numbers of a window) + k is an index into the spatial axes, flat. */
export function windowTaps(geometry: ConvGeometry, sizes: Shape): Int32Array {
  return combineTaps(
    sizes.map((size, axis) => axisTaps(geometry, size, axis)),
    geometry.kernel,
    geometry.outShape.slice(2),
    sizes,
  );
}

/** Taps of each axis ([positions, width], coordinates or -1) as taps of all positions. */
export function combineTaps(perAxis: readonly Int32Array[], widths: Shape, out: Shape, sizes: Shape): Int32Array {
  const strides = stridesOf(sizes);
  let taps = Int32Array.of(0);
  let [positions, width] = [1, 1];
  perAxis.forEach((own, axis) => {
    const [count, reach] = [out[axis]!, widths[axis]!];
    elementCount([positions, count, width, reach], 'window of a node');
    const next = new Int32Array(positions * count * width * reach);
    let i = 0;
    for (let p = 0; p < positions; p++)
      for (let o = 0; o < count; o++)
        for (let k = 0; k < width; k++)
          for (let j = 0; j < reach; j++) {
            const at = own[o * reach + j]!;
            const before = taps[p * width + k]!;
            next[i++] = at < 0 || before < 0 ? -1 : before + at * strides[axis]!;
          }
    taps = next;
    positions *= count;
    width *= reach;
  });
  return taps;
}

/**
 * The window of a pool over x [N, C, D1, ...]. `ceil_mode` rounds the number of positions up, but none starts behind the input
 * and its padding at the beginning.
 */
export function poolGeometry(node: GraphNode, x: Shape): ConvGeometry {
  const kernel = numbersAttribute(node, 'kernel_shape') ?? [];
  const channels = x[1] ?? 0;
  if (kernel.length === 0 || kernel.length !== x.length - 2)
    throw malformed(node, 'has a window that does not fit', `kernel_shape of ${x.length - 2} numbers`, `[${kernel}]`);
  const geometry = convGeometry(node, x, [channels, channels, ...kernel]);
  const same = stringAttribute(node, 'auto_pad', 'NOTSET').startsWith('SAME');
  if (numberAttribute(node, 'ceil_mode', 0) === 0 || same) return geometry;
  const spatial = kernel.map((k, axis) => {
    const [size, stride] = [x[axis + 2]!, geometry.strides[axis]!];
    const begin = geometry.padBegin[axis]!;
    const room = size + begin + geometry.padEnd[axis]! - ((k - 1) * geometry.dilations[axis]! + 1);
    const count = Math.ceil(room / stride) + 1;
    return (count - 1) * stride >= size + begin ? count - 1 : count;
  });
  return { ...geometry, outShape: [x[0]!, channels, ...spatial] };
}

/** For every position whether its numbers lie within the input or its padding, per axis: how many do. */
export function paddedCounts(geometry: ConvGeometry, sizes: Shape): Float64Array {
  const out = geometry.outShape.slice(2);
  const counts = new Float64Array(entryCount(out)).fill(1);
  let inner = counts.length;
  sizes.forEach((size, axis) => {
    inner /= out[axis]!;
    const kernel = geometry.kernel[axis]!;
    const last = size + geometry.padEnd[axis]!;
    for (let i = 0; i < counts.length; i++) {
      const start = (Math.floor(i / inner) % out[axis]!) * geometry.strides[axis]! - geometry.padBegin[axis]!;
      const fitting = Math.ceil((last - start) / geometry.dilations[axis]!);
      counts[i]! *= Math.min(kernel, fitting);
    }
  });
  return counts;
}
