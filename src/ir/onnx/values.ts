/**
 * Shapes of graph inputs and outputs. A proof is of ONE item, so a batch dimension (the first) that is symbolic,
 * absent or not positive is read as 1; any other unknown dimension must be fixed by the user.
 */
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { elementCount } from '../../layers/tensor-shape.ts';
import type { GraphValue } from '../graph.ts';
import { has, type Int64, int64, type ValueInfoProto } from './proto.ts';

/** Dimensions as written, `undefined` where unknown; undefined as a whole where the rank is unknown. */
export function declaredShape(proto: ValueInfoProto): (number | undefined)[] | undefined {
  const shape = proto.type?.tensorType?.shape;
  if (shape === null || shape === undefined) return undefined;
  return (shape.dim ?? []).map((dim) => {
    const value = has(dim, 'dimValue') ? int64(dim.dimValue as Int64) : 0;
    return value > 0 ? value : undefined;
  });
}

/** TensorProto.DataType (onnx.proto3) of real numbers: float, float16, double, bfloat16. 0: the file does not say. */
const REAL_TYPES: readonly number[] = [0, 1, 10, 11, 16];

/**
 * A graph input with all dimensions known.
 * @throws E_UNSUPPORTED if it is not a tensor, E_INPUT for an unknown dimension, E_TOO_LARGE beyond the element limit
 */
export function decodeInput(proto: ValueInfoProto): GraphValue {
  const name = proto.name ?? '';
  if (!proto.type?.tensorType)
    throw new FoldError('E_UNSUPPORTED', `The network's input "${name}" is not a tensor.`, { expected: 'a tensor' });
  const written = declaredShape(proto);
  const dims = written?.map((dim, axis) => (axis === 0 ? (dim ?? 1) : dim));
  if (dims === undefined || dims.includes(undefined)) {
    const symbols = proto.type.tensorType.shape?.dim?.map((dim, axis) => dims?.[axis] ?? (dim.dimParam || '?'));
    const fixed = symbols?.map((dim, axis) => (typeof dim === 'number' ? dim : `D${axis}`)) ?? ['D0', '...'];
    throw new FoldError('E_INPUT', `The network's input "${name}" has an unknown dimension.`, {
      expected: 'known dimensions; only the first (the batch) may be symbolic',
      got: symbols === undefined ? 'no shape at all' : `[${symbols.join(', ')}]`,
      hint: command`python -m onnxruntime.tools.make_dynamic_shape_fixed --input_name ${name} --input_shape ${fixed.join(',')} model.onnx fixed.onnx`,
    });
  }
  const shape = dims as number[];
  elementCount(shape, `input "${name}"`);
  const integers = !REAL_TYPES.includes(proto.type.tensorType.elemType ?? 0);
  return { name, shape, ...(integers ? { integers } : {}) };
}

/** The shape of a graph output if the file states it completely, else undefined. */
export function completeShape(proto: ValueInfoProto): number[] | undefined {
  const dims = declaredShape(proto);
  if (dims === undefined || dims.includes(undefined)) return undefined;
  const shape = dims as number[];
  elementCount(shape, `output "${proto.name ?? ''}"`);
  return shape;
}
