/**
 * Float kernels of the reference run: one closure per node, with everything that depends only on shapes and
 * attributes (padding, broadcasting) settled when it is made. Row-major Float64Array in and out; see float.ts for
 * the rounding.
 */
import { FoldError, invariant } from '../errors.ts';
import { convGeometry } from '../layers/conv-geometry.ts';
import { numberAttribute } from '../layers/node.ts';
import { broadcastIndex, broadcastShape, type Shape } from '../layers/tensor-shape.ts';
import type { GraphNode } from './graph.ts';

type Shapes = readonly (Shape | undefined)[];

/** Absent optional inputs are undefined. */
export type FloatKernel = (inputs: readonly (Float64Array | undefined)[]) => Float64Array;

function addKernel(shapes: Shapes, out: Shape): FloatKernel {
  const ia = broadcastIndex(shapes[0]!, out);
  const ib = broadcastIndex(shapes[1]!, out);
  return ([a, b]) => {
    const y = new Float64Array(ia.length);
    for (let i = 0; i < y.length; i++) y[i] = Math.fround(a![ia[i]!]! + b![ib[i]!]!);
    return y;
  };
}

function unaryKernel(f: (x: number) => number): FloatKernel {
  return ([x]) => {
    const y = new Float64Array(x!.length);
    for (let i = 0; i < y.length; i++) y[i] = f(x![i]!);
    return y;
  };
}

/** y = alpha A' B' + beta C, the prime being an optional transposition. */
function gemmKernel(node: GraphNode, shapes: Shapes, [m, n]: Shape): FloatKernel {
  const transA = numberAttribute(node, 'transA', 0) !== 0;
  const transB = numberAttribute(node, 'transB', 0) !== 0;
  const alpha = numberAttribute(node, 'alpha', 1);
  const beta = numberAttribute(node, 'beta', 1);
  const k = transA ? shapes[0]![0]! : shapes[0]![1]!;
  const [aRow, aStep] = transA ? [1, m!] : [k, 1];
  const [bColumn, bStep] = transB ? [k, 1] : [1, n!];
  const ic = shapes[2] === undefined ? undefined : broadcastIndex(shapes[2], [m!, n!]);
  return ([a, b, c]) => {
    const y = new Float64Array(m! * n!);
    for (let i = 0; i < m!; i++)
      for (let j = 0; j < n!; j++) {
        let sum = 0;
        for (let t = 0, p = i * aRow, q = j * bColumn; t < k; t++, p += aStep, q += bStep) sum += a![p]! * b![q]!;
        const o = i * n! + j;
        y[o] = Math.fround(alpha * sum + (ic === undefined ? 0 : beta * c![ic[o]!]!));
      }
    return y;
  };
}

function matMulKernel(shapes: Shapes): FloatKernel {
  const a = shapes[0]!.length === 1 ? [1, ...shapes[0]!] : shapes[0]!;
  const b = shapes[1]!.length === 1 ? [...shapes[1]!, 1] : shapes[1]!;
  const m = a[a.length - 2]!;
  const k = a[a.length - 1]!;
  const n = b[b.length - 1]!;
  const batch = broadcastShape(a.slice(0, -2), b.slice(0, -2))!;
  const ia = broadcastIndex(a.slice(0, -2), batch);
  const ib = broadcastIndex(b.slice(0, -2), batch);
  return ([x, w]) => {
    const y = new Float64Array(ia.length * m * n);
    for (let item = 0; item < ia.length; item++)
      for (let i = 0; i < m; i++) {
        const row = y.subarray((item * m + i) * n, (item * m + i + 1) * n);
        for (let t = 0; t < k; t++) {
          const value = x![(ia[item]! * m + i) * k + t]!;
          for (let j = 0, q = (ib[item]! * k + t) * n; j < n; j++, q++) row[j]! += value * w![q]!;
        }
      }
    return y.map(Math.fround);
  };
}

/** sum of weights[t] * x[at + taps[t]], in two interleaved sums, which the processor can overlap. */
function gatheredDot(weights: Float64Array, x: Float64Array, taps: Int32Array, at: number): number {
  let even = 0;
  let odd = 0;
  let t = 1;
  for (; t < taps.length; t += 2) {
    even += weights[t - 1]! * x[at + taps[t - 1]!]!;
    odd += weights[t]! * x[at + taps[t]!]!;
  }
  if (t === taps.length) even += weights[t - 1]! * x[at + taps[t - 1]!]!;
  return even + odd;
}

/**
 * Convolution over one or two spatial axes (one axis is a height of 1). The input is padded
 * once; an output element is one inner product.
 */
function convKernel(node: GraphNode, shapes: Shapes): FloatKernel {
  const flat = shapes[0]!.length === 3;
  const geometry = convGeometry(node, shapes[0]!, shapes[1]!);
  if (shapes[0]!.length > 4)
    throw new FoldError('E_UNSUPPORTED', `The convolution "${node.name}" has more than two spatial axes.`, {
      expected: '1 or 2 spatial axes',
      got: `${shapes[0]!.length - 2}`,
    });
  const two = (values: Shape, missing: number): [number, number] =>
    flat ? [missing, values[0]!] : [values[0]!, values[1]!];
  const [batch, channels] = shapes[0]! as [number, number];
  const [height, width] = two(shapes[0]!.slice(2), 1);
  const [kh, kw] = two(geometry.kernel, 1);
  const [sy, sx] = two(geometry.strides, 1);
  const [dy, dx] = two(geometry.dilations, 1);
  const [top, left] = two(geometry.padBegin, 0);
  const [bottom, right] = two(geometry.padEnd, 0);
  const [oh, ow] = two(geometry.outShape.slice(2), 1);
  const maps = geometry.outShape[1]!;
  const groupIn = channels / geometry.group;
  const groupOut = maps / geometry.group;
  const pw = width + left + right;
  const plane = (height + top + bottom) * pw;
  const padded = new Float64Array(channels * plane);
  // Where a tap stands relative to the window's corner, in the order of the weights.
  const taps = Int32Array.from({ length: groupIn * kh * kw }, (_, t) => {
    const [c, ky, kx] = [Math.floor(t / (kh * kw)), Math.floor(t / kw) % kh, t % kw];
    return c * plane + ky * dy * pw + kx * dx;
  });

  return ([x, w, bias]) => {
    const y = new Float64Array(batch * maps * oh * ow);
    for (let item = 0; item < batch; item++) {
      for (let c = 0; c < channels; c++)
        for (let r = 0; r < height; r++) {
          const from = ((item * channels + c) * height + r) * width;
          padded.set(x!.subarray(from, from + width), c * plane + (r + top) * pw + left);
        }
      for (let o = 0; o < maps; o++) {
        const group = Math.floor(o / groupOut) * groupIn * plane;
        const weights = w!.subarray(o * taps.length, (o + 1) * taps.length);
        const shift = bias === undefined ? 0 : bias[o]!;
        for (let r = 0, to = (item * maps + o) * oh * ow; r < oh; r++)
          for (let q = 0, at = group + r * sy * pw; q < ow; q++, at += sx)
            y[to++] = Math.fround(shift + gatheredDot(weights, padded, taps, at));
      }
    }
    return y;
  };
}

/** The kernel of one node; its operator has a shape rule (`inferShapes` has passed). */
export function floatKernel(node: GraphNode, shapes: Shapes, out: Shape): FloatKernel {
  switch (node.op) {
    case 'Add':
      return addKernel(shapes, out);
    case 'Conv':
      return convKernel(node, shapes);
    case 'Gemm':
      return gemmKernel(node, shapes, out);
    case 'MatMul':
      return matMulKernel(shapes);
    case 'Floor':
      return unaryKernel(Math.floor);
    case 'Relu':
      return unaryKernel((x) => Math.max(x, 0));
    case 'Flatten':
    case 'Identity':
    case 'Reshape':
      return ([x]) => x!;
    default:
      invariant(false, `No float kernel for the operator ${node.op}.`);
  }
}
