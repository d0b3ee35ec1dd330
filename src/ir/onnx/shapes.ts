/**
 * Shape inference for the operators of the flagship networks, one rule per operator. A mismatch is an error that
 * names the node, before any arithmetic is done.
 */
import { FoldError } from '../../errors.ts';
import { convGeometry } from '../../layers/conv-geometry.ts';
import { numberAttribute } from '../../layers/node.ts';
import type { Graph, GraphNode, Tensor } from '../graph.ts';
import { checkSupported } from './supported.ts';

type Shape = readonly number[];

/** Largest tensor that is ever allocated, in elements (1 GiB as float64): a limit against hostile shapes. */
export const MAX_ELEMENTS = 2 ** 27;

/** Product of the dimensions. @throws E_TOO_LARGE above MAX_ELEMENTS; `label` says what it is */
export function elementCount(shape: Shape, label: string): number {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (count > MAX_ELEMENTS)
    throw new FoldError('E_TOO_LARGE', `The ${label} is too large.`, {
      expected: `at most ${MAX_ELEMENTS} elements`,
      got: `${count} elements, shape [${shape.join(', ')}]`,
    });
  return count;
}

function mismatch(node: GraphNode, expected: string, got: string): FoldError {
  return new FoldError('E_FORMAT', `The shapes at node "${node.name}" (${node.op}) do not fit.`, { expected, got });
}

/** NumPy's broadcasting of two shapes. */
export function broadcastShape(node: GraphNode, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw mismatch(node, 'shapes that broadcast', `[${a.join(', ')}] and [${b.join(', ')}]`);
    return x === 1 ? y : x;
  });
}

function gemmShape(node: GraphNode, a: Shape, b: Shape, c: Shape | undefined): number[] {
  if (a.length !== 2 || b.length !== 2) throw mismatch(node, 'two matrices', `ranks ${a.length} and ${b.length}`);
  const [m, k] = numberAttribute(node, 'transA', 0) !== 0 ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [k2, n] = numberAttribute(node, 'transB', 0) !== 0 ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (k !== k2) throw mismatch(node, `${k} rows in the second matrix`, `${k2}`);
  const fits = c === undefined || (c.length <= 2 && broadcastShape(node, [m, n], c).join() === `${m},${n}`);
  if (!fits) throw mismatch(node, `a third input that broadcasts to [${m}, ${n}]`, `[${c.join(', ')}]`);
  return [m, n];
}

/** NumPy's matmul: vectors are promoted and the added axis is dropped again, leading axes broadcast. */
function matMulShape(node: GraphNode, a: Shape, b: Shape): number[] {
  if (a.length === 0 || b.length === 0) throw mismatch(node, 'vectors or matrices', 'a scalar');
  const left = a.length === 1 ? [1, a[0]!] : a;
  const right = b.length === 1 ? [b[0]!, 1] : b;
  const k = left[left.length - 1]!;
  const k2 = right[right.length - 2]!;
  if (k !== k2) throw mismatch(node, `an inner dimension of ${k}`, `${k2}`);
  const batch = broadcastShape(node, left.slice(0, -2), right.slice(0, -2));
  if (a.length > 1) batch.push(left[left.length - 2]!);
  if (b.length > 1) batch.push(right[right.length - 1]!);
  return batch;
}

function flattenShape(node: GraphNode, x: Shape): number[] {
  const axis = numberAttribute(node, 'axis', 1);
  const at = axis < 0 ? axis + x.length : axis;
  if (!Number.isInteger(at) || at < 0 || at > x.length)
    throw mismatch(node, `an axis between ${-x.length} and ${x.length}`, `${axis}`);
  const product = (dims: Shape): number => dims.reduce((p, d) => p * d, 1);
  return [product(x.slice(0, at)), product(x.slice(at))];
}

/** `target` holds the dimensions, 0 = copied from the input (unless allowzero), one -1 = what is left. */
function reshapeShape(node: GraphNode, x: Shape, target: Tensor | undefined): number[] {
  if (target === undefined)
    throw new FoldError('E_UNSUPPORTED', `The Reshape "${node.name}" computes its shape at run time.`, {
      expected: 'a constant shape',
      hint: 'python -m onnxsim model.onnx simplified.onnx',
    });
  const count = x.reduce((p, d) => p * d, 1);
  const keepZero = numberAttribute(node, 'allowzero', 0) !== 0;
  const dims = [...target.data].map((dim, i) => (dim === 0 && !keepZero ? (x[i] ?? Number.NaN) : dim));
  const known = dims.reduce((p, d) => (d === -1 ? p : p * d), 1);
  const shape = dims.map((dim) => (dim === -1 ? count / known : dim));
  const ok = target.shape.length === 1 && shape.every((d) => Number.isSafeInteger(d) && d > 0);
  if (!ok || shape.reduce((p, d) => p * d, 1) !== count)
    throw mismatch(node, `a shape of ${count} elements`, `[${[...target.data].join(', ')}]`);
  return shape;
}

type Rule = (node: GraphNode, shapes: readonly (Shape | undefined)[], graph: Graph) => Shape;

/** [fewest, most] inputs, and the rule. Optional inputs may be undefined. */
const RULES: ReadonlyMap<string, readonly [number, number, Rule]> = new Map<string, readonly [number, number, Rule]>([
  ['Add', [2, 2, (node, [a, b]) => broadcastShape(node, a!, b!)]],
  ['Conv', [2, 3, convShape]],
  ['Flatten', [1, 1, (node, [x]) => flattenShape(node, x!)]],
  ['Floor', [1, 1, (_, [x]) => x!]],
  ['Gemm', [2, 3, (node, [a, b, c]) => gemmShape(node, a!, b!, c)]],
  ['Identity', [1, 1, (_, [x]) => x!]],
  ['MatMul', [2, 2, (node, [a, b]) => matMulShape(node, a!, b!)]],
  ['Relu', [1, 1, (_, [x]) => x!]],
  ['Reshape', [2, 2, (node, [x], graph) => reshapeShape(node, x!, graph.constants.get(node.inputs[1]!))]],
]);

function convShape(node: GraphNode, [x, w, bias]: readonly (Shape | undefined)[]): Shape {
  const { outShape } = convGeometry(node, x!, w!);
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== outShape[1]))
    throw mismatch(node, `a bias of ${outShape[1]} elements`, `[${bias.join(', ')}]`);
  return outShape;
}

/**
 * The shape of every tensor of the graph by name: inputs, constants and node outputs.
 * @throws E_UNSUPPORTED for operators without a rule (all listed), E_FORMAT for shapes that do not fit, E_TOO_LARGE
 */
export function inferShapes(graph: Graph): Map<string, readonly number[]> {
  checkSupported(graph, RULES.keys());
  const shapes = new Map<string, Shape>();
  for (const input of graph.inputs) shapes.set(input.name, input.shape);
  for (const [name, tensor] of graph.constants) shapes.set(name, tensor.shape);
  for (const node of graph.nodes) {
    const [fewest, most, rule] = RULES.get(node.op)!;
    const given = node.inputs.map((name) => shapes.get(name));
    const present = given.slice(0, fewest).filter((shape) => shape !== undefined).length;
    if (present < fewest || given.length > most || node.outputs.length !== 1)
      throw mismatch(node, `${fewest} to ${most} inputs and one output`, `${given.length} and ${node.outputs.length}`);
    const shape = rule(node, given, graph);
    elementCount(shape, `output of node "${node.name}" (${node.op})`);
    shapes.set(node.outputs[0]!, shape);
  }
  return shapes;
}
