/**
 * One record per ONNX operator: what it takes and what it means in the operations of the tensor graph. A file of this folder
 * holds one operator or a few that are one idea; table.ts lists them.
 */
import type { GraphNode } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';

/** A node being expanded. */
export interface NodeCall {
  readonly node: GraphNode;
  /** Version of the operator set of the node's domain. */
  readonly opset: number;
  /** Absent optional inputs are undefined. */
  readonly inputs: readonly (Value | undefined)[];
  /** ONNX's element types (TensorProto.DataType) of the inputs, where they are known. */
  readonly types: readonly (number | undefined)[];
}

export interface Operator {
  readonly op: string;
  /** '' (ONNX itself) unless said. */
  readonly domain?: 'ai.onnx.ml' | 'com.microsoft';
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** All attributes that it has. One that nobody reads could mean another function. */
  readonly attributes: readonly string[];
  /** What of it is not read, where there is something that networks have: for the table of operators. */
  readonly restriction?: string;
  /**
   * Its outputs. @throws FoldError E_UNSUPPORTED (what of it is not supported, and what to do) or E_FORMAT (not valid ONNX)
   */
  readonly expand: (b: TensorBuilder, call: NodeCall) => readonly Value[];
}
