/**
 * Shape inference, one rule per operator: the shape of a tensor is what its node computes, never what a file declares.
 * A declared shape is only compared. A mismatch is an error that names the node or the tensor, before any arithmetic.
 */
import { FoldError } from '../../errors.ts';
import { convGeometry } from '../../layers/conv-geometry.ts';
import { numberAttribute } from '../../layers/node.ts';
import { SUPPORTED } from '../../layers/table.ts';
import {
  broadcastShape,
  broadcastsTo,
  elementCount,
  entryCount,
  type Shape,
  shapeText,
} from '../../layers/tensor-shape.ts';
import type { Graph, GraphNode, Tensor } from '../graph.ts';
import { checkSupported } from './supported.ts';

function mismatch(node: GraphNode, expected: string, got: string): FoldError {
  return new FoldError('E_FORMAT', `The shapes at node "${node.name}" (${node.op}) do not fit.`, { expected, got });
}

function broadcast(node: GraphNode, a: Shape, b: Shape): number[] {
  const shape = broadcastShape(a, b);
  if (shape) return shape;
  throw mismatch(node, 'shapes that broadcast', `${shapeText(a)} and ${shapeText(b)}`);
}

function gemmShape(node: GraphNode, a: Shape, b: Shape, c: Shape | undefined): number[] {
  if (a.length !== 2 || b.length !== 2) throw mismatch(node, 'two matrices', `ranks ${a.length} and ${b.length}`);
  const [m, k] = numberAttribute(node, 'transA', 0) !== 0 ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [k2, n] = numberAttribute(node, 'transB', 0) !== 0 ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (k !== k2) throw mismatch(node, `${k} rows in the second matrix`, `${k2}`);
  if (c !== undefined && !broadcastsTo(c, [m, n]))
    throw mismatch(node, `a third input that broadcasts to [${m}, ${n}]`, shapeText(c));
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
  const batch = broadcast(node, left.slice(0, -2), right.slice(0, -2));
  if (a.length > 1) batch.push(left[left.length - 2]!);
  if (b.length > 1) batch.push(right[right.length - 1]!);
  return batch;
}

function flattenShape(node: GraphNode, x: Shape): number[] {
  const axis = numberAttribute(node, 'axis', 1);
  const at = axis < 0 ? axis + x.length : axis;
  if (!Number.isInteger(at) || at < 0 || at > x.length)
    throw mismatch(node, `an axis between ${-x.length} and ${x.length}`, `${axis}`);
  return [entryCount(x.slice(0, at)), entryCount(x.slice(at))];
}

/** `target` holds the dimensions, 0 = copied from the input (unless allowzero), one -1 = what is left. */
function reshapeShape(node: GraphNode, x: Shape, target: Tensor | undefined): number[] {
  if (target === undefined)
    throw new FoldError('E_UNSUPPORTED', `The Reshape "${node.name}" computes its shape at run time.`, {
      expected: 'a constant shape',
      hint: 'python -m onnxsim model.onnx simplified.onnx',
    });
  const count = entryCount(x);
  const keepZero = numberAttribute(node, 'allowzero', 0) !== 0;
  const dims = [...target.data].map((dim, i) => (dim === 0 && !keepZero ? (x[i] ?? Number.NaN) : dim));
  const known = dims.reduce((p, d) => (d === -1 ? p : p * d), 1);
  const shape = dims.map((dim) => (dim === -1 ? count / known : dim));
  const open = dims.filter((dim) => dim === -1).length;
  const ok = target.shape.length === 1 && open <= 1 && shape.every((d) => Number.isSafeInteger(d) && d > 0);
  if (!ok || entryCount(shape) !== count)
    throw mismatch(node, `a shape of ${count} elements`, `[${[...target.data].join(', ')}]`);
  return shape;
}

interface Rule {
  /** Fewest and most inputs; an optional one may be absent. */
  readonly inputs: readonly [number, number];
  /** All attributes that the operator has. One that nobody reads could mean another function. */
  readonly attributes: readonly string[];
  readonly shape: (node: GraphNode, shapes: readonly (Shape | undefined)[], graph: Graph) => Shape;
}

const rule = (inputs: Rule['inputs'], attributes: readonly string[], shape: Rule['shape']): Rule => {
  return { inputs, attributes, shape };
};
const unary = rule([1, 1], [], (_, [x]) => x!);

const CONV_ATTRIBUTES = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'];

const RULES: ReadonlyMap<string, Rule> = new Map([
  ['Add', rule([2, 2], [], (node, [a, b]) => broadcast(node, a!, b!))],
  ['Conv', rule([2, 3], CONV_ATTRIBUTES, convShape)],
  ['Flatten', rule([1, 1], ['axis'], (node, [x]) => flattenShape(node, x!))],
  ['Floor', unary],
  ['Gemm', rule([2, 3], ['alpha', 'beta', 'transA', 'transB'], (node, [a, b, c]) => gemmShape(node, a!, b!, c))],
  ['Identity', unary],
  ['MatMul', rule([2, 2], [], (node, [a, b]) => matMulShape(node, a!, b!))],
  ['Relu', unary],
  [
    'Reshape',
    rule([2, 2], ['allowzero'], (node, [x], graph) => reshapeShape(node, x!, graph.constants.get(node.inputs[1]!))),
  ],
]);

function convShape(node: GraphNode, [x, w, bias]: readonly (Shape | undefined)[]): Shape {
  const { outShape } = convGeometry(node, x!, w!);
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== outShape[1]))
    throw mismatch(node, `a bias of ${outShape[1]} elements`, shapeText(bias));
  return outShape;
}

/** The shape of a node's result from those of its inputs. */
function shapeOf(
  node: GraphNode,
  { inputs: [fewest, most], attributes, shape: apply }: Rule,
  graph: Graph,
  given: readonly (Shape | undefined)[],
): Shape {
  const present = given.slice(0, fewest).filter((shape) => shape !== undefined).length;
  if (present < fewest || given.length > most || node.outputs.length !== 1)
    throw mismatch(node, `${fewest} to ${most} inputs and one output`, `${given.length} and ${node.outputs.length}`);
  const unknown = [...node.attributes.keys()].find((name) => !attributes.includes(name));
  if (unknown !== undefined)
    throw new FoldError(
      'E_UNSUPPORTED',
      `The node "${node.name}" (${node.op}) has an attribute that is not supported.`,
      {
        expected: attributes.length === 0 ? 'no attributes' : attributes.join(', '),
        got: unknown,
      },
    );
  const shape = apply(node, given, graph);
  elementCount(shape, `output of node "${node.name}" (${node.op})`);
  if (shape.includes(0)) throw mismatch(node, 'a result with elements', shapeText(shape));
  return shape;
}

function givenShapes(graph: Graph): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const input of graph.inputs) shapes.set(input.name, input.shape);
  for (const [name, tensor] of graph.constants) shapes.set(name, tensor.shape);
  return shapes;
}

/**
 * The shape of every tensor of the graph by name: inputs, constants and node outputs.
 * @throws E_UNSUPPORTED for operators without a rule (all listed); E_FORMAT for shapes that do not fit, or an output that is
 *   declared with another one; E_TOO_LARGE
 */
export function inferShapes(graph: Graph): Map<string, readonly number[]> {
  checkSupported(graph, SUPPORTED);
  const shapes = givenShapes(graph);
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => shapes.get(name));
    shapes.set(node.outputs[0]!, shapeOf(node, RULES.get(node.op)!, graph, given));
  }
  for (const { name, shape } of graph.outputs) checkDeclared(name, shape, shapes);
  return shapes;
}

/**
 * The same as far as it is known, for a file that has just been decoded: a node without a rule, or behind one, is left out.
 * @throws E_FORMAT, E_TOO_LARGE
 */
export function inferKnownShapes(graph: Graph): Map<string, readonly number[]> {
  const shapes = givenShapes(graph);
  for (const node of graph.nodes) {
    const known = RULES.get(node.op);
    const given = node.inputs.map((name) => shapes.get(name));
    if (!known || node.inputs.some((name, i) => name !== '' && given[i] === undefined)) continue;
    try {
      shapes.set(node.outputs[0]!, shapeOf(node, known, graph, given));
    } catch (error) {
      if (!(error instanceof FoldError) || error.code !== 'E_UNSUPPORTED') throw error;
    }
  }
  return shapes;
}

/**
 * Compares the shape that a file declares for a tensor with the one that its nodes give it, where that is known.
 * @param declared undefined stands for a dimension that the file leaves open
 * @throws E_FORMAT
 */
export function checkDeclared(
  tensor: string,
  declared: readonly (number | undefined)[],
  shapes: ReadonlyMap<string, Shape>,
): void {
  const found = shapes.get(tensor);
  if (!found || (declared.length === found.length && declared.every((dim, k) => dim === undefined || dim === found[k])))
    return;
  throw new FoldError(
    'E_FORMAT',
    `The tensor "${tensor}" is declared with a shape that the network does not give it.`,
    {
      expected: shapeText(found),
      got: `[${declared.map((dim) => dim ?? '?').join(', ')}]`,
      hint: WITHOUT_DECLARED_SHAPES,
    },
  );
}

/** Leaves the declared shapes out and has them inferred. */
const WITHOUT_DECLARED_SHAPES =
  "python -c \"import onnx; m = onnx.load('model.onnx'); [v.type.tensor_type.ClearField('shape') for v in [*m.graph.output, *m.graph.value_info]]; onnx.save(onnx.shape_inference.infer_shapes(m), 'inferred.onnx')\"";
