/**
 * Network -> TensorGraph: each node is expanded by its operator's record (src/operators), in order. What no output needs is left
 * out; what is not supported is named at once, every node with its reason.
 */
import { FoldError } from '../errors.ts';
import { elementCount } from '../layers/tensor-shape.ts';
import { BOOLEAN, kindOfType } from '../operators/element-types.ts';
import type { NodeCall, Operator } from '../operators/operator.ts';
import { OPERATORS } from '../operators/table.ts';
import type { Constant, TensorGraph, Value } from '../tensor/graph.ts';
import { GraphBuilder } from '../tensor/graph-builder.ts';
import { simplify } from '../tensor/simplify.ts';
import { type Dimensions, inputShape } from './import-shapes.ts';
import type { DeclaredValue, Network, NetworkNode } from './onnx/network.ts';
import { checkDeclared } from './onnx/shapes.ts';

/** Operator sets of ONNX whose operators are known (docs/operators.md). */
const OLDEST_OPSET = 7;
const NEWEST_OPSET = 28;

/** Numbers of all tensors, constants that are computed included: a limit against hostile shapes. */
const MOST_NUMBERS = 2 ** 28;

/** Nodes that an error lists; the rest is counted. */
const LISTED = 20;

export interface ImportOptions {
  readonly dims?: Dimensions;
  /** Inputs that are parameters: their numbers by name. */
  readonly frozen?: ReadonlyMap<string, Constant>;
}

export interface ImportedNetwork {
  readonly graph: TensorGraph;
  /** What was assumed, for the user to know. */
  readonly notices: readonly string[];
}

const BY_NAME: ReadonlyMap<string, Operator> = new Map(
  OPERATORS.map((operator) => [`${operator.domain ?? ''}::${operator.op}`, operator]),
);
const operatorOf = (node: NetworkNode): Operator | undefined => BY_NAME.get(`${node.domain}::${node.op}`);

/** A tensor while the graph is built: its value and ONNX's element type, where known. */
interface Known {
  readonly value: Value;
  readonly type: number | undefined;
}

/**
 * @throws E_UNSUPPORTED naming every node that is not supported; E_FORMAT for what is not valid ONNX; E_INPUT, E_TOO_LARGE
 */
export function importNetwork(network: Network, options: ImportOptions = {}): ImportedNetwork {
  checkOpset(network);
  const notices: string[] = [];
  const builder = new GraphBuilder();
  const tensors = new Map<string, Known>();
  for (const [name, { shape, data, type }] of network.constants)
    tensors.set(name, { value: builder.constant(shape, data, kindOfType(type) ?? 'real'), type });
  for (const input of network.inputs) {
    const frozen = options.frozen?.get(input.name);
    const value = frozen ?? computedInput(builder, input, options.dims ?? new Map(), (text) => notices.push(text));
    tensors.set(input.name, { value, type: input.type });
  }

  const declared = new Map([...network.inputs, ...network.declared, ...network.outputs].map((v) => [v.name, v]));
  const needed = neededTensors(network);
  let computed = 0;
  const problems: { readonly node: NetworkNode; readonly error: FoldError }[] = [];
  for (const node of network.nodes) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    try {
      const operator = checkedOperator(node);
      // behind a node that is not supported, only the operators are looked at
      const inputs = node.inputs.map((name) => (name === '' ? undefined : tensors.get(name)));
      if (node.inputs.some((name, i) => name !== '' && inputs[i] === undefined)) continue;
      builder.at(node.name);
      const call: NodeCall = {
        node,
        opset: node.opset,
        inputs: inputs.map((input) => input?.value),
        types: inputs.map((input) => input?.type),
      };
      checkInputs(operator, call);
      const results = expanded(operator, builder, call);
      computed += results.reduce((sum, { shape }) => sum + elementCount(shape, `output of node "${node.name}"`), 0);
      if (computed > MOST_NUMBERS)
        throw new FoldError('E_TOO_LARGE', 'The network is too large.', {
          expected: `at most ${MOST_NUMBERS} numbers in all tensors`,
          got: `more, at node "${node.name}" (${node.op})`,
        });
      node.outputs.forEach((name, i) => {
        const value = results[i];
        if (name === '' || value === undefined) return;
        tensors.set(name, { value, type: resultType(node, call, value, declared.get(name)) });
      });
      for (const name of node.outputs)
        if (needed.has(name) && !tensors.has(name))
          throw new FoldError('E_UNSUPPORTED', `The output "${name}" of the node is not supported.`);
    } catch (error) {
      if (!(error instanceof FoldError) || error.code !== 'E_UNSUPPORTED') throw error;
      problems.push({ node, error });
    }
  }
  if (problems.length > 0) throw joinedProblems(problems);
  const shapes = new Map([...tensors].map(([name, { value }]) => [name, value.shape]));
  for (const { name, dims } of declared.values())
    if (dims)
      checkDeclared(
        name,
        dims.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined)),
        shapes,
      );
  const outputs = network.outputs.map(({ name }) => ({ name, value: tensors.get(name)!.value }));
  return { graph: simplify(builder.finish(network.name, outputs)), notices };
}

function checkOpset({ opsets, nodes }: Network): void {
  const opset = opsets.get('');
  if (opset === undefined && nodes.every(({ domain }) => domain !== '')) return;
  if (opset === undefined || opset < 1)
    throw new FoldError('E_FORMAT', 'The model does not say which operator set it uses.', {
      expected: 'an opset_import of the default domain',
    });
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET)
    throw new FoldError(
      'E_UNSUPPORTED',
      `The operator set of the model is too ${opset < OLDEST_OPSET ? 'old' : 'new'}.`,
      {
        expected: `opset ${OLDEST_OPSET} to ${NEWEST_OPSET}`,
        got: `opset ${opset}`,
        hint: "python -c \"import onnx; from onnx import version_converter as v; onnx.save(v.convert_version(onnx.load('model.onnx'), 17), 'opset17.onnx')\"",
      },
    );
}

function computedInput(
  builder: GraphBuilder,
  input: DeclaredValue,
  dims: Dimensions,
  notice: (text: string) => void,
): Value {
  const kind = kindOfType(input.type);
  if (!input.tensor || kind === undefined)
    throw new FoldError('E_UNSUPPORTED', `The network's input "${input.name}" is not a tensor of numbers.`, {
      expected: 'a tensor of numbers',
      got: input.tensor ? `TensorProto.DataType ${input.type}` : 'a sequence, map or optional value',
    });
  return builder.input(input.name, inputShape(input, dims, notice), kind);
}

/** The tensors that some output depends on. */
function neededTensors({ nodes, outputs }: Network): ReadonlySet<string> {
  const needed = new Set(outputs.map(({ name }) => name));
  for (const node of nodes.toReversed())
    if (node.outputs.some((name) => needed.has(name)))
      for (const name of node.inputs) if (name !== '') needed.add(name);
  return needed;
}

/** The record of a node's operator, its attributes checked. @throws E_UNSUPPORTED */
function checkedOperator(node: NetworkNode): Operator {
  if (node.problem) throw node.problem;
  const operator = operatorOf(node);
  if (operator === undefined)
    throw new FoldError(
      'E_UNSUPPORTED',
      `The operator ${node.domain === '' ? '' : `${node.domain}.`}${node.op} is not supported.`,
      {
        hint: 'Export the network without it, or replace it by supported operators.',
      },
    );
  const unknown = [...node.attributes.keys()].filter((name) => !operator.attributes.includes(name));
  if (unknown.length > 0)
    throw new FoldError('E_UNSUPPORTED', `The attribute ${unknown.join(', ')} is not supported.`, {
      expected: operator.attributes.length === 0 ? 'no attributes' : operator.attributes.join(', '),
    });
  return operator;
}

/** What arrays of an impossible length throw while a node is expanded, as the refusal that it is. */
function expanded(operator: Operator, builder: GraphBuilder, call: NodeCall): readonly Value[] {
  try {
    return operator.expand(builder, call);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FoldError('E_TOO_LARGE', `The node "${call.node.name}" (${call.node.op}) asks for too much memory.`, {
      expected: 'tensors of a size that can be computed',
      cause,
    });
  }
}

function checkInputs({ inputs: [fewest, most] }: Operator, { node, inputs }: NodeCall): void {
  const present = inputs.slice(0, fewest).filter((value) => value !== undefined).length;
  if (present < fewest || inputs.length > most)
    throw new FoldError('E_FORMAT', `The node "${node.name}" (${node.op}) has the wrong number of inputs.`, {
      expected: `${fewest} to ${most}`,
      got: `${inputs.length}`,
    });
}

/** ONNX's element type of a result: as declared, as Cast says, or that of the first input of the same kind. */
function resultType(
  node: NetworkNode,
  { types, inputs }: NodeCall,
  { kind }: Value,
  declared: DeclaredValue | undefined,
): number | undefined {
  if (declared?.type !== undefined && kindOfType(declared.type) === kind) return declared.type;
  const to = node.attributes.get('to');
  if (typeof to === 'number' && kindOfType(to) === kind) return to;
  if (kind === 'boolean') return BOOLEAN;
  return types[inputs.findIndex((input) => input?.kind === kind)];
}

function joinedProblems(problems: readonly { readonly node: NetworkNode; readonly error: FoldError }[]): FoldError {
  const [first] = problems;
  const operators = [...new Set(problems.map(({ node }) => node.op))].sort();
  const lines = problems.slice(0, LISTED).map(({ node, error }) => {
    const facts = [error.expected && `expected ${error.expected}`, error.got && `got ${error.got}`].filter(Boolean);
    return `${node.op} (node "${node.name}"): ${error.message}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`;
  });
  if (problems.length > LISTED) lines.push(`${problems.length - LISTED} more`);
  const hints = [...new Set(problems.flatMap(({ error }) => error.hint ?? []))];
  return new FoldError('E_UNSUPPORTED', `The network has nodes that are not supported: ${operators.join(', ')}.`, {
    got: lines.join('; '),
    hint: hints.slice(0, LISTED).join('; '),
    cause: first!.error,
  });
}
