/** A decoded network: named tensors and nodes in topological order, nothing of ONNX's encoding left. */

/** Row-major tensor of real numbers. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | Tensor;

export interface GraphNode {
  /** Never empty: made from the first output where the file has none. */
  readonly name: string;
  readonly op: string;
  /** Tensor names; '' is an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export interface GraphValue {
  readonly name: string;
  /** All dimensions known and positive; a symbolic batch dimension is read as 1. */
  readonly shape: readonly number[];
}

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
