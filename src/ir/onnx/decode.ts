/**
 * ONNX bytes -> `Graph`: the adapter behind which nothing of ONNX's encoding is left.
 *
 * What is settled here, so that nobody above asks again: initializers and Constant nodes become constants (also those
 * that old files list among the inputs); nodes stand in topological order and have unique names; every tensor
 * name has exactly one producer; all numbers are finite; shapes of inputs and outputs are known, and no shape that the file
 * declares contradicts the one that the nodes give.
 */
import { FoldError } from '../../errors.ts';
import type { AttributeValue, Graph, GraphNode, GraphValue, Tensor } from '../graph.ts';
import { decodeAttribute, isTensor } from './attributes.ts';
import { topologicalOrder } from './order.ts';
import { decodeModelProto, type GraphProto, int64, type ModelProto, type NodeProto } from './proto.ts';
import { checkDeclared, inferKnownShapes, inferShapes } from './shapes.ts';
import { decodeTensor } from './tensor.ts';
import { completeShape, declaredShape, decodeInput } from './values.ts';

/** Since opset 7 broadcasting is NumPy's; before it Add and Gemm meant something else. */
const MIN_OPSET = 7;
const DEFAULT_DOMAINS: readonly string[] = ['', 'ai.onnx'];

/**
 * Decodes an ONNX model.
 * @throws E_FORMAT for bytes that are no whole, consistent model; E_UNSUPPORTED for an opset below 7, custom
 *   operators, external or sparse data, integers as input; E_INPUT for NaN weights or unknown dimensions; E_TOO_LARGE
 */
export function decodeOnnx(bytes: Uint8Array): Graph {
  const model = decodeModelProto(bytes);
  const proto = model.graph;
  if (!proto || (proto.node ?? []).length === 0)
    throw new FoldError('E_FORMAT', 'The file holds no ONNX network.', {
      expected: 'a model with at least one node',
      got: proto ? 'a graph without nodes' : `${bytes.length} bytes without a graph`,
    });
  const opset = readOpset(model);
  refuseCustomOperators(model, proto);

  const constants = new Map<string, Tensor>();
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
    constants.set(name, decodeTensor(tensor, `initializer "${name}"`));
  }
  const inputs = (proto.input ?? []).filter((value) => !constants.has(value.name ?? '')).map(decodeInput);
  for (const input of inputs) claim(input.name, `input "${input.name}"`);

  const nodes: GraphNode[] = [];
  const names = new Set<string>();
  for (const node of (proto.node ?? []).map((raw) => decodeNode(raw, names))) {
    for (const output of node.outputs) if (output !== '') claim(output, `node "${node.name}"`);
    if (node.op === 'Constant') constants.set(node.outputs[0]!, constantValue(node));
    else nodes.push(node);
  }
  for (const node of nodes)
    for (const input of node.inputs)
      if (input !== '' && !produced.has(input))
        throw new FoldError('E_FORMAT', `Node "${node.name}" (${node.op}) reads a tensor that nobody produces.`, {
          got: `"${input}"`,
        });
  const graph = { name: proto.name ?? '', opset, inputs, nodes: topologicalOrder(nodes), constants };
  return { ...graph, outputs: decodeOutputs(proto, produced, graph) };
}

function readOpset(model: ModelProto): number {
  const entry = model.opsetImport.find((set) => DEFAULT_DOMAINS.includes(set.domain ?? ''));
  const opset = entry === undefined ? 0 : int64(entry.version ?? 0);
  if (opset < 1)
    throw new FoldError('E_FORMAT', 'The model does not say which operator set it uses.', {
      expected: 'an opset_import of the default domain',
    });
  if (opset < MIN_OPSET)
    throw new FoldError('E_UNSUPPORTED', 'The operator set of the model is too old.', {
      expected: `opset ${MIN_OPSET} or newer`,
      got: `opset ${opset}`,
      hint: "python -c \"import onnx; from onnx import version_converter as v; onnx.save(v.convert_version(onnx.load('model.onnx'), 13), 'opset13.onnx')\"",
    });
  return opset;
}

/** Custom domains, and model-local functions that would redefine standard operators. */
function refuseCustomOperators(model: ModelProto, proto: GraphProto): void {
  const custom = (proto.node ?? [])
    .filter((node) => !DEFAULT_DOMAINS.includes(node.domain ?? ''))
    .map((node) => `${node.domain}::${node.opType} (node "${node.name || node.output?.[0] || ''}")`);
  for (const definition of model.functions ?? [])
    if (DEFAULT_DOMAINS.includes(definition.domain ?? '')) custom.push(`function ${definition.name}`);
  if (custom.length > 0)
    throw new FoldError('E_UNSUPPORTED', 'The network uses operators outside the ONNX standard.', {
      expected: 'operators of the domain ai.onnx only',
      got: custom.slice(0, 20).join('; '),
      hint: 'Export without fused or custom operators (the original model, not one optimized by a runtime).',
    });
}

function decodeNode(proto: NodeProto, names: Set<string>): GraphNode {
  const outputs = proto.output ?? [];
  const first = outputs.find((output) => output !== '');
  if (first === undefined)
    throw new FoldError('E_FORMAT', `A node has no output.`, { got: `${proto.opType} "${proto.name ?? ''}"` });
  const wanted = proto.name || first;
  let name = wanted;
  for (let i = 2; names.has(name); i++) name = `${wanted}#${i}`;
  names.add(name);
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of proto.attribute ?? []) attributes.set(attribute.name ?? '', decodeAttribute(attribute, name));
  return { name, op: proto.opType ?? '', inputs: proto.input ?? [], outputs, attributes };
}

/** The tensor of a Constant node: `value`, `value_float(s)` or `value_int(s)`. */
function constantValue(node: GraphNode): Tensor {
  const value = [...node.attributes.values()][0];
  if (node.attributes.size !== 1 || value === undefined)
    throw new FoldError('E_FORMAT', `The Constant node "${node.name}" must have exactly one value.`);
  if (typeof value === 'number') return { shape: [], data: Float64Array.of(value) };
  if (typeof value !== 'string' && isTensor(value)) return value;
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'number'))
    return { shape: [value.length], data: Float64Array.from(value) };
  throw new FoldError('E_UNSUPPORTED', `The Constant node "${node.name}" holds strings.`, { expected: 'numbers' });
}

/** The outputs in the shapes that the nodes give them, after every shape that the file declares was compared with them. */
function decodeOutputs(
  proto: GraphProto,
  produced: ReadonlyMap<string, string>,
  undeclared: Omit<Graph, 'outputs'>,
): readonly GraphValue[] {
  const graph: Graph = { ...undeclared, outputs: [] };
  const outputs = proto.output ?? [];
  if (outputs.length === 0) throw new FoldError('E_FORMAT', 'The network declares no outputs.');
  const shapes = inferKnownShapes(graph);
  for (const value of [...(proto.input ?? []), ...(proto.valueInfo ?? []), ...outputs]) {
    const declared = declaredShape(value);
    if (declared) checkDeclared(value.name ?? '', declared, shapes);
  }
  return outputs.map((value) => {
    const name = value.name ?? '';
    if (!produced.has(name)) throw new FoldError('E_FORMAT', `The network's output "${name}" is produced by no node.`);
    const known = shapes.get(name) ?? completeShape(value);
    return { name, shape: known ?? inferShapes(graph).get(name)! };
  });
}
