/**
 * Local functions of a model, inlined: a node that calls one becomes the nodes of its body, with tensors and nodes renamed after
 * the call and the attributes that the body refers to filled in from the call or from the function's defaults.
 */
import { FoldError } from '../../errors.ts';
import {
  type AttributeProto,
  decodeAttributeProto,
  type FunctionProto,
  type GraphProto,
  int64,
  type ModelProto,
  type NodeProto,
} from './proto.ts';
import { fieldsOf } from './reader.ts';

/** Versions of operator sets by domain; '' is ONNX itself. */
export type Opsets = ReadonlyMap<string, number>;

/** A node of the network after all calls are gone. */
export interface PlainNode {
  readonly proto: NodeProto;
  readonly opsets: Opsets;
}

/** Nodes that calls may unfold to, and how deep functions call functions: limits against hostile files. */
const MOST_NODES = 2 ** 18;
const MOST_DEPTH = 64;

/** ModelProto.functions and FunctionProto.attribute_proto (onnx.proto3); the latter is newer than the decoder's schema. */
const FUNCTIONS = 25;
const DEFAULTS = 11;

export const domainOf = (domain: string | null | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''));

export function opsetsOf(imports: ModelProto['opsetImport'] | FunctionProto['opsetImport']): Opsets {
  return new Map((imports ?? []).map((set) => [domainOf(set.domain), int64(set.version ?? 0)]));
}

interface LocalFunction {
  readonly proto: FunctionProto;
  readonly defaults: readonly AttributeProto[];
}

/** @throws E_UNSUPPORTED for two functions of one name, whose overloads the decoder does not tell apart */
function localFunctions(model: ModelProto, bytes: Uint8Array): ReadonlyMap<string, LocalFunction> {
  const found = new Map<string, LocalFunction>();
  const definitions = model.functions ?? [];
  if (definitions.length === 0) return found;
  const messages = fieldsOf(bytes, FUNCTIONS);
  definitions.forEach((proto, i) => {
    const key = `${domainOf(proto.domain)}::${proto.name}`;
    if (found.has(key))
      throw new FoldError('E_UNSUPPORTED', `The model defines the function ${proto.name} more than once.`, {
        expected: 'one definition of a function',
        hint: "python -c \"import onnx, onnx.inliner as i; onnx.save(i.inline_local_functions(onnx.load('model.onnx')), 'inlined.onnx')\"",
      });
    found.set(key, { proto, defaults: fieldsOf(messages[i]!, DEFAULTS).map(decodeAttributeProto) });
  });
  return found;
}

/** Takes calls of a model's local functions out of lists of nodes. */
export class FunctionInliner {
  readonly #functions: ReadonlyMap<string, LocalFunction>;
  #count = 0;

  /** @throws E_UNSUPPORTED for two functions of one name */
  constructor(model: ModelProto, bytes: Uint8Array) {
    this.#functions = localFunctions(model, bytes);
  }

  /**
   * The nodes, calls of local functions replaced by their bodies.
   * @throws E_FORMAT for functions that call each other in a circle; E_TOO_LARGE
   */
  inline(nodes: readonly NodeProto[], opsets: Opsets): PlainNode[] {
    const plain: PlainNode[] = [];
    this.#emit(nodes, opsets, 0, plain);
    return plain;
  }

  #emit(nodes: readonly NodeProto[], opsets: Opsets, depth: number, plain: PlainNode[]): void {
    for (const proto of nodes) {
      const called = this.#functions.get(`${domainOf(proto.domain)}::${proto.opType}`);
      if (called === undefined) {
        plain.push({ proto, opsets });
        if (++this.#count > MOST_NODES && this.#functions.size > 0)
          throw new FoldError('E_TOO_LARGE', 'The functions of the model unfold to too many nodes.', {
            expected: `at most ${MOST_NODES} nodes`,
          });
      } else {
        if (depth === MOST_DEPTH)
          throw new FoldError('E_FORMAT', `The function ${proto.opType} calls itself, or functions call too deep.`, {
            expected: `at most ${MOST_DEPTH} functions one in another`,
          });
        const own = opsetsOf(called.proto.opsetImport);
        this.#emit(bodyOf(proto, called), new Map([...opsets, ...own]), depth + 1, plain);
      }
    }
  }
}

/** The nodes of a function for one call. */
function bodyOf(call: NodeProto, { proto, defaults }: LocalFunction): NodeProto[] {
  const prefix = call.name || (call.output ?? []).find((output) => output !== '') || '';
  const names = new Map<string, string>([['', '']]);
  (proto.input ?? []).forEach((name, i) => {
    names.set(name, call.input?.[i] ?? '');
  });
  (proto.output ?? []).forEach((name, i) => {
    const outside = call.output?.[i] ?? '';
    if (outside !== '') names.set(name, outside);
  });
  const rename = (name: string): string => names.get(name) ?? `${prefix}/${name}`;
  const given = new Map(defaults.map((attribute) => [attribute.name ?? '', attribute]));
  for (const attribute of call.attribute ?? []) given.set(attribute.name ?? '', attribute);
  return renamedNodes(proto.node ?? [], prefix, rename, given);
}

type Attributes = ReadonlyMap<string, AttributeProto>;

/** Nodes of a function's body under their names in the network, those of graphs in them as well. */
function renamedNodes(
  nodes: readonly NodeProto[],
  prefix: string,
  rename: (name: string) => string,
  given: Attributes,
): NodeProto[] {
  const renamedGraph = (graph: GraphProto): GraphProto => ({
    ...graph,
    node: renamedNodes(graph.node ?? [], prefix, rename, given),
    input: (graph.input ?? []).map((value) => ({ ...value, name: rename(value.name ?? '') })),
    output: (graph.output ?? []).map((value) => ({ ...value, name: rename(value.name ?? '') })),
    initializer: (graph.initializer ?? []).map((tensor) => ({ ...tensor, name: rename(tensor.name ?? '') })),
  });
  return nodes.map((node) => ({
    ...node,
    domain: node.domain ?? '',
    opType: node.opType ?? '',
    name: `${prefix}/${node.name || node.opType}`,
    input: (node.input ?? []).map(rename),
    output: (node.output ?? []).map(rename),
    attribute: (node.attribute ?? []).flatMap((attribute) => {
      if (attribute.g) return [{ ...attribute, g: renamedGraph(attribute.g) }];
      if (!attribute.refAttrName) return [attribute];
      const value = given.get(attribute.refAttrName);
      // one that neither the call nor a default gives is absent, and the operator's own default holds
      return value === undefined ? [] : [{ ...value, name: attribute.name ?? '' }];
    }),
  }));
}
