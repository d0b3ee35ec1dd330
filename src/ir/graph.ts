/** A decoded network: named tensors and nodes in topological order, nothing of ONNX's encoding left. */

import type { GraphNode, Tensor } from '../layers/node.ts';

export type { AttributeValue, GraphNode, Tensor } from '../layers/node.ts';

/** A named tensor of a graph. */
export interface GraphValue {
  readonly name: string;
  /** All dimensions known and positive; a symbolic batch dimension is read as 1. */
  readonly shape: readonly number[];
  /** Of an input: its numbers are integers, whose sums wrap at their size. */
  readonly integers?: boolean;
  /** Of such an input: they are 0 and 1. */
  readonly booleans?: boolean;
}

/** A network as an ONNX file describes it, with every shape known. */
export interface Graph {
  readonly name: string;
  readonly opset: number;
  /** Inputs without the initializers. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Topological order. */
  readonly nodes: readonly GraphNode[];
  /** Initializers by name. */
  readonly constants: ReadonlyMap<string, Tensor>;
}
