/**
 * Operators that keep every number in its place and only rename or reshape: ONNX Identity, Flatten, Reshape.
 * The state is a flat vector in row-major order, so they cost nothing and have no circuit.
 */
import { type Binding, elementwise, unsupported } from './binding.ts';
import { entryCount, shapeText } from './tensor-shape.ts';

export const bindIdentity = elementwise({ kind: 'shape' });

export const bindReshape: Binding = (node, context) => {
  const [from, to] = [context.shape(node.inputs[0]!), context.shape(node.outputs[0]!)];
  if (entryCount(from) !== entryCount(to)) throw unsupported(node, `the numbers of ${shapeText(from)}`, shapeText(to));
  return { kind: 'shape', takes: [from], gives: to };
};
