/** Small ONNX models by hand, for the reader of networks. */
import onnxProto from 'onnx-proto';
import { encodeModel, type IModelProto, type ITensorProto, valueInfo } from './onnx.ts';

const { onnx } = onnxProto;

export interface NodeText {
  readonly op: string;
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly domain?: string;
  readonly name?: string;
  readonly attribute?: readonly object[];
}

export const nodeProto = ({ op, domain = '', name = '', attribute = [], ...node }: NodeText): object => ({
  opType: op,
  domain,
  name,
  input: [...node.in],
  output: [...node.out],
  attribute: [...attribute],
});

/** A model of opset 17 with an input x [1, 3] and an output y; `graph` and `model` replace fields of theirs. */
export function modelBytes(nodes: readonly NodeText[], graph: object = {}, model: object = {}): Uint8Array {
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'small',
      input: [valueInfo('x', [1, 3])],
      output: [{ name: 'y' }],
      node: nodes.map(nodeProto),
      ...graph,
    },
    ...model,
  } as IModelProto);
}

/** int64 numbers as an initializer. */
export const integers = (
  name: string,
  data: readonly number[],
  dims: readonly number[] = [data.length],
): ITensorProto => ({
  name,
  dims: [...dims],
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(data, BigInt).buffer),
});

/** Appends FunctionProto.attribute_proto (field 11), which is newer than the schema that encodes, to a function's bytes. */
export function withDefaults(model: Uint8Array, attributes: readonly object[]): Uint8Array {
  const decoded = onnx.ModelProto.decode(model);
  const [definition, ...rest] = decoded.functions;
  if (!definition || rest.length > 0) throw new Error('one function is wanted');
  const bare = onnx.ModelProto.encode(onnx.ModelProto.fromObject({ ...decoded.toJSON(), functions: [] })).finish();
  const body = onnx.FunctionProto.encode(definition).finish();
  const extra = attributes.flatMap((attribute) => {
    const bytes = onnx.AttributeProto.encode(onnx.AttributeProto.fromObject(attribute)).finish();
    return [...field(11, bytes)];
  });
  return Uint8Array.from([...bare, ...field(25, Uint8Array.from([...body, ...extra]))]);
}

/** A length-delimited field of protobuf. */
function field(number: number, bytes: Uint8Array): number[] {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}
