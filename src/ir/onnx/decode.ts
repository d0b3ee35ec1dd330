/**
 * ONNX bytes -> `Graph` of a chain of layers: the adapter behind which nothing of ONNX's encoding is left (network.ts decodes).
 *
 * What is settled here, so that nobody above asks again: all operators are ONNX's own; all numbers are finite; shapes of
 * inputs and outputs are known, and no shape that the file declares contradicts the one that the nodes give.
 */
import { FoldError } from '../../errors.ts';
import type { Graph, GraphNode, GraphValue } from '../graph.ts';
import { type NetworkNode, networkOf } from './network.ts';
import { decodeModelProto, type GraphProto, int64, type ModelProto } from './proto.ts';
import { checkDeclared, inferKnownShapes, inferShapes } from './shapes.ts';
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
  const proto = model.graph ?? {};
  if (model.graph) {
    readOpset(model);
    refuseCustomOperators(model, proto);
  }
  const given = new Set((proto.initializer ?? []).map(({ name }) => name ?? ''));
  const inputs = (proto.input ?? []).filter((value) => !given.has(value.name ?? '')).map(decodeInput);
  const network = networkOf(model, bytes, {});
  const constants = new Map([...network.constants].map(([name, { shape, data }]) => [name, { shape, data }]));
  const graph = { name: network.name, opset: readOpset(model), inputs, nodes: network.nodes.map(plainNode), constants };
  return { ...graph, outputs: decodeOutputs(proto, graph) };
}

function plainNode({ name, op, inputs, outputs, attributes, problem, bodies }: NetworkNode): GraphNode {
  if (problem) throw problem;
  if (bodies.size > 0)
    throw new FoldError('E_UNSUPPORTED', `The node "${name}" (${op}) holds a graph.`, {
      expected: 'a chain of layers without control flow',
    });
  return { name, op, inputs, outputs, attributes };
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

/** The outputs in the shapes that the nodes give them, after every shape that the file declares was compared with them. */
function decodeOutputs(proto: GraphProto, undeclared: Omit<Graph, 'outputs'>): readonly GraphValue[] {
  const graph: Graph = { ...undeclared, outputs: [] };
  const outputs = proto.output ?? [];
  const shapes = inferKnownShapes(graph);
  for (const value of [...(proto.input ?? []), ...(proto.valueInfo ?? []), ...outputs]) {
    const declared = declaredShape(value);
    if (declared) checkDeclared(value.name ?? '', declared, shapes);
  }
  return outputs.map((value) => {
    const name = value.name ?? '';
    const known = shapes.get(name) ?? completeShape(value);
    return { name, shape: known ?? inferShapes(graph).get(name)! };
  });
}
