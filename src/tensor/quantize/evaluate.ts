/**
 * Runs an integer graph, number by number, as integer.ts says it: the meaning that every lowering must keep. The machine's
 * interpreter runs programs; this knows nothing of them.
 */
import { FoldError } from '../../errors.ts';
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import { checkBounds } from './bounds.ts';
import type { Codes, IntegerGraph, IntegerTable, IntegerTensor, LinearTerm } from './integer.ts';

const HALF = 2 ** (VALUE_BITS - 1);
const UNIT = 2 ** SHIFT;

function rangeError(graph: IntegerGraph, { node }: IntegerTensor, place: number, value: number): FoldError {
  return new FoldError('E_RANGE', `node '${node}' of ${graph.name}: number ${place} leaves the range of the plan`, {
    expected: `an integer from ${-HALF} to ${HALF - 1}`,
    got: String(value),
    hint: 'calibrate with samples like this input, or with more --headroom',
  });
}

/** What no look-up finds. @param high the first number behind the table */
function notInTable(what: string, [low, high]: readonly [number, number], x: number): FoldError {
  return new FoldError('E_RANGE', `${what} is not in its table`, {
    expected: `an integer from ${low} to ${high - 1}`,
    got: String(x),
    hint: 'calibrate with samples like this input, or with more --headroom',
  });
}

/** The numbers whose cells a table has. */
function argumentsOf({ density, first, value }: IntegerTable): readonly [number, number] {
  const from = (cell: number): number => Math.ceil((cell * UNIT) / density);
  return [from(first), from(first + value.length)];
}

/** All numbers of the graph, by code. @param inputs integers, input after input @throws FoldError E_RANGE naming node, place and value */
export function evaluateIntegers(graph: IntegerGraph, inputs: readonly Float64Array[]): Float64Array {
  const numbers = new Float64Array(graph.elements);
  const at = (code: number): number => (code >= 0 ? numbers[code]! : graph.constants[-1 - code]!);
  graph.inputs.forEach((port, p) => {
    port.codes.forEach((code, i) => {
      numbers[code] = inputs[p]![i]!;
    });
  });
  for (const tensor of graph.tensors) {
    if (tensor.shows) checkBounds(tensor.node, tensor.shows, at);
    const compute = elementOf(graph, tensor, at);
    for (let i = 0; i < tensor.size; i++) {
      const value = compute === undefined ? numbers[tensor.start + i]! : compute(i);
      if (!(value >= -HALF && value < HALF)) throw rangeError(graph, tensor, i, value);
      numbers[tensor.start + i] = value;
    }
  }
  return numbers;
}

/** The integers of a port, from all numbers. */
export function portValues(graph: IntegerGraph, codes: Codes, numbers: Float64Array): Float64Array {
  return Float64Array.from(codes, (code) => (code >= 0 ? numbers[code]! : graph.constants[-1 - code]!));
}

function termSum(
  { width, taps, weights, position, kernel }: LinearTerm,
  i: number,
  at: (code: number) => number,
): number {
  let sum = 0;
  const from = position[i]! * width;
  const row = kernel[i]! * width;
  for (let k = 0; k < width; k++) {
    const code = taps[from + k]!;
    if (code >= 0) sum += weights[row + k]! * at(code);
  }
  return sum;
}

/** The function of an element's place; undefined for an input. */
function elementOf(
  graph: IntegerGraph,
  tensor: IntegerTensor,
  at: (code: number) => number,
): ((i: number) => number) | undefined {
  const { operation } = tensor;
  const rounded = (r: number): number => Math.floor((r + UNIT / 2) / UNIT);
  switch (operation.op) {
    case 'input':
      return undefined;
    case 'linear': {
      const { terms, bias } = operation;
      return (i) => Math.floor(terms.reduce((sum, term) => sum + termSum(term, i, at), bias[i]!) / UNIT);
    }
    case 'product':
      return (i) => rounded(at(operation.a[i]!) * at(operation.b[i]!));
    case 'matmul': {
      const { a, b, rows, inner, columns } = operation;
      return (i) => {
        const row = Math.floor(i / columns);
        const column = Math.floor(row / rows) * columns + (i % columns);
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += at(a[row * inner + k]!) * at(b[column * inner + k]!);
        return rounded(sum);
      };
    }
    case 'maximum':
      return (i) => operation.leaves.reduce((best, leaf) => Math.max(best, at(leaf[i]!)), -Infinity);
    case 'table': {
      const table = graph.tables[operation.table]!;
      const { density, first, value, slope } = table;
      return (i) => {
        const x = at(operation.x[i]!);
        const cell = Math.floor((density * x) / UNIT) - first;
        if (!(cell >= 0 && cell < value.length))
          throw notInTable(
            `node '${tensor.node}' of ${graph.name}: the argument of number ${i}`,
            argumentsOf(table),
            x,
          );
        return Math.floor((value[cell]! + slope[cell]! * x) / UNIT);
      };
    }
    case 'step':
      return (i) => (at(operation.x[i]!) >= 0 ? 1 : 0);
    case 'shift':
      return (i) => Math.floor(at(operation.x[i]!) / 2 ** operation.bits);
    case 'take': {
      const { index, rows, table } = operation;
      const width = table.length / rows;
      return (i) => {
        const row = at(index[Math.floor(i / width)]!);
        if (!(row >= 0 && row < rows))
          throw notInTable(`node '${tensor.node}' of ${graph.name}: the index of number ${i}`, [0, rows], row);
        return table[row * width + (i % width)]!;
      };
    }
  }
}
