/**
 * TensorProto -> Tensor: all of ONNX's numeric element types widened to float64, which holds each of them exactly
 * (int64 and uint64 up to 2^53).
 *
 * A tensor's data stands either in `raw_data`, little-endian and packed, or in the typed field of its element type
 * (small integers, booleans and half floats share `int32_data`). The product of the dimensions is compared with the
 * data that is really there BEFORE anything is allocated: a few bytes that claim ten gigabytes cost nothing.
 */
import { FoldError } from '../../errors.ts';
import type { Tensor } from '../graph.ts';
import { type ExternalFiles, externalBytes, isExternal } from './external.ts';
import { type Int64, int64, type TensorProto } from './proto.ts';

type TypedField = 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data';

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly field: TypedField;
  readonly read: (view: DataView, offset: number) => number;
  /** What an entry of the typed field means, where it is not the value itself. */
  readonly decode?: (entry: number) => number;
}

/** IEEE 754 binary16 from its bit pattern. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const scratch = new DataView(new ArrayBuffer(4));
/** bfloat16 is the upper half of a float32. */
function bfloat(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}

/** Keyed by TensorProto.DataType (onnx.proto3). */
const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1, { name: 'float', bytes: 4, field: 'floatData', read: (v, o) => v.getFloat32(o, true) }],
  [2, { name: 'uint8', bytes: 1, field: 'int32Data', read: (v, o) => v.getUint8(o) }],
  [3, { name: 'int8', bytes: 1, field: 'int32Data', read: (v, o) => v.getInt8(o) }],
  [4, { name: 'uint16', bytes: 2, field: 'int32Data', read: (v, o) => v.getUint16(o, true) }],
  [5, { name: 'int16', bytes: 2, field: 'int32Data', read: (v, o) => v.getInt16(o, true) }],
  [6, { name: 'int32', bytes: 4, field: 'int32Data', read: (v, o) => v.getInt32(o, true) }],
  [7, { name: 'int64', bytes: 8, field: 'int64Data', read: (v, o) => int64(v.getBigInt64(o, true)) }],
  [9, { name: 'bool', bytes: 1, field: 'int32Data', read: (v, o) => v.getUint8(o) }],
  [10, { name: 'float16', bytes: 2, field: 'int32Data', read: (v, o) => half(v.getUint16(o, true)), decode: half }],
  [11, { name: 'double', bytes: 8, field: 'doubleData', read: (v, o) => v.getFloat64(o, true) }],
  [12, { name: 'uint32', bytes: 4, field: 'uint64Data', read: (v, o) => v.getUint32(o, true) }],
  [13, { name: 'uint64', bytes: 8, field: 'uint64Data', read: (v, o) => int64(v.getBigUint64(o, true)) }],
  [
    16,
    { name: 'bfloat16', bytes: 2, field: 'int32Data', read: (v, o) => bfloat(v.getUint16(o, true)), decode: bfloat },
  ],
]);

/** A tensor with ONNX's element type (TensorProto.DataType). */
export interface TypedTensor extends Tensor {
  readonly type: number;
}

export interface TensorOptions {
  /** Files that hold data outside the model, by the location that the model gives them. */
  readonly external?: ExternalFiles;
  /** Infinities are numbers, as masks of attention hold them. */
  readonly infinite?: boolean;
}

/**
 * Decodes and checks one tensor.
 * @param label what the tensor is called in errors, e.g. `initializer "conv1.weight"`
 * @throws E_UNSUPPORTED for external data and non-numeric elements, E_FORMAT where shape and data disagree,
 *   E_INPUT for NaN (and infinities unless they are allowed), with the index.
 */
export function decodeTensor(proto: TensorProto, label: string, options: TensorOptions = {}): TypedTensor {
  const outside = isExternal(proto);
  if (outside && options.external === undefined)
    throw new FoldError('E_UNSUPPORTED', `The ${label} keeps its data outside the ONNX file.`, {
      expected: 'all data inside the file',
      got: 'external data',
      hint: "python -c \"import onnx; onnx.save(onnx.load('model.onnx'), 'inline.onnx', save_as_external_data=False)\"",
    });
  const type = ELEMENT_TYPES.get(proto.dataType ?? 0);
  if (type === undefined)
    throw new FoldError('E_UNSUPPORTED', `The ${label} has an element type that is not supported.`, {
      expected: [...ELEMENT_TYPES.values()].map((t) => t.name).join(', '),
      got: `TensorProto.DataType ${proto.dataType ?? 0}`,
    });
  const shape = (proto.dims ?? []).map((dim: Int64) => int64(dim));
  const badDim = shape.find((dim) => dim < 0);
  if (badDim !== undefined)
    throw new FoldError('E_FORMAT', `The ${label} has a negative dimension.`, { got: `[${shape.join(', ')}]` });
  const count = shape.reduce((product, dim) => product * dim, 1);
  const raw = (outside ? externalBytes(proto, label, options.external!) : proto.rawData) ?? new Uint8Array(0);
  const entries: readonly Int64[] = proto[type.field] ?? [];
  const held = raw.length > 0 ? raw.length / type.bytes : entries.length;
  if (held !== count || (raw.length > 0 && entries.length > 0))
    throw new FoldError('E_FORMAT', `The data of the ${label} does not fill its shape.`, {
      expected: `${count} elements of ${type.name} for shape [${shape.join(', ')}]`,
      got: `${raw.length} bytes of raw data and ${entries.length} typed elements`,
    });

  const data = new Float64Array(count);
  if (raw.length > 0) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < count; i++) data[i] = type.read(view, i * type.bytes);
  } else {
    for (let i = 0; i < count; i++) {
      const entry = entryValue(entries[i]!);
      data[i] = type.decode === undefined ? entry : type.decode(entry);
    }
  }
  const bad = data.findIndex((value) => (options.infinite ? Number.isNaN(value) : !Number.isFinite(value)));
  if (bad >= 0)
    throw new FoldError('E_INPUT', `The ${label} holds a value that is not a finite number.`, {
      expected: 'finite numbers only',
      got: `${data[bad]} at index ${bad} of shape [${shape.join(', ')}]`,
      hint: 'A diverged training leaves NaN weights: retrain or load an earlier checkpoint.',
    });
  return { shape, data, type: proto.dataType ?? 0 };
}

/** An entry of a typed field: floats pass untouched (NaN must be seen), Long objects are converted. */
function entryValue(entry: Int64): number {
  return typeof entry === 'number' ? entry : int64(entry);
}
