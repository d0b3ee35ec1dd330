/**
 * Readers of a node's inputs and attributes that the operator files share: what may be absent, what must be constant, and axes,
 * which moved from attributes to inputs between operator sets.
 */
import { FoldError } from '../errors.ts';
import type { GraphNode } from '../layers/node.ts';
import { type Constant, isConstant, type Value } from '../tensor/graph.ts';
import type { NodeCall } from './operator.ts';

const label = (node: GraphNode): string => `The ${node.op} "${node.name}"`;

/** What of a node cannot be proven, and what to do instead. */
export function unsupported(node: GraphNode, what: string, hint: string): FoldError {
  return new FoldError('E_UNSUPPORTED', `${label(node)} ${what}.`, { hint });
}

/** What makes a node invalid ONNX. */
export function malformed(node: GraphNode, what: string, expected: string, got?: string): FoldError {
  return new FoldError('E_FORMAT', `${label(node)} ${what}.`, { expected, ...(got === undefined ? {} : { got }) });
}

/** An input that the operator cannot do without. */
export function requiredInput({ node, inputs }: NodeCall, index: number): Value {
  const value = inputs[index];
  if (value === undefined) throw malformed(node, `lacks its input ${index}`, 'a tensor');
  return value;
}

/** An input whose numbers must be known while the network is read; undefined where it is absent. */
export function constantInput({ node, inputs }: NodeCall, index: number, what: string): Constant | undefined {
  const value = inputs[index];
  if (value === undefined || isConstant(value)) return value;
  throw unsupported(
    node,
    `computes its ${what} from the data`,
    `Export the network with a constant ${what} (fixed shapes, constant folding on).`,
  );
}

/** The only number of a tensor. */
export function scalar(node: GraphNode, value: Constant, what: string): number {
  if (value.data.length !== 1) throw malformed(node, `takes one number as ${what}`, '1 number', `${value.data.length}`);
  return value.data[0]!;
}

/** A list of numbers, or undefined where the node has none of that name. */
export function numbersAttribute(node: GraphNode, name: string): readonly number[] | undefined {
  const value = node.attributes.get(name);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && 'data' in value) return [...value.data];
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'number')) return value;
  throw malformed(node, `has an attribute "${name}" of the wrong kind`, 'numbers');
}

/** A list of strings; empty where the node has none of that name. */
export function stringsAttribute(node: GraphNode, name: string): readonly string[] {
  const value = node.attributes.get(name) ?? [];
  // An empty list does not tell of what it is one.
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw malformed(node, `has an attribute "${name}" of the wrong kind`, 'strings');
}

/** An axis as an index: negative ones count from the end. */
export function axisOf(node: GraphNode, axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  // A scalar is taken as a list of one, as the runtimes do.
  if (rank === 0 && (axis === 0 || axis === -1)) return 0;
  if (!Number.isInteger(axis) || index < 0 || index >= rank)
    throw malformed(node, 'has an axis that its input has not', `an axis of ${-rank} to ${rank - 1}`, `${axis}`);
  return index;
}

/** Axes of the attribute `axes` or of an input, in ascending order and without repetition; undefined where there are none. */
export function axesOf(call: NodeCall, input: number, rank: number): readonly number[] | undefined {
  const given = numbersAttribute(call.node, 'axes') ?? constantInput(call, input, 'axes')?.data;
  if (given === undefined || given.length === 0) return undefined;
  return [...new Set([...given].map((axis) => axisOf(call.node, axis, rank)))].sort((a, b) => a - b);
}
