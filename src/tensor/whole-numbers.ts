/** What is known of numbers that are whole, such as those of masks, from the operations that made them. */
import { type GraphOperation, isConstant, type Value } from './graph.ts';

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
