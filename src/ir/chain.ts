/**
 * Recognising a chain: layers in a row, then a readout (protocol section 7).
 *
 * A layer is a convolution or a matrix with, optionally, an Add of the layer's own input, a Relu and a Floor. All
 * layers are of one kind. A last matrix without Relu, Floor or Add is the readout and may follow convolutions; a
 * network that ends in a layer is read out as it is. The operator files read the nodes (layers/table.ts); here the
 * parts are put together. Anything that is no chain is refused by the name of the node where it stops being one.
 */
import { FoldError } from '../errors.ts';
import { type BindingContext, type LayerPart, unsupported } from '../layers/binding.ts';
import type { DenseShape, Linear } from '../layers/linear-shape.ts';
import { BINDINGS } from '../layers/table.ts';
import { type Shape, shapeText } from '../layers/tensor-shape.ts';
import type { Graph, GraphNode, GraphValue } from './graph.ts';
import { inferShapes } from './onnx/shapes.ts';

/** A layer with real weights. */
export interface ChainLayer {
  /** Name of the convolution's or matrix' node. */
  readonly name: string;
  /** Tensor that holds the layer's result. */
  readonly output: string;
  readonly linear: Linear;
  readonly residual: boolean;
  readonly relu: boolean;
  readonly floor: boolean;
}

interface ChainReadout {
  readonly name: string;
  readonly linear: Linear & { readonly shape: DenseShape };
}

export interface LayerChain {
  readonly input: GraphValue;
  readonly output: GraphValue;
  readonly layers: readonly ChainLayer[];
  /** Absent where the network ends in a layer. */
  readonly readout: ChainReadout | undefined;
}

interface OpenLayer extends ChainLayer {
  readonly node: GraphNode;
  /** Value number of the layer's input. */
  readonly from: number;
}

/**
 * @throws E_UNSUPPORTED naming the node that does not fit a chain; E_FORMAT for shapes that contradict each other; E_TOO_LARGE
 */
export function toChain(graph: Graph): LayerChain {
  const shapes = inferShapes(graph);
  const [input, output] = [onlyOne(graph.inputs, 'input'), onlyOne(graph.outputs, 'output')];
  if (input.integers)
    throw new FoldError('E_UNSUPPORTED', `The network's input "${input.name}" is of integers, whose sums wrap.`, {
      expected: 'an input of real numbers (float, float16, double, bfloat16)',
      got: 'another element type',
      hint: 'Export the network with a float input.',
    });
  const constants = new Map(graph.constants);
  // Tensors with the same numbers in the same order share one value number.
  const values = new Map([[input.name, 0]]);
  const layers: OpenLayer[] = [];
  let current = 0;

  for (const node of graph.nodes) {
    const data = node.inputs.filter((name) => name !== '' && !constants.has(name));
    if (data.length === 0) {
      const constant = constants.get(node.inputs[0] ?? '');
      if (node.op !== 'Identity' || !constant) throw unsupported(node, 'a computed input', 'only constants');
      constants.set(node.outputs[0]!, constant);
      continue;
    }
    const open = layers.at(-1);
    const context: BindingContext = {
      constant: (name) => constants.get(name),
      shape: (name) => shapes.get(name)!,
      open: open?.linear,
    };
    const part = BINDINGS.get(node.op)!(node, context);
    checkShapes(node, part, data, shapes);
    const read = data.map((name) => values.get(name)!);
    const wanted = part.kind === 'residual' ? [open?.from, current] : [current];
    if (read.length !== wanted.length || wanted.some((v) => v === undefined || !read.includes(v)))
      throw unsupported(node, expectedInputs(part), `the inputs ${data.join(', ')}`);
    if (part.kind === 'linear') {
      layers.push({ ...newLayer(node, part.linear), node, from: current });
    } else if (part.kind !== 'shape') {
      if (!open) throw unsupported(node, 'a convolution or matrix before it', 'the network input');
      layers[layers.length - 1] = extend(open, part, node);
    }
    if (part.kind !== 'shape') current++;
    values.set(node.outputs[0]!, current);
  }
  if (layers.length === 0 || values.get(output.name) !== current) {
    throw new FoldError('E_UNSUPPORTED', `The output "${output.name}" is not the end of a chain of layers.`, {
      expected: 'at least one layer, and the last one as the output',
    });
  }
  return split(input, output, layers);
}

/** The part means what it says only for the shapes that it states: those of the tensors, whatever their numbers of entries. */
function checkShapes(
  node: GraphNode,
  { takes, gives }: LayerPart,
  data: readonly string[],
  shapes: ReadonlyMap<string, Shape>,
): void {
  const words = (from: readonly Shape[], to: Shape): string =>
    `${from.map(shapeText).join(' and ')} to ${shapeText(to)}`;
  const [stated, found] = [
    words(takes, gives),
    words(
      data.map((name) => shapes.get(name)!),
      shapes.get(node.outputs[0]!)!,
    ),
  ];
  if (stated !== found) throw unsupported(node, stated, found);
}

function newLayer(node: GraphNode, linear: Linear): ChainLayer {
  return { name: node.name, output: node.outputs[0]!, linear, residual: false, relu: false, floor: false };
}

function expectedInputs(part: LayerPart): string {
  return part.kind === 'residual'
    ? "the layer's own input and its result (a skip over exactly one convolution or matrix)"
    : 'the result of the node before it (no branches)';
}

function extend(layer: OpenLayer, part: LayerPart, node: GraphNode): OpenLayer {
  const output = node.outputs[0]!;
  if (part.kind === 'relu') return { ...layer, output, relu: true };
  if (part.kind === 'floor') return { ...layer, output, floor: true };
  if (layer.relu || layer.floor) throw unsupported(node, 'the Add before Relu and Floor', 'an Add after them');
  if (part.kind === 'bias') {
    const bias = layer.linear.bias.map((b, k) => b + part.bias[k]!);
    return { ...layer, output, linear: { ...layer.linear, bias } };
  }
  if (layer.residual) throw unsupported(node, 'one skip connection over a layer', 'a second one');
  return { ...layer, output, residual: true };
}

/** Splits off the readout and checks that the layers are of one kind and one image size. */
function split(input: GraphValue, output: GraphValue, layers: readonly OpenLayer[]): LayerChain {
  const last = layers.at(-1)!;
  const { shape } = last.linear;
  const plain = !last.relu && !last.floor && !last.residual;
  const readout = shape.kind === 'dense' && plain ? { name: last.name, linear: { ...last.linear, shape } } : undefined;
  const slots = readout ? layers.slice(0, -1) : layers;
  const extent = (l: OpenLayer): string => {
    const s = l.linear.shape;
    return s.kind === 'conv' ? `a convolution on ${s.height} x ${s.width}` : 'a matrix';
  };
  const odd = slots.find((l) => extent(l) !== extent(slots[0]!));
  if (odd) throw unsupported(odd.node, `${extent(slots[0]!)}, as the layers before it`, extent(odd));
  const floored = slots.find((l) => l.floor);
  const mixed = floored && slots.find((l) => !l.floor);
  if (mixed) throw unsupported(mixed.node, `a Floor after it, as after "${floored.name}"`, 'none');
  const strip = ({ node: _node, from: _from, ...layer }: OpenLayer): ChainLayer => layer;
  return { input, output, layers: slots.map(strip), readout };
}

function onlyOne(values: readonly GraphValue[], what: string): GraphValue {
  const [value] = values;
  if (value && values.length === 1) return value;
  throw new FoldError('E_UNSUPPORTED', `The network has ${values.length} ${what}s.`, {
    expected: `exactly one ${what}`,
    got: values.map((v) => v.name).join(', '),
  });
}
