/**
 * Convolution with stride 1 that keeps the image's height and width. ONNX: Conv.
 *
 * Activations are [channel, y, x], row-major. Weight (o, i, ky, kx) meets pixel (y + ky - top, x + kx - left) of channel i;
 * pixels outside the image are zero, so their products are neither computed nor listed in a row.
 * Dilation and groups are written out as zero weights: in the model block a zero costs nothing to commit. Pads are smaller
 * than the image: a weight further out meets no pixel at all, would stand in no row, and is dropped when a node is read.
 */

import { type Binding, constantInput, unsupported } from './binding.ts';
import { type ConvGeometry, convGeometry } from './conv-geometry.ts';
import { type ConvShape, kernelOf, type TapVisitor } from './linear-shape.ts';
import { sameShape, shapeText } from './tensor-shape.ts';

/** acc[o, y, x] += sum w x, in exact integers. */
export function convolve(shape: ConvShape, weights: Float64Array, x: Float64Array, acc: Float64Array): void {
  const { inChannels, outChannels, height, width, pads } = shape;
  const [kh, kw] = kernelOf(pads);
  const area = height * width;
  let at = 0;
  for (let o = 0; o < outChannels; o++) {
    for (let i = 0; i < inChannels; i++) {
      for (let dy = -pads[0]; dy < kh - pads[0]; dy++) {
        for (let dx = -pads[1]; dx < kw - pads[1]; dx++) {
          const w = weights[at++]!;
          if (w === 0) continue;
          const x0 = Math.max(0, -dx);
          const x1 = Math.min(width, width - dx);
          const y1 = Math.min(height, height - dy);
          for (let y = Math.max(0, -dy); y < y1; y++) {
            const to = o * area + y * width;
            const from = i * area + (y + dy) * width + dx;
            for (let k = x0; k < x1; k++) acc[to + k] = acc[to + k]! + w * x[from + k]!;
          }
        }
      }
    }
  }
}

export function biasOfConv(shape: ConvShape, o: number): number {
  return Math.floor(o / (shape.height * shape.width));
}

/** The products of output o = (channel, y, x). */
export function convTaps(shape: ConvShape, o: number, visit: TapVisitor): void {
  const { inChannels, height, width, pads } = shape;
  const [kh, kw] = kernelOf(pads);
  const channel = biasOfConv(shape, o);
  const y = Math.floor(o / width) % height;
  const x = o % width;
  for (let i = 0; i < inChannels; i++) {
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        const iy = y + ky - pads[0];
        const ix = x + kx - pads[1];
        if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
        visit(((channel * inChannels + i) * kh + ky) * kw + kx, (i * height + iy) * width + ix);
      }
    }
  }
}

/**
 * Copies a layer's weights into a wider convolution of the same image: more channels, a larger kernel, zeros elsewhere.
 * `to` has room for wide's weights and holds zeros.
 */
export function widenConv(shape: ConvShape, weights: Float64Array, wide: ConvShape, to: Float64Array): void {
  const [kh, kw] = kernelOf(shape.pads);
  const [wh, ww] = kernelOf(wide.pads);
  const down = wide.pads[0] - shape.pads[0];
  const right = wide.pads[1] - shape.pads[1];
  let at = 0;
  for (let o = 0; o < shape.outChannels; o++) {
    for (let i = 0; i < shape.inChannels; i++) {
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          to[((o * wide.inChannels + i) * wh + ky + down) * ww + kx + right] = weights[at++]!;
        }
      }
    }
  }
}

export const bindConv: Binding = (node, context) => {
  const given = constantInput(node, 1, context);
  if (!given) throw unsupported(node, 'weights', 'none');
  const x = context.shape(node.inputs[0]!);
  const g = convGeometry(node, x, given.shape);
  if (x.length !== 4 || x[0] !== 1) throw unsupported(node, 'an input [1, channels, height, width]', shapeText(x));
  if (g.strides.some((s) => s !== 1) || g.outShape.slice(2).join() !== x.slice(2).join())
    throw unsupported(
      node,
      `stride 1 and an output of ${x.slice(2).join(' x ')}, as the input`,
      `strides ${g.strides.join(' x ')}, output ${g.outShape.slice(2).join(' x ')}`,
    );
  const outChannels = given.shape[0]!;
  const [height, width] = [x[2]!, x[3]!];
  const within = (pad: number, size: number): number => Math.min(pad, size - 1);
  const shape: ConvShape = {
    kind: 'conv',
    inChannels: given.shape[1]! * g.group,
    outChannels,
    height,
    width,
    pads: [
      within(g.padBegin[0]!, height),
      within(g.padBegin[1]!, width),
      within(g.padEnd[0]!, height),
      within(g.padEnd[1]!, width),
    ],
  };
  const { shape: biases, data: bias } = constantInput(node, 2, context) ?? {
    shape: [outChannels],
    data: new Float64Array(outChannels),
  };
  if (!sameShape(biases, [outChannels]))
    throw unsupported(node, `biases ${shapeText([outChannels])}`, shapeText(biases));
  return {
    kind: 'linear',
    linear: { shape, weights: expand(given.data, shape, g), bias },
    takes: [[1, given.shape[1]! * g.group, height, width]],
    gives: [1, outChannels, height, width],
  };
};

/** Weights [out, in/group, kernel] of a grouped, dilated kernel as [out, in, kernel height, kernel width] of `shape`. */
function expand(given: Float64Array, shape: ConvShape, g: ConvGeometry): Float64Array {
  const [kh, kw] = kernelOf(shape.pads);
  const [gh, gw] = [g.kernel[0]!, g.kernel[1]!];
  const perGroup = shape.inChannels / g.group;
  const outPerGroup = shape.outChannels / g.group;
  const out = new Float64Array(shape.outChannels * shape.inChannels * kh * kw);
  let at = 0;
  for (let o = 0; o < shape.outChannels; o++) {
    const first = Math.floor(o / outPerGroup) * perGroup;
    for (let i = first; i < first + perGroup; i++) {
      for (let ky = 0; ky < gh; ky++) {
        for (let kx = 0; kx < gw; kx++) {
          const w = given[at++]!;
          const y = ky * g.dilations[0]! - g.padBegin[0]! + shape.pads[0];
          const x = kx * g.dilations[1]! - g.padBegin[1]! + shape.pads[1];
          if (y >= 0 && y < kh && x >= 0 && x < kw) out[((o * shape.inChannels + i) * kh + y) * kw + x] = w;
        }
      }
    }
  }
  return out;
}
