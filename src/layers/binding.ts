/**
 * What an ONNX node means for a chain of layers: the vocabulary between the operator files, which read nodes, and
 * ir/chain.ts, which puts the parts together.
 *
 * A part states the shapes for which it is right, from its operator's definition and its constants. ir/chain.ts holds them
 * against the shapes that were inferred for the graph's tensors: a part that rests on anything less is refused.
 */
import { FoldError } from '../errors.ts';
import type { Linear } from './linear-shape.ts';
import type { GraphNode, Tensor } from './node.ts';
import type { Shape } from './tensor-shape.ts';

export type Meaning =
  /** Starts a layer: inner products of the current activations. */
  | { readonly kind: 'linear'; readonly linear: Linear }
  /** Adds a constant to each output channel of the open layer. */
  | { readonly kind: 'bias'; readonly bias: Float64Array }
  /** Adds the open layer's own input (a skip connection), entry by entry. */
  | { readonly kind: 'residual' }
  | { readonly kind: 'relu' }
  | { readonly kind: 'floor' }
  /** The same numbers in the same order under another shape. */
  | { readonly kind: 'shape' };

export type LayerPart = Meaning & {
  /** Shape of every computed input that the node reads, in the node's order. */
  readonly takes: readonly Shape[];
  /** Shape of its result. */
  readonly gives: Shape;
};

export interface BindingContext {
  /** A constant by its tensor name. */
  constant(name: string): Tensor | undefined;
  /** Inferred shape of a tensor that the node reads or gives, the batch dimension (1) included. */
  shape(name: string): Shape;
  /** The layer that is being put together, if any. */
  readonly open: Linear | undefined;
}

export type Binding = (node: GraphNode, context: BindingContext) => LayerPart;

/** A node of one input that computes every entry from the entry at its place. */
export function elementwise(meaning: Meaning): Binding {
  return (node, context) => {
    const shape = context.shape(node.inputs[0]!);
    return { ...meaning, takes: [shape], gives: shape };
  };
}

/** The error for a node that an operator file reads but a chain of slots cannot hold. */
export function unsupported(node: GraphNode, expected: string, got: string): FoldError {
  return new FoldError('E_UNSUPPORTED', `The node "${node.name}" (${node.op}) does not fit a chain of layers.`, {
    expected,
    got,
    hint: 'A chain is: layers of one kind in a row (convolutions that keep the shape, or matrices), each with an optional Add of its own input, Relu and Floor; then an optional last matrix, the readout.',
  });
}

/** The constant at input `index` of the node. @throws E_UNSUPPORTED when it is computed by the network */
export function constantInput(node: GraphNode, index: number, context: BindingContext): Tensor | undefined {
  const name = node.inputs[index];
  if (name === undefined || name === '') return undefined;
  const tensor = context.constant(name);
  if (!tensor) throw unsupported(node, `a constant as input ${index}`, `the computed tensor "${name}"`);
  return tensor;
}
