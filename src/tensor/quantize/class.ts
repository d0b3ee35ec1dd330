/**
 * The class of a classifier as one integer of the graph, for a program that reveals it: the network's own, where its first output is one
 * integer, else the place of the largest number of its first output, the first among equals. It is computed of the very integers
 * that the output has, so that everyone who sees these finds the same class.
 */
import { FoldError } from '../../errors.ts';
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import { type IntegerGraph, type IntegerOperation, type IntegerTensor, ZERO_CODE } from './integer.ts';

const UNIT = 2 ** SHIFT;
/** Longest output: the weights of its places must fit accumulators. */
const MAX_CLASSES = 2 ** (VALUE_BITS - 2);
const NODE = 'class';

/** The graph with what computes its class, which it reveals; its ports stay as they are. @throws E_PLAN for a network without one */
export function withClass(graph: IntegerGraph): IntegerGraph {
  const [output] = graph.outputs;
  if (output?.codes.length === 1 && output.scale === 1) return { ...graph, revealed: output.codes[0]! };
  const long = output?.shape.filter((size) => size !== 1).length;
  if (!output || long !== 1 || output.codes.length === 0 || output.codes.length > MAX_CLASSES)
    throw new FoldError('E_PLAN', 'This network has no class that could be revealed.', {
      expected: `a first output of one row of numbers, at most ${MAX_CLASSES}, or of one integer`,
      got: output ? `"${output.name}" [${output.shape.join(', ')}]` : 'no output',
      hint: 'fold inspect MODEL.onnx shows the outputs of a network',
    });
  const end = new GraphEnd(graph);
  const revealed = placeOfLargest(end, output.codes);
  return { ...end.graph, revealed };
}

/** n less the largest of the weights n, n - 1, ..., 1 of those numbers that are as large as any. */
function placeOfLargest(end: GraphEnd, numbers: Int32Array): number {
  const n = numbers.length;
  const places = Array.from({ length: n }, (_, i) => i);
  const top = { code: largest(end, numbers), weight: -UNIT / 2 };
  // half of a difference has VALUE_BITS bits, and is rounded down: it is negative unless the two are equal
  const below = end.linear(places.map((i) => [{ code: numbers[i]!, weight: UNIT / 2 }, top]));
  const isLargest = end.add({ op: 'step', x: below }, n);
  const weighed = end.linear(places.map((i) => [{ code: isLargest[i]!, weight: (n - i) * UNIT }]));
  return end.linear([[{ code: largest(end, weighed), weight: -UNIT }]], n * UNIT)[0]!;
}

/** One half is compared with the other: as many operations one after another as the number of numbers has bits. */
function largest(end: GraphEnd, numbers: Int32Array): number {
  let left = numbers;
  while (left.length > 1) {
    const half = Math.ceil(left.length / 2);
    const others = Int32Array.from({ length: half }, (_, i) => left[Math.min(half + i, left.length - 1)]!);
    left = end.add({ op: 'maximum', leaves: [left.slice(0, half), others] }, half);
  }
  return left[0]!;
}

interface Tap {
  readonly code: number;
  readonly weight: number;
}

/** Adds tensors behind those of a graph. */
class GraphEnd {
  readonly #graph: IntegerGraph;
  readonly #tensors: IntegerTensor[];
  #elements: number;

  constructor(graph: IntegerGraph) {
    this.#graph = graph;
    this.#tensors = [...graph.tensors];
    this.#elements = graph.elements;
  }

  get graph(): IntegerGraph {
    return { ...this.#graph, tensors: this.#tensors, elements: this.#elements };
  }

  /** The codes of a new tensor of integers. */
  add(operation: IntegerOperation, size: number): Int32Array {
    const start = this.#elements;
    this.#elements += size;
    this.#tensors.push({ operation, start, size, shape: [size], kind: 'integer', scale: 1, node: NODE });
    return Int32Array.from({ length: size }, (_, i) => start + i);
  }

  /** One sum an element, of as many taps each; constants go into the bias. */
  linear(sums: readonly (readonly Tap[])[], bias = 0): Int32Array {
    const constant = ({ code, weight }: Tap): number => (code < 0 ? weight * this.#graph.constants[-1 - code]! : 0);
    const places = Int32Array.from(sums, (_, i) => i);
    const term = {
      width: sums[0]!.length,
      taps: Int32Array.from(sums.flatMap((taps) => taps.map(({ code }) => Math.max(code, ZERO_CODE)))),
      weights: Float64Array.from(sums.flatMap((taps) => taps.map(({ weight }) => weight))),
      ...{ position: places, kernel: places },
    };
    const all = Float64Array.from(sums, (taps) => taps.reduce((sum, tap) => sum + constant(tap), bias));
    return this.add({ op: 'linear', terms: [term], bias: all }, sums.length);
  }
}
