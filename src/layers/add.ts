/**
 * Addition. ONNX: Add, either of a layer's own input (a skip connection) or of a constant per output channel (a bias).
 *
 * acc has the weights' fractional bits on top of the activations', so that x enters as 2^s x. In the circuit that factor
 * is the slot's residual coefficient, an entry of the model block: 2^s, or 0 where there is no skip.
 */

import { type Binding, unsupported } from './binding.ts';
import { biasCount, type Linear } from './linear-shape.ts';
import type { Tensor } from './node.ts';

/** acc[i] += coefficient * x[i] for the activations that both have, in exact integers. */
export function addResidual(acc: Float64Array, coefficient: number, x: Float64Array): void {
  if (coefficient === 0) return;
  for (let i = 0; i < acc.length; i++) acc[i] = acc[i]! + coefficient * x[i]!;
}

export const bindAdd: Binding = (node, context) => {
  const constants = node.inputs.map((name) => context.constant(name)).filter((t) => t !== undefined);
  if (constants.length === 0) return { piece: 'residual' };
  if (!context.open)
    throw unsupported(node, 'a constant added to the output of a layer', 'a constant added to the input');
  const bias = perChannel(constants[0]!, context.open);
  if (constants.length > 1 || !bias)
    throw unsupported(node, 'one value, or one per output channel', `a constant [${constants[0]!.shape.join(', ')}]`);
  return { piece: 'bias', bias };
};

/** The constant as one value per output channel; undefined where it varies over the image. */
function perChannel(constant: Tensor, linear: Linear): Float64Array | undefined {
  const count = biasCount(linear.shape);
  if (constant.data.length === 1) return new Float64Array(count).fill(constant.data[0]!);
  // Right-aligned broadcasting: a channel axis stands before height and width, a vector's entries stand last.
  const trailing = linear.shape.kind === 'conv' ? 2 : 0;
  const axis = constant.shape.length - 1 - trailing;
  const others = constant.shape.every((d, k) => k === axis || d === 1);
  return others && constant.shape[axis] === count ? constant.data : undefined;
}
