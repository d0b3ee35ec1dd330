/** What the elementwise operators share: trees of n-ary ones, exact results of constants, and one form a distinct constant. */

import { broadcastShape } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { type Constant, isConstant, type NumberKind, type Shape, type Value } from '../tensor/graph.ts';
import { malformed, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';

export const isInteger = (value: Value): boolean => value.kind !== 'real';

/** The kind of a result of numbers of both. Two booleans make an integer: their sum is none. */
export const commonKind = (a: Value, b: Value): NumberKind => (isInteger(a) && isInteger(b) ? 'integer' : 'real');

/** The shape that all inputs broadcast to. */
export function commonShape({ node }: NodeCall, values: readonly Value[]): Shape {
  return values.reduce<Shape>((shape, value) => {
    const both = broadcastShape(shape, value.shape);
    if (both === undefined)
      throw malformed(
        node,
        'has inputs that do not broadcast',
        'equal dimensions, or 1',
        values.map((v) => `[${v.shape.join(', ')}]`).join(' and '),
      );
    return both;
  }, []);
}

/** An operator of two inputs that broadcast, without attributes. */
export function ofTwo(op: string, expand: (b: TensorBuilder, call: NodeCall, x: Value, y: Value) => Value): Operator {
  return {
    op,
    inputs: [2, 2],
    attributes: [],
    expand: (b, call) => {
      const [x, y] = [requiredInput(call, 0), requiredInput(call, 1)];
      commonShape(call, [x, y]);
      return [expand(b, call, x, y)];
    },
  };
}

/** One value of many by an associative operation, in a tree: its depth is the logarithm. */
export function tree(values: readonly Value[], combine: (a: Value, b: Value) => Value): Value {
  if (values.length === 1) return values[0]!;
  const middle = values.length >> 1;
  return combine(tree(values.slice(0, middle), combine), tree(values.slice(middle), combine));
}

/** f of two constants, broadcast, exactly as doubles give it; undefined where one is computed. */
export function foldTwo(
  b: TensorBuilder,
  call: NodeCall,
  [x, y]: readonly [Value, Value],
  kind: NumberKind,
  f: (x: number, y: number) => number,
): Constant | undefined {
  if (!isConstant(x) || !isConstant(y)) return undefined;
  const shape = commonShape(call, [x, y]);
  const right = b.broadcast(y, shape) as Constant;
  const left = b.broadcast(x, shape) as Constant;
  return b.constant(
    shape,
    left.data.map((number, i) => f(number, right.data[i]!)),
    kind,
  );
}

/** The number that all entries are; undefined where they differ, or there are none. */
export function uniform(value: Value): number | undefined {
  if (!isConstant(value)) return undefined;
  const first = value.data[0];
  return value.data.every((entry) => entry === first) ? first : undefined;
}

/**
 * An elementwise function of x with a constant parameter for each element: `form` is called once for each distinct parameter, with
 * the elements that have it.
 */
export function byParameter(
  b: TensorBuilder,
  call: NodeCall,
  x: Value,
  parameter: Constant,
  form: (x: Value, parameter: number) => Value,
): Value {
  const shape = commonShape(call, [x, parameter]);
  const source = b.broadcast(x, shape);
  const { data } = b.broadcast(parameter, shape) as Constant;
  if (data.length === 0) return source;
  const places = new Map<number, number[]>();
  data.forEach((value, i) => {
    const elements = places.get(value);
    if (elements === undefined) places.set(value, [i]);
    else elements.push(i);
  });
  if (places.size === 1) return form(source, data[0]!);
  const index = new Int32Array(data.length);
  const parts: Value[] = [];
  let placed = 0;
  for (const [value, elements] of places) {
    parts.push(form(b.arrange([source], [elements.length], Int32Array.from(elements)), value));
    for (const i of elements) index[i] = placed++;
  }
  return b.arrange(parts, shape, index);
}
