/**
 * A node of a decoded network, nothing of ONNX's encoding left, and typed readers of its attributes with ONNX's defaults for
 * the operator files that interpret it.
 */
import { FoldError } from '../errors.ts';

/** Row-major tensor of real numbers. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The value of an attribute. */
export type AttributeValue = number | string | readonly number[] | readonly string[] | Tensor;

/** An operator of a graph. */
export interface GraphNode {
  /** Never empty: made from the first output where the file has none. */
  readonly name: string;
  readonly op: string;
  /** Tensor names; '' is an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

function wrongKind(node: GraphNode, name: string, expected: string): FoldError {
  return new FoldError('E_FORMAT', `The attribute "${name}" of node "${node.name}" (${node.op}) has the wrong kind.`, {
    expected,
  });
}

/** A number (ONNX: float or int). */
export function numberAttribute(node: GraphNode, name: string, fallback: number): number {
  const value = node.attributes.get(name) ?? fallback;
  if (typeof value !== 'number') throw wrongKind(node, name, 'a number');
  return value;
}

export function stringAttribute(node: GraphNode, name: string, fallback: string): string {
  const value = node.attributes.get(name) ?? fallback;
  if (typeof value !== 'string') throw wrongKind(node, name, 'a string');
  return value;
}

/** A list of integers of exactly `fallback.length` entries. */
export function intsAttribute(node: GraphNode, name: string, fallback: readonly number[]): readonly number[] {
  const value = node.attributes.get(name) ?? fallback;
  const ok = Array.isArray(value) && value.length === fallback.length && value.every((v) => Number.isInteger(v));
  if (!ok) throw wrongKind(node, name, `${fallback.length} integers`);
  return value as readonly number[];
}
