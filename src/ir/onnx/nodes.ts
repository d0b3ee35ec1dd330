/**
 * The nodes of a graph, decoded: attributes as values, the bodies of If, Loop and Scan as graphs of their own, in topological order
 * under unique names; every tensor has exactly one producer.
 */
import { FoldError } from '../../errors.ts';
import type { AttributeValue, GraphNode } from '../graph.ts';
import { decodeAttribute, isTensor } from './attributes.ts';
import { domainOf, type FunctionInliner, type Opsets, type PlainNode } from './functions.ts';
import { topologicalOrder } from './order.ts';
import { type GraphProto, has, int64, type ValueInfoProto } from './proto.ts';
import { decodeTensor, type TensorOptions, type TypedTensor } from './tensor.ts';

/** A node with what is known of its operator set. */
export interface NetworkNode extends GraphNode {
  /** '' is ONNX itself. */
  readonly domain: string;
  /** Version of the domain's operator set; 0 where the file does not say. */
  readonly opset: number;
  /** What of the node could not be decoded. */
  readonly problem: FoldError | undefined;
  /** The graphs in its attributes, by name. */
  readonly bodies: ReadonlyMap<string, NetworkBody>;
  /** Tensors outside that its bodies read. */
  readonly captured: readonly string[];
}

/** A graph in a node: it may read all tensors around it. */
export interface NetworkBody {
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NetworkNode[];
  readonly constants: ReadonlyMap<string, TypedTensor>;
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

type Names = Pick<ReadonlySet<string>, 'has'>;

interface DecodedGraph {
  /** Without the initializers. */
  readonly inputs: readonly DeclaredValue[];
  readonly nodes: readonly NetworkNode[];
  readonly constants: ReadonlyMap<string, TypedTensor>;
  /** All tensors of the graph. */
  readonly produced: ReadonlySet<string>;
}

/** TensorProto.DataType of the values of a Constant node's attributes. */
const FLOAT = 1;
const INT64 = 7;

/** Graphs in graphs: a limit against hostile files. */
const MOST_BODIES = 16;

/** What a node needs. */
export const readsOf = ({ inputs, captured }: NetworkNode): readonly string[] =>
  captured.length === 0 ? inputs : [...inputs, ...captured];

export function declaredValue(proto: ValueInfoProto): DeclaredValue {
  const type = proto.type?.tensorType;
  const dims = type?.shape?.dim?.map((dim) => {
    const value = has(dim, 'dimValue') ? int64(dim.dimValue as number) : -1;
    return value >= 0 ? value : (dim.dimParam ?? '');
  });
  const tensor = !has(proto, 'type') || proto.type?.tensorType !== undefined;
  return { name: proto.name ?? '', type: type?.elemType || undefined, dims, tensor: tensor && type !== null };
}

export class GraphDecoder {
  constructor(
    private readonly inliner: FunctionInliner,
    private readonly options: TensorOptions,
  ) {}

  /**
   * @param around tensors that a body may read from outside
   * @throws E_FORMAT for what is not consistent; E_UNSUPPORTED, E_INPUT, E_TOO_LARGE as `decodeTensor`
   */
  graph(proto: GraphProto, opsets: Opsets, around: Names, depth: number): DecodedGraph {
    const constants = new Map<string, TypedTensor>();
    const owners = new Map<string, string>();
    const claim = (tensor: string, owner: string): void => {
      const other = owners.get(tensor);
      if (other !== undefined)
        throw new FoldError('E_FORMAT', `Two producers claim the tensor "${tensor}".`, {
          got: `${other} and ${owner}`,
        });
      owners.set(tensor, owner);
    };
    if ((proto.sparseInitializer ?? []).length > 0)
      throw new FoldError('E_UNSUPPORTED', 'The network has sparse initializers.', { expected: 'dense initializers' });
    for (const tensor of proto.initializer ?? []) {
      const name = tensor.name ?? '';
      claim(name, `initializer "${name}"`);
      constants.set(name, decodeTensor(tensor, `initializer "${name}"`, this.options));
    }
    const inputs = (proto.input ?? []).filter((value) => !constants.has(value.name ?? '')).map(declaredValue);
    for (const input of inputs) claim(input.name, `input "${input.name}"`);

    const plain = this.inliner.inline(proto.node ?? [], opsets);
    const produced = new Set([...owners.keys(), ...plain.flatMap((node) => node.proto.output ?? [])]);
    produced.delete('');
    const visible: Names = { has: (name) => produced.has(name) || around.has(name) };
    const names = new Set<string>();
    const nodes: NetworkNode[] = [];
    for (const one of plain) {
      const node = this.#node(one, names, visible, depth);
      for (const output of node.outputs) if (output !== '') claim(output, `node "${node.name}"`);
      if (node.op === 'Constant' && node.domain === '' && !node.problem)
        constants.set(node.outputs[0]!, constantValue(node));
      else nodes.push(node);
    }
    for (const node of nodes)
      for (const input of node.inputs)
        if (input !== '' && !visible.has(input))
          throw new FoldError('E_FORMAT', `Node "${node.name}" (${node.op}) reads a tensor that nobody produces.`, {
            got: `"${input}"`,
          });
    return { inputs, nodes: topologicalOrder(nodes, readsOf), constants, produced };
  }

  /** A graph in a node, and what it reads of the tensors around. */
  #body(proto: GraphProto, opsets: Opsets, around: Names, depth: number): { body: NetworkBody; captured: string[] } {
    if (depth === MOST_BODIES)
      throw new FoldError('E_FORMAT', 'Graphs stand in nodes of graphs too deep.', {
        expected: `at most ${MOST_BODIES}`,
      });
    const { inputs, nodes, constants, produced } = this.graph(proto, opsets, around, depth + 1);
    const outputs = (proto.output ?? []).map(({ name }) => name ?? '');
    for (const name of outputs)
      if (!produced.has(name) && !around.has(name))
        throw new FoldError('E_FORMAT', `The output "${name}" of a graph in a node is produced by no node.`);
    const read = new Set([...nodes.flatMap(readsOf), ...outputs]);
    read.delete('');
    return { body: { inputs, outputs, nodes, constants }, captured: [...read].filter((name) => !produced.has(name)) };
  }

  /** Decodes a node. What it holds that is not supported is kept as its problem: it matters only if an output needs the node. */
  #node({ proto, opsets }: PlainNode, names: Set<string>, around: Names, depth: number): NetworkNode {
    const outputs = proto.output ?? [];
    const first = outputs.find((output) => output !== '');
    if (first === undefined)
      throw new FoldError('E_FORMAT', `A node has no output.`, { got: `${proto.opType} "${proto.name ?? ''}"` });
    const wanted = proto.name || first;
    let name = wanted;
    for (let i = 2; names.has(name); i++) name = `${wanted}#${i}`;
    names.add(name);
    const attributes = new Map<string, AttributeValue>();
    const bodies = new Map<string, NetworkBody>();
    const captured = new Set<string>();
    let problem: FoldError | undefined;
    for (const attribute of proto.attribute ?? []) {
      try {
        if (attribute.g) {
          const { body, captured: reads } = this.#body(attribute.g, opsets, around, depth);
          bodies.set(attribute.name ?? '', body);
          for (const read of reads) captured.add(read);
        } else attributes.set(attribute.name ?? '', decodeAttribute(attribute, name, this.options));
      } catch (error) {
        if (!(error instanceof FoldError) || error.code !== 'E_UNSUPPORTED') throw error;
        problem ??= error;
      }
    }
    const domain = domainOf(proto.domain);
    const opset = opsets.get(domain) ?? 0;
    const op = proto.opType ?? '';
    const inputs = proto.input ?? [];
    return { name, op, inputs, outputs, attributes, domain, opset, problem, bodies, captured: [...captured] };
  }
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
