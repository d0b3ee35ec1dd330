/**
 * Nodes -> operations of the tensor graph: each node is expanded by its operator's record (src/operators), in order; If, Loop and
 * Scan by their bodies (control-flow.ts). What no output needs is left out; what is not supported is kept, every node with its reason.
 */
import { FoldError } from '../errors.ts';
import { elementCount } from '../layers/tensor-shape.ts';
import { BOOLEAN, kindOfType } from '../operators/element-types.ts';
import type { NodeCall, Operator } from '../operators/operator.ts';
import { OPERATORS } from '../operators/table.ts';
import type { Value } from '../tensor/graph.ts';
import type { GraphBuilder } from '../tensor/graph-builder.ts';
import { Misfit } from '../tensor/misfit.ts';
import { CONTROL_FLOW, runControlFlow } from './control-flow.ts';
import { type DeclaredValue, type NetworkBody, type NetworkNode, readsOf } from './onnx/nodes.ts';

/** Numbers of all tensors, constants that are computed included: a limit against hostile shapes. */
const MOST_NUMBERS = 2 ** 28;

/** Nodes that an error lists; the rest is counted. */
const LISTED = 20;

/** Nodes that all bodies may unfold to, and times that a body is run. */
const MOST_UNFOLDED = 2 ** 18;

const BY_NAME: ReadonlyMap<string, Operator> = new Map(
  OPERATORS.map((operator) => [`${operator.domain ?? ''}::${operator.op}`, operator]),
);
const operatorOf = (node: NetworkNode): Operator | undefined => BY_NAME.get(`${node.domain}::${node.op}`);

/** A tensor while the graph is built: its value and ONNX's element type, where known. */
export interface Known {
  readonly value: Value;
  readonly type: number | undefined;
}

/** Tensors by their names: those of a body, and all around it. */
export class Scope {
  readonly own = new Map<string, Known>();

  constructor(private readonly around?: Scope) {}

  get(name: string): Known | undefined {
    return this.own.get(name) ?? this.around?.get(name);
  }

  set(name: string, known: Known): void {
    this.own.set(name, known);
  }
}

interface Problem {
  readonly node: NetworkNode;
  readonly error: FoldError;
}

export class NodeExpander {
  readonly #problems: Problem[] = [];
  #computed = 0;
  #unfolded = 0;

  constructor(
    private readonly builder: GraphBuilder,
    private readonly declared: ReadonlyMap<string, DeclaredValue>,
  ) {}

  /** Adds the tensors of a network to a scope. @throws E_UNSUPPORTED naming every node that is not supported; E_FORMAT, E_TOO_LARGE */
  expand(nodes: readonly NetworkNode[], outputs: readonly string[], scope: Scope): void {
    this.#expand(nodes, outputs, scope);
    if (this.#problems.length > 0) throw joinedProblems(this.#problems);
  }

  #expand(nodes: readonly NetworkNode[], outputs: readonly string[], scope: Scope): void {
    const needed = neededTensors(nodes, outputs);
    for (const node of nodes) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      try {
        this.#node(node, needed, scope);
      } catch (error) {
        if (!(error instanceof FoldError) || error.code !== 'E_UNSUPPORTED') throw error;
        this.#problems.push({ node, error });
      }
    }
  }

  #node(node: NetworkNode, needed: ReadonlySet<string>, scope: Scope): void {
    const control = node.domain === '' ? CONTROL_FLOW.find(({ op }) => op === node.op) : undefined;
    const operator = control ? undefined : checkedOperator(node);
    if (node.problem) throw node.problem;
    // behind a node that is not supported, only the operators are looked at
    const inputs = node.inputs.map((name) => (name === '' ? undefined : scope.get(name)));
    if (node.inputs.some((name, i) => name !== '' && inputs[i] === undefined)) return;
    if (node.captured.some((name) => scope.get(name) === undefined)) return;
    this.builder.at(node.name);
    if (operator === undefined) {
      const problems = this.#problems.length;
      const results = runControlFlow(this.builder, node, inputs, (body, given) => this.#body(body, given, scope));
      if (this.#problems.length > problems) return;
      this.#define(node, results, needed, scope);
      return;
    }
    const call: NodeCall = {
      node,
      opset: node.opset,
      inputs: inputs.map((input) => input?.value),
      types: inputs.map((input) => input?.type),
    };
    checkInputs(operator, call);
    const results = expanded(operator, this.builder, call);
    const typed = results.map((value, i) => ({
      value,
      type: resultType(node, call, value, this.declared.get(node.outputs[i] ?? '')),
    }));
    this.#define(node, typed, needed, scope);
  }

  #define(node: NetworkNode, results: readonly (Known | undefined)[], needed: ReadonlySet<string>, scope: Scope): void {
    for (const known of results)
      if (known) this.#computed += elementCount(known.value.shape, `output of node "${node.name}"`);
    if (this.#computed > MOST_NUMBERS)
      throw new FoldError('E_TOO_LARGE', 'The network is too large.', {
        expected: `at most ${MOST_NUMBERS} numbers in all tensors`,
        got: `more, at node "${node.name}" (${node.op})`,
      });
    node.outputs.forEach((name, i) => {
      const known = results[i];
      if (name !== '' && known !== undefined) scope.set(name, known);
    });
    for (const name of node.outputs)
      if (needed.has(name) && !scope.own.has(name))
        throw new FoldError('E_UNSUPPORTED', `The output "${name}" of the node is not supported.`);
  }

  /** The outputs of a body for its inputs; undefined where a node of it is not supported. */
  #body(body: NetworkBody, given: readonly Known[], around: Scope): readonly Known[] | undefined {
    this.#unfolded += body.nodes.length + 1;
    if (this.#unfolded > MOST_UNFOLDED)
      throw new FoldError('E_TOO_LARGE', 'The loops of the network unfold to too many nodes.', {
        expected: `at most ${MOST_UNFOLDED} nodes`,
      });
    const scope = new Scope(around);
    for (const [name, { shape, data, type }] of body.constants)
      scope.set(name, { value: this.builder.constant(shape, data, kindOfType(type) ?? 'real'), type });
    body.inputs.forEach(({ name }, i) => {
      if (given[i]) scope.set(name, given[i]);
    });
    const problems = this.#problems.length;
    this.#expand(body.nodes, body.outputs, scope);
    if (this.#problems.length > problems) return undefined;
    return body.outputs.map((name) => scope.get(name)!);
  }
}

/** The tensors that some output depends on. */
function neededTensors(nodes: readonly NetworkNode[], outputs: readonly string[]): ReadonlySet<string> {
  const needed = new Set(outputs);
  for (const node of nodes.toReversed())
    if (node.outputs.some((name) => needed.has(name)))
      for (const name of readsOf(node)) if (name !== '') needed.add(name);
  return needed;
}

/** The record of a node's operator, its attributes checked. @throws E_UNSUPPORTED */
function checkedOperator(node: NetworkNode): Operator {
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

/**
 * What the builder cannot do, and what arrays of an impossible length throw, while a node is expanded: as refusals of the node. Anything
 * else that is no refusal is a bug, told with the node that led to it.
 */
function expanded(operator: Operator, builder: GraphBuilder, call: NodeCall): readonly Value[] {
  try {
    return operator.expand(builder, call);
  } catch (cause) {
    const label = `"${call.node.name}" (${call.node.op})`;
    if (cause instanceof Misfit)
      throw new FoldError('E_FORMAT', `The inputs of the node ${label} do not fit each other.`, {
        expected: 'shapes that the operator takes',
        got: cause.message,
        hint: 'python -c "import onnx; onnx.checker.check_model(\'model.onnx\', full_check=True)"',
        cause,
      });
    if (cause instanceof RangeError)
      throw new FoldError('E_TOO_LARGE', `The node ${label} asks for too much memory.`, {
        expected: 'tensors of a size that can be computed',
        cause,
      });
    if (cause instanceof FoldError && cause.code !== 'E_BUG') throw cause;
    const { message } = cause as Error;
    throw new FoldError('E_BUG', `The node ${label} could not be read: ${message}`, {
      hint: 'Please report this with the model that led to it.',
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

function joinedProblems(problems: readonly Problem[]): FoldError {
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
