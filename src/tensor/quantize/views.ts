/**
 * An integer graph without the linear operations whose numbers are those that they read: whoever reads them reads those. The integers are
 * the same; a scale by which the numbers were multiplied is one of the tensors, not of the machine. What is held stays: that its
 * numbers are in range is shown by its rows, and a maximum or a table's entry, which it may be a view of, has none.
 */
import { SHIFT } from '../../machine/shape.ts';
import type { Codes, IntegerGraph, IntegerOperation, IntegerTensor } from './integer.ts';

const UNIT = 2 ** SHIFT;

/** What element i of a tensor is a view of, for all of them; undefined where something is computed. floor((2^SHIFT x + b) / 2^SHIFT) is x. */
function viewed({ operation, size }: IntegerTensor): Codes | undefined {
  if (operation.op !== 'linear' || operation.terms.length !== 1) return undefined;
  const { width, taps, weights, position } = operation.terms[0]!;
  const isRest = (b: number): boolean => b >= 0 && b < UNIT;
  if (width !== 1 || weights.some((w) => w !== UNIT) || !operation.bias.every(isRest)) return undefined;
  const codes = Int32Array.from({ length: size }, (_, i) => taps[position[i]!]!);
  return codes.every((code) => code >= 0) ? codes : undefined;
}

function withCodes(operation: IntegerOperation, moved: (codes: Codes) => Codes): IntegerOperation {
  switch (operation.op) {
    case 'input':
      return operation;
    case 'linear':
      return { ...operation, terms: operation.terms.map((term) => ({ ...term, taps: moved(term.taps) })) };
    case 'product':
    case 'matmul':
      return { ...operation, a: moved(operation.a), b: moved(operation.b) };
    case 'maximum':
      return { ...operation, leaves: operation.leaves.map(moved) };
    case 'table':
    case 'step':
    case 'shift':
      return { ...operation, x: moved(operation.x) };
    case 'take':
      return { ...operation, index: moved(operation.index) };
  }
}

export function withoutViews(graph: IntegerGraph): IntegerGraph {
  const origin = Int32Array.from({ length: graph.elements }, (_, code) => code);
  const moved = (codes: Codes): Codes => codes.map((code) => (code < 0 ? code : origin[code]!));
  const isHeld = new Uint8Array(graph.elements);
  for (const codes of graph.held) for (const code of codes) isHeld[code] = 1;
  const tensors: IntegerTensor[] = [];
  for (const tensor of graph.tensors) {
    const { start, size, shows } = tensor;
    const operation = withCodes(tensor.operation, moved);
    const codes = isHeld.subarray(start, start + size).includes(1) ? undefined : viewed({ ...tensor, operation });
    if (codes) origin.set(codes, start);
    else tensors.push({ ...tensor, operation, ...(shows && { shows: { ...shows, of: moved(shows.of) } }) });
  }
  return { ...graph, tensors, outputs: graph.outputs.map((port) => ({ ...port, codes: moved(port.codes) })) };
}
