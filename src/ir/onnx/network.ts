/**
 * ONNX bytes -> `Network`: everything that a file says, decoded and consistent, nothing judged yet. Initializers and Constant nodes are
 * constants (also those that old files list among the inputs), local functions are inlined, nodes stand in topological order
 * under unique names, every tensor has exactly one producer.
 */
import { FoldError } from '../../errors.ts';
import type { AttributeValue, GraphNode } from '../graph.ts';
import { decodeAttribute, isTensor } from './attributes.ts';
import type { ExternalFiles } from './external.ts';
import { domainOf, inlineFunctions, type Opsets, opsetsOf, type PlainNode } from './functions.ts';
import { topologicalOrder } from './order.ts';
import { decodeModelProto, has, int64, type ModelProto, type ValueInfoProto } from './proto.ts';
import { decodeTensor, type TensorOptions, type TypedTensor } from './tensor.ts';

/** A node with what is known of its operator set. */
export interface NetworkNode extends GraphNode {
  /** '' is ONNX itself. */
  readonly domain: string;
  /** Version of the domain's operator set; 0 where the file does not say. */
  readonly opset: number;
  /** What of the node could not be decoded, a sub-graph for one. */
  readonly problem: FoldError | undefined;
}

/** A tensor as the file declares it. */
export interface DeclaredValue {
  readonly name: string;
  /** TensorProto.DataType; undefined where it is no tensor or not said. */
  readonly type: number | undefined;
  /** Numbers, names of symbolic dimensions, '' for unknown ones; undefined where the rank is unknown. */
  readonly dims: readonly (number | string)[] | undefined;
  /** False for sequences, maps and the like. */
  readonly tensor: boolean;
}

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

/** TensorProto.DataType of the values of a Constant node's attributes. */
const FLOAT = 1;
const INT64 = 7;

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
  const constants = new Map<string, TypedTensor>();
  const produced = new Map<string, string>();
  const claim = (tensor: string, owner: string): void => {
    const other = produced.get(tensor);
    if (other !== undefined)
      throw new FoldError('E_FORMAT', `Two producers claim the tensor "${tensor}".`, { got: `${other} and ${owner}` });
    produced.set(tensor, owner);
  };

  if ((proto.sparseInitializer ?? []).length > 0)
    throw new FoldError('E_UNSUPPORTED', 'The network has sparse initializers.', { expected: 'dense initializers' });
  for (const tensor of proto.initializer ?? []) {
    const name = tensor.name ?? '';
    claim(name, `initializer "${name}"`);
    constants.set(name, decodeTensor(tensor, `initializer "${name}"`, options));
  }
  const inputs = (proto.input ?? []).filter((value) => !constants.has(value.name ?? '')).map(declaredValue);
  for (const input of inputs) claim(input.name, `input "${input.name}"`);

  const nodes: NetworkNode[] = [];
  const names = new Set<string>();
  for (const plain of inlineFunctions(model, bytes)) {
    const node = decodeNode(plain, names, options);
    for (const output of node.outputs) if (output !== '') claim(output, `node "${node.name}"`);
    if (node.op === 'Constant' && node.domain === '' && !node.problem)
      constants.set(node.outputs[0]!, constantValue(node));
    else nodes.push(node);
  }
  for (const node of nodes)
    for (const input of node.inputs)
      if (input !== '' && !produced.has(input))
        throw new FoldError('E_FORMAT', `Node "${node.name}" (${node.op}) reads a tensor that nobody produces.`, {
          got: `"${input}"`,
        });
  const outputs = (proto.output ?? []).map(declaredValue);
  if (outputs.length === 0) throw new FoldError('E_FORMAT', 'The network declares no outputs.');
  for (const { name } of outputs)
    if (!produced.has(name)) throw new FoldError('E_FORMAT', `The network's output "${name}" is produced by no node.`);
  return {
    name: proto.name ?? '',
    opsets: opsetsOf(model.opsetImport),
    inputs,
    outputs,
    declared: (proto.valueInfo ?? []).map(declaredValue),
    nodes: topologicalOrder(nodes),
    constants,
  };
}

function declaredValue(proto: ValueInfoProto): DeclaredValue {
  const type = proto.type?.tensorType;
  const dims = type?.shape?.dim?.map((dim) => {
    const value = has(dim, 'dimValue') ? int64(dim.dimValue as number) : -1;
    return value >= 0 ? value : (dim.dimParam ?? '');
  });
  const tensor = !has(proto, 'type') || proto.type?.tensorType !== undefined;
  return { name: proto.name ?? '', type: type?.elemType || undefined, dims, tensor: tensor && type !== null };
}

/** Decodes a node. What it holds that is not supported is kept as its problem: it matters only if an output needs the node. */
function decodeNode({ proto, opsets }: PlainNode, names: Set<string>, options: TensorOptions): NetworkNode {
  const outputs = proto.output ?? [];
  const first = outputs.find((output) => output !== '');
  if (first === undefined)
    throw new FoldError('E_FORMAT', `A node has no output.`, { got: `${proto.opType} "${proto.name ?? ''}"` });
  const wanted = proto.name || first;
  let name = wanted;
  for (let i = 2; names.has(name); i++) name = `${wanted}#${i}`;
  names.add(name);
  const attributes = new Map<string, AttributeValue>();
  let problem: FoldError | undefined;
  for (const attribute of proto.attribute ?? []) {
    try {
      attributes.set(attribute.name ?? '', decodeAttribute(attribute, name, options));
    } catch (error) {
      if (!(error instanceof FoldError) || error.code !== 'E_UNSUPPORTED') throw error;
      problem ??= error;
    }
  }
  const domain = domainOf(proto.domain);
  const opset = opsets.get(domain) ?? 0;
  return { name, op: proto.opType ?? '', inputs: proto.input ?? [], outputs, attributes, domain, opset, problem };
}

/** The tensor of a Constant node: `value`, `value_float(s)` or `value_int(s)`. */
function constantValue(node: NetworkNode): TypedTensor {
  const [name, value] = [...node.attributes][0] ?? [];
  if (node.attributes.size !== 1 || value === undefined)
    throw new FoldError('E_FORMAT', `The Constant node "${node.name}" must have exactly one value.`);
  const type = name?.startsWith('value_int') ? INT64 : FLOAT;
  if (typeof value === 'number') return { shape: [], data: Float64Array.of(value), type };
  if (typeof value !== 'string' && isTensor(value)) return { type, ...value };
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'number'))
    return { shape: [value.length], data: Float64Array.from(value), type };
  throw new FoldError('E_UNSUPPORTED', `The Constant node "${node.name}" holds strings.`, { expected: 'numbers' });
}
