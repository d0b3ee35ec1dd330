/**
 * Addition. ONNX: Add, either of a layer's own input (a skip connection) or of a constant per output channel (a bias).
 *
 * acc has the weights' fractional bits on top of the activations', so that x enters as 2^s x. In the circuit that factor
 * is the slot's residual coefficient, an entry of the model block: 2^s, or 0 where there is no skip.
 */

import { type Binding, unsupported } from './binding.ts';
import { biasIndex } from './linear.ts';
import { biasCount, type Linear } from './linear-shape.ts';
import type { Tensor } from './node.ts';
import { broadcastIndex, broadcastsTo, type Shape, sameShape, shapeText } from './tensor-shape.ts';

/** acc[i] += coefficient * x[i] for the activations that both have, in exact integers. */
export function addResidual(acc: Float64Array, coefficient: number, x: Float64Array): void {
  if (coefficient === 0) return;
  for (let i = 0; i < acc.length; i++) acc[i] = acc[i]! + coefficient * x[i]!;
}

export const bindAdd: Binding = (node, context) => {
  const constants = node.inputs.map((name) => context.constant(name)).filter((t) => t !== undefined);
  const takes = node.inputs.filter((name) => context.constant(name) === undefined).map((name) => context.shape(name));
  const [shape, other] = takes as [Shape, Shape?];
  const [constant] = constants;
  if (!constant) {
    if (!sameShape(shape, other!))
      throw unsupported(node, 'two tensors of one shape', `${shapeText(shape)} and ${shapeText(other!)}`);
    return { kind: 'residual', takes, gives: shape };
  }
  if (!context.open)
    throw unsupported(node, 'a constant added to the output of a layer', 'a constant added to the input');
  const bias = perChannel(constant, shape, context.open);
  if (!bias)
    throw unsupported(
      node,
      `one value, or one per output channel of the layer, for a tensor ${shapeText(shape)}`,
      `a constant ${shapeText(constant.shape)}`,
    );
  return { kind: 'bias', bias, takes, gives: shape };
};

/**
 * A constant added to a tensor that holds a layer's results, as one value per output channel of that layer. Which entry of
 * the constant meets which result is what broadcasting to the tensor's shape says; undefined where the results of one
 * channel meet different entries, or where the tensor itself would be repeated.
 */
function perChannel({ shape, data }: Tensor, tensor: Shape, linear: Linear): Float64Array | undefined {
  if (!broadcastsTo(shape, tensor)) return undefined;
  const entries = new Int32Array(biasCount(linear.shape)).fill(-1);
  const fits = broadcastIndex(shape, tensor).every((entry, result) => {
    const channel = biasIndex(linear.shape, result);
    if (entries[channel] === -1) entries[channel] = entry;
    return entries[channel] === entry;
  });
  return fits ? Float64Array.from(entries, (entry) => data[entry]!) : undefined;
}
