/** Tensors whose data stands in files beside the model: where it is and which bytes of it (onnx.proto3, external_data). */
import { FoldError } from '../../errors.ts';
import type { GraphProto, ModelProto, TensorProto } from './proto.ts';

/** By the location that the model gives them. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/** TensorProto.DataLocation EXTERNAL. */
const EXTERNAL = 1;

export const isExternal = (proto: TensorProto): boolean =>
  proto.dataLocation === EXTERNAL || (proto.externalData?.length ?? 0) > 0;

const entryOf = (proto: TensorProto, key: string): string | undefined =>
  (proto.externalData ?? []).find((entry) => entry.key === key)?.value ?? undefined;

/** The tensors of a graph and of the graphs in its nodes. */
function tensorsOf({ initializer, node }: GraphProto): TensorProto[] {
  const attributes = (node ?? []).flatMap((one) => one.attribute ?? []);
  const inside = attributes.flatMap(({ t, g }) => [...(t ? [t] : []), ...(g ? tensorsOf(g) : [])]);
  return [...(initializer ?? []), ...inside];
}

/** Locations of all files that the model's tensors are in. */
export function externalLocations(model: ModelProto): string[] {
  const bodies = (model.functions ?? []).flatMap((definition) => definition.node ?? []);
  const tensors = [...tensorsOf(model.graph ?? {}), ...tensorsOf({ node: bodies })].filter(isExternal);
  return [...new Set(tensors.map((tensor) => entryOf(tensor, 'location') ?? ''))];
}

/** The bytes of one tensor. @throws E_FORMAT where the file does not hold them */
export function externalBytes(proto: TensorProto, label: string, files: ExternalFiles): Uint8Array {
  const location = entryOf(proto, 'location') ?? '';
  const file = files.get(location);
  const offset = Number(entryOf(proto, 'offset') ?? 0);
  const length = Number(entryOf(proto, 'length') ?? (file?.length ?? 0) - offset);
  const whole = [offset, length].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (file === undefined || !whole || offset + length > file.length)
    throw new FoldError('E_FORMAT', `The data of the ${label} is not in the file "${location}".`, {
      expected: `bytes ${offset} to ${offset + length}`,
      got: file === undefined ? 'no such file' : `${file.length} bytes`,
    });
  return file.subarray(offset, offset + length);
}
