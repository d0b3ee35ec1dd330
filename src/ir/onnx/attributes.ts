/** Node attributes, decoded from protobuf; layers/node.ts reads them. */
import { FoldError } from '../../errors.ts';
import type { AttributeValue, Tensor } from '../graph.ts';
import { type AttributeProto, has, int64 } from './proto.ts';
import { decodeTensor, type TensorOptions } from './tensor.ts';

/** AttributeProto.AttributeType (onnx.proto3) of the kinds that a feed-forward network uses. */
const KIND = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, FLOATS: 6, INTS: 7, STRINGS: 8 } as const;

/** Attribute of ai.onnx.ml's Imputer. */
const MISSING = 'replaced_value_float';

const utf8 = new TextDecoder();

/** The kind: written in the file since IR version 2, else the one field that is set. */
function kindOf(proto: AttributeProto): number {
  if (has(proto, 'type') && proto.type !== 0) return proto.type as number;
  if (has(proto, 't')) return KIND.TENSOR;
  if (has(proto, 's')) return KIND.STRING;
  if (has(proto, 'i')) return KIND.INT;
  if (has(proto, 'f')) return KIND.FLOAT;
  if ((proto.ints?.length ?? 0) > 0) return KIND.INTS;
  if ((proto.floats?.length ?? 0) > 0) return KIND.FLOATS;
  return KIND.STRINGS;
}

/** Decodes one attribute of the node called `node`; sub-graphs, sparse tensors and the like are E_UNSUPPORTED. */
export function decodeAttribute(proto: AttributeProto, node: string, options: TensorOptions = {}): AttributeValue {
  const label = `attribute "${proto.name ?? ''}" of node "${node}"`;
  switch (kindOf(proto)) {
    case KIND.FLOAT:
      // what an Imputer replaces may be no number: inputs have none, and so it does nothing
      return proto.name === MISSING ? (proto.f ?? 0) : numbers([proto.f ?? 0], label, options)[0]!;
    case KIND.INT:
      return int64(proto.i ?? 0);
    case KIND.STRING:
      return utf8.decode(proto.s ?? new Uint8Array(0));
    case KIND.TENSOR:
      return decodeTensor(proto.t ?? {}, label, options);
    case KIND.FLOATS:
      return numbers(proto.floats ?? [], label, options);
    case KIND.INTS:
      return (proto.ints ?? []).map((value) => int64(value));
    case KIND.STRINGS:
      return (proto.strings ?? []).map((value) => utf8.decode(value));
    default:
      throw new FoldError('E_UNSUPPORTED', `The ${label} is of a kind that is not supported.`, {
        expected: 'numbers, strings or a tensor',
        got: `AttributeProto.AttributeType ${proto.type}`,
        hint: 'Control flow (If, Loop, Scan) cannot be proven: export the network with it traced away.',
      });
  }
}

function numbers(values: readonly number[], label: string, { infinite }: TensorOptions): readonly number[] {
  const index = values.findIndex((value) => (infinite ? Number.isNaN(value) : !Number.isFinite(value)));
  if (index >= 0)
    throw new FoldError('E_INPUT', `The ${label} is not finite.`, { got: `${values[index]} at index ${index}` });
  return values;
}

/** True for the tensor-valued attributes. */
export function isTensor(value: AttributeValue): value is Tensor {
  return typeof value === 'object' && 'data' in value;
}
