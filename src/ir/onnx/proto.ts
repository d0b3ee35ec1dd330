/**
 * The only file that knows onnx-proto: protobuf bytes in, a typed `ModelProto` out.
 *
 * ONNX is a protobuf schema (onnx.proto3). The decoder skips fields newer than its schema, so today's opsets are
 * read; 64-bit integers come as `Long` objects, `raw_data` as an unaligned view into the file.
 */
import onnxProto from 'onnx-proto';
import { FoldError } from '../../errors.ts';
import { boundedReader } from './reader.ts';

const { onnx } = onnxProto;

export type ModelProto = onnxProto.onnx.ModelProto;
export type NodeProto = onnxProto.onnx.INodeProto;
export type TensorProto = onnxProto.onnx.ITensorProto;
export type AttributeProto = onnxProto.onnx.IAttributeProto;
export type ValueInfoProto = onnxProto.onnx.IValueInfoProto;
export type GraphProto = onnxProto.onnx.IGraphProto;
export type FunctionProto = onnxProto.onnx.IFunctionProto;

/** A 64-bit protobuf integer: a number, or an object of the `long` package. */
export type Int64 = number | { toString(): string };

/**
 * Decodes a model. Every failure of the parser, the exhausted stack of a maliciously deep nesting included, is
 * E_FORMAT: the bytes are not a whole ONNX model.
 */
export function decodeModelProto(bytes: Uint8Array): ModelProto {
  try {
    return onnx.ModelProto.decode(boundedReader(bytes));
  } catch (cause) {
    throw new FoldError('E_FORMAT', 'The file is not a complete ONNX model.', {
      expected: 'a serialized onnx.ModelProto',
      got: `${bytes.length} bytes that end early or are not protobuf (${cause instanceof Error ? cause.message : 'unreadable'})`,
      hint: 'Check the download or export the model again: torch.onnx.export(model, sample, "model.onnx")',
      cause,
    });
  }
}

/** Decodes one attribute, of a field that the schema of `decodeModelProto` does not know. */
export const decodeAttributeProto = (bytes: Uint8Array): AttributeProto =>
  onnx.AttributeProto.decode(boundedReader(bytes));

/** Decodes one TensorProto file (`input_0.pb` of ONNX's test data). */
export function decodeTensorProto(bytes: Uint8Array): TensorProto {
  try {
    return onnx.TensorProto.decode(boundedReader(bytes));
  } catch (cause) {
    throw new FoldError('E_FORMAT', 'The file is not a complete ONNX tensor.', { cause });
  }
}

/**
 * A 64-bit integer as a number. Beyond 2^53 it saturates at +-(2^53 - 1): such values occur as "to the end" marks
 * (INT64_MAX in Slice), never as sizes that could be used.
 */
export function int64(value: Int64): number {
  const number = typeof value === 'number' ? value : Number(value.toString());
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number));
}

/** True where the field stood in the file: proto3 defaults live on the prototype. */
export function has<T extends object>(message: T, field: keyof T): boolean {
  return Object.hasOwn(message, field) && message[field] !== null && message[field] !== undefined;
}
