/** What is known of numbers that are whole, such as those of masks, from the operations that made them. */
import { type GraphOperation, isConstant, type LinearOperation, type Value } from './graph.ts';

export type OperationOf = (value: Value) => GraphOperation | undefined;

/** A mask stands a few operations before what reads it: no walk through the network. */
export const MOST_DEPTH = 12;

/** Whether all numbers are integers, also where the network has them as floats: zeros and ones of a mask. */
export function isWhole(value: Value, operationOf: OperationOf, depth = 0): boolean {
  if (value.kind !== 'real') return true;
  if (isConstant(value)) return value.data.every(Number.isInteger);
  const made = operationOf(value);
  if (made === undefined || depth > MOST_DEPTH) return false;
  // a cast changes what is said of the numbers, not what made them
  if (made.result.kind !== 'real') return true;
  const { operation } = made;
  const whole = (source: Value): boolean => isWhole(source, operationOf, depth + 1);
  switch (operation.op) {
    case 'linear':
      return (
        [operation.weights, operation.bias ?? []].every((part) => part.every(Number.isInteger)) &&
        operation.sources.every(whole)
      );
    case 'arrange':
      return Number.isInteger(operation.fill) && operation.sources.every(whole);
    case 'multiply':
      return whole(operation.a) && whole(operation.b);
    case 'step':
    case 'floor':
      return true;
    default:
      return false;
  }
}

type Bounds = readonly [least: number, most: number];

const ANY: Bounds = [-Infinity, Infinity];
export const join = (all: readonly Bounds[]): Bounds => [
  Math.min(...all.map(([least]) => least)),
  Math.max(...all.map(([, most]) => most)),
];

/** What whole numbers of a mask can be. Those of an input are zeros and ones, as masks that are given are. */
export function boundsOf(value: Value, operationOf: OperationOf, depth = 0): Bounds {
  if (isConstant(value)) return join(Array.from(value.data, (x): Bounds => [x, x]));
  const made = operationOf(value);
  // a cast changes what is said of the numbers, not what made them
  if (made === undefined || made.operation.op === 'input') return [0, 1];
  if (value.kind === 'boolean' || made.result.kind === 'boolean') return [0, 1];
  if (depth > MOST_DEPTH) return ANY;
  const { operation } = made;
  const of = (source: Value): Bounds => boundsOf(source, operationOf, depth + 1);
  switch (operation.op) {
    case 'linear':
      return sumBounds(operation, join([[0, 0], ...operation.sources.map(of)]), () => true);
    case 'arrange':
      return join([[operation.fill, operation.fill], ...operation.sources.map(of)]);
    case 'multiply': {
      const [one, other] = [of(operation.a), of(operation.b)];
      return join(one.flatMap((x) => other.map((y): Bounds => [x * y, x * y])));
    }
    case 'step':
      return [0, 1];
    default:
      return ANY;
  }
}

/** Of the sums over some columns of numbers within bounds, and the bias. */
export function sumBounds(
  { width, weights, kernel, bias }: LinearOperation,
  [least, most]: Bounds,
  column: (k: number) => boolean,
): Bounds {
  let [low, high] = [Infinity, -Infinity];
  kernel.forEach((row, i) => {
    let [from, to] = [bias?.[i] ?? 0, bias?.[i] ?? 0];
    for (let k = 0; k < width; k++) {
      const w = column(k) ? weights[row * width + k]! : 0;
      if (w === 0) continue;
      from += Math.min(w * least, w * most);
      to += Math.max(w * least, w * most);
    }
    [low, high] = [Math.min(low, from), Math.max(high, to)];
  });
  return [low, high];
}
