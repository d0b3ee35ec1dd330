/** Ranges of ONNX's integer element types (TensorProto.DataType). */
import type { GraphNode } from '../layers/node.ts';
import { unsupported } from './arguments.ts';

export interface IntegerType {
  readonly bits: number;
  readonly signed: boolean;
  readonly low: number;
  readonly high: number;
}

const integer = (bits: number, signed: boolean): IntegerType => ({
  bits,
  signed,
  low: signed ? -(2 ** (bits - 1)) : 0,
  high: signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1,
});

export const UINT8 = 2;
const INTEGER_TYPES: ReadonlyMap<number, IntegerType> = new Map([
  [UINT8, integer(8, false)],
  [3, integer(8, true)],
  [4, integer(16, false)],
  [5, integer(16, true)],
  [6, integer(32, true)],
  [7, integer(64, true)],
  [12, integer(32, false)],
  [13, integer(64, false)],
  [21, integer(4, false)],
  [22, integer(4, true)],
  [25, integer(2, false)],
  [26, integer(2, true)],
]);

/** The type of integers that saturate or wrap: what they do depends on it. */
export function integerType(node: GraphNode, type: number | undefined, what: string): IntegerType {
  const found = type === undefined ? undefined : INTEGER_TYPES.get(type);
  if (found === undefined)
    throw unsupported(
      node,
      type === undefined ? `does not say the integer type of its ${what}` : `has a ${what} of the element type ${type}`,
      'Use an integer type of 2 to 64 bits and let shape inference write the types into the file (onnx.shape_inference).',
    );
  return found;
}

/** As above; signed numbers of 64 bits where nothing is known. */
export const integerTypeOr64 = (type: number | undefined): IntegerType =>
  INTEGER_TYPES.get(type ?? 7) ?? integer(64, true);
