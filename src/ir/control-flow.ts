/**
 * If, Loop and Scan whose way is known while the network is read: the branch that is taken, or the body once for each round. What the data
 * would decide has no circuit of one shape, and is refused.
 */
import type { FoldError } from '../errors.ts';
import { numberAttribute } from '../layers/node.ts';
import { axisOf, malformed, numbersAttribute, unsupported } from '../operators/arguments.ts';
import { BOOLEAN } from '../operators/element-types.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import type { Known } from './expand-nodes.ts';
import type { NetworkBody, NetworkNode } from './onnx/nodes.ts';

/** What is read of each, for the table of operators. */
export const CONTROL_FLOW = [
  { op: 'If', restriction: 'the condition is constant' },
  { op: 'Loop', restriction: 'the number of rounds is constant' },
  { op: 'Scan', restriction: 'since opset 9' },
] as const;

const INT64 = 7;

/** Outputs of a body; undefined where it has nodes that are not supported. */
export type RunBody = (body: NetworkBody, given: readonly Known[]) => readonly Known[] | undefined;

type Inputs = readonly (Known | undefined)[];

/** @throws E_UNSUPPORTED where the data decide; E_FORMAT, E_TOO_LARGE */
export function runControlFlow(b: TensorBuilder, node: NetworkNode, inputs: Inputs, run: RunBody): readonly Known[] {
  switch (node.op) {
    case 'If':
      return ifNode(node, inputs, run);
    case 'Loop':
      return loop(b, node, inputs, run);
    default:
      return scan(b, node, inputs, run);
  }
}

function bodyOf(node: NetworkNode, name: string): NetworkBody {
  const body = node.bodies.get(name);
  if (body === undefined) throw malformed(node, `has no ${name}`, 'a graph');
  return body;
}

const decidedByData = (node: NetworkNode, what: string): FoldError =>
  unsupported(
    node,
    `has ${what} that is computed from the data`,
    'Control flow of the data cannot be proven: export the network with it traced away, for inputs of one shape.',
  );

/** The only number of a value, which must be known. */
function knownNumber(node: NetworkNode, known: Known | undefined, what: string): number {
  if (known === undefined) throw malformed(node, `lacks ${what}`, 'one number');
  if (!isConstant(known.value)) throw decidedByData(node, what);
  if (known.value.data.length !== 1) throw malformed(node, `has ${what} of another shape`, 'one number');
  return known.value.data[0]!;
}

function ifNode(node: NetworkNode, [condition]: Inputs, run: RunBody): readonly Known[] {
  const taken = knownNumber(node, condition, 'a condition') === 0 ? 'else_branch' : 'then_branch';
  return run(bodyOf(node, taken), []) ?? [];
}

/** What every round gives, one after another along a new axis. */
function stacked(b: TensorBuilder, node: NetworkNode, rounds: readonly Known[], axis = 0): Known {
  const [first] = rounds;
  if (first === undefined)
    throw unsupported(
      node,
      'has no rounds, and so outputs of no shape',
      'Export the network for inputs of another shape.',
    );
  const { shape } = first.value;
  if (rounds.some(({ value }) => value.shape.join() !== shape.join()))
    throw unsupported(node, 'gives rounds of several shapes', 'Export the network with it traced away.');
  const at = axisOf(node, axis, shape.length + 1);
  const lines = rounds.map(({ value }) => b.reshape(value, shape.toSpliced(at, 0, 1)));
  return { value: b.concat(lines, at), type: first.type };
}

/** Turns the outputs of rounds about: those of each output. */
const columns = (rounds: readonly (readonly Known[])[], count: number): Known[][] =>
  Array.from({ length: count }, (_, k) => rounds.map((round) => round[k]!));

function loop(b: TensorBuilder, node: NetworkNode, [most, start, ...initial]: Inputs, run: RunBody): readonly Known[] {
  const body = bodyOf(node, 'body');
  const count = initial.length;
  if (body.inputs.length !== count + 2 || body.outputs.length < count + 1)
    throw malformed(
      node,
      'has a body of other inputs or outputs',
      `${count + 2} inputs and at least ${count + 1} outputs`,
    );
  const rounds = most === undefined ? Number.POSITIVE_INFINITY : knownNumber(node, most, 'a number of rounds');
  let go = start === undefined ? 1 : knownNumber(node, start, 'a condition');
  let carried = initial.map((value) => {
    if (value === undefined) throw malformed(node, 'lacks a first value', 'a tensor');
    return value;
  });
  const scanned: (readonly Known[])[] = [];
  for (let i = 0; i < rounds && go !== 0; i++) {
    const counter: Known = { value: b.constant([], [i], 'integer'), type: INT64 };
    const condition: Known = { value: b.constant([], [go], 'boolean'), type: BOOLEAN };
    const results = run(body, [counter, condition, ...carried]);
    if (results === undefined) return [];
    go = knownNumber(node, results[0], 'a condition');
    carried = results.slice(1, count + 1);
    scanned.push(results.slice(count + 1));
  }
  const lists = columns(scanned, body.outputs.length - count - 1);
  return [...carried, ...lists.map((list) => stacked(b, node, list))];
}

/** Entry i along an axis, which goes. */
function entry(b: TensorBuilder, x: Value, axis: number, i: number): Value {
  const [starts, ends] = [x.shape.map(() => 0).with(axis, i), x.shape.with(axis, i + 1)];
  return b.reshape(b.slice(x, starts, ends), x.shape.toSpliced(axis, 1));
}

function scan(b: TensorBuilder, node: NetworkNode, inputs: Inputs, run: RunBody): readonly Known[] {
  if (node.opset < 9)
    throw unsupported(node, 'is of an operator set before 9', 'Export the network with a newer opset.');
  const body = bodyOf(node, 'body');
  const lists = numberAttribute(node, 'num_scan_inputs', 0);
  const count = inputs.length - lists;
  if (!(lists >= 1) || count < 0 || body.inputs.length !== inputs.length || body.outputs.length < count)
    throw malformed(node, 'has a body of other inputs or outputs', `${inputs.length} inputs`);
  const given = inputs.map((value) => {
    if (value === undefined) throw malformed(node, 'lacks an input', 'a tensor');
    return value;
  });
  const [axesIn, backIn, axesOut, backOut] = [
    'scan_input_axes',
    'scan_input_directions',
    'scan_output_axes',
    'scan_output_directions',
  ].map((name) => numbersAttribute(node, name) ?? []) as [number[], number[], number[], number[]];
  const sequences = given.slice(count).map(({ value, type }, k) => {
    const axis = axisOf(node, axesIn[k] ?? 0, value.shape.length);
    return { value, type, axis, length: value.shape[axis] ?? 0, back: backIn[k] === 1 };
  });
  const [{ length }] = sequences as [(typeof sequences)[number]];
  if (sequences.some((sequence) => sequence.length !== length))
    throw malformed(node, 'runs over sequences of several lengths', `${length} entries each`);
  let carried: readonly Known[] = given.slice(0, count);
  const scanned: (readonly Known[])[] = [];
  for (let i = 0; i < length; i++) {
    const entries = sequences.map(({ value, type, axis, back }) => ({
      value: entry(b, value, axis, back ? length - 1 - i : i),
      type,
    }));
    const results = run(body, [...carried, ...entries]);
    if (results === undefined) return [];
    carried = results.slice(0, count);
    scanned.push(results.slice(count));
  }
  return [
    ...carried,
    ...columns(scanned, body.outputs.length - count).map((list, k) =>
      stacked(b, node, backOut[k] === 1 ? list.toReversed() : list, axesOut[k] ?? 0),
    ),
  ];
}
