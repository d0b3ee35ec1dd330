/** ONNX's element types (TensorProto.DataType) as the kinds of numbers that the tensor graph knows. */
import type { NumberKind } from '../tensor/graph.ts';

/** float, float16, double, bfloat16; 0: the file does not say. */
const REAL_TYPES: readonly number[] = [0, 1, 10, 11, 16];
/** uint8, int8, uint16, int16, int32, int64, uint32, uint64, uint4, int4. */
const INTEGER_TYPES: readonly number[] = [2, 3, 4, 5, 6, 7, 12, 13, 21, 22];

/** TensorProto.DataType.BOOL */
export const BOOLEAN = 9;

/** Undefined for strings, complex numbers and the like. */
export function kindOfType(type: number | undefined): NumberKind | undefined {
  if (type === undefined || REAL_TYPES.includes(type)) return 'real';
  if (type === BOOLEAN) return 'boolean';
  return INTEGER_TYPES.includes(type) ? 'integer' : undefined;
}
