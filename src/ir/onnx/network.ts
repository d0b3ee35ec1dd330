/**
 * ONNX bytes -> `Network`: everything that a file says, decoded and consistent, nothing judged yet. Initializers and Constant nodes are
 * constants (also those that old files list among the inputs), local functions are inlined, nodes stand in topological order
 * under unique names, every tensor has exactly one producer (nodes.ts).
 */
import { FoldError } from '../../errors.ts';
import type { ExternalFiles } from './external.ts';
import { FunctionInliner, type Opsets, opsetsOf } from './functions.ts';
import { type DeclaredValue, declaredValue, GraphDecoder, type NetworkNode } from './nodes.ts';
import { decodeModelProto, type ModelProto } from './proto.ts';
import type { TensorOptions, TypedTensor } from './tensor.ts';

export type { DeclaredValue, NetworkNode } from './nodes.ts';

export interface Network {
  readonly name: string;
  readonly opsets: Opsets;
  /** Without the initializers. */
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
  /** Shapes that the file declares for tensors between. */
  readonly declared: readonly DeclaredValue[];
  readonly nodes: readonly NetworkNode[];
  readonly constants: ReadonlyMap<string, TypedTensor>;
}

/** @param external files of data outside the model, by their location @throws as `networkOf` */
export const decodeNetwork = (bytes: Uint8Array, external: ExternalFiles = new Map()): Network =>
  networkOf(decodeModelProto(bytes), bytes, { external, infinite: true });

/**
 * @param bytes those that `model` was decoded from
 * @throws E_FORMAT for a model that is not consistent; E_UNSUPPORTED, E_INPUT, E_TOO_LARGE as `decodeTensor`
 */
export function networkOf(model: ModelProto, bytes: Uint8Array, options: TensorOptions): Network {
  const proto = model.graph;
  if (!proto || (proto.node ?? []).length === 0)
    throw new FoldError('E_FORMAT', 'The file holds no ONNX network.', {
      expected: 'a model with at least one node',
      got: proto ? 'a graph without nodes' : `${bytes.length} bytes without a graph`,
    });
  const decoder = new GraphDecoder(new FunctionInliner(model, bytes), options);
  const opsets = opsetsOf(model.opsetImport);
  const { inputs, nodes, constants, produced } = decoder.graph(proto, opsets, new Set(), 0);
  const outputs = (proto.output ?? []).map(declaredValue);
  if (outputs.length === 0) throw new FoldError('E_FORMAT', 'The network declares no outputs.');
  for (const { name } of outputs)
    if (!produced.has(name)) throw new FoldError('E_FORMAT', `The network's output "${name}" is produced by no node.`);
  return {
    name: proto.name ?? '',
    opsets,
    inputs,
    outputs,
    declared: (proto.valueInfo ?? []).map(declaredValue),
    nodes,
    constants,
  };
}
