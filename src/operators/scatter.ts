/**
 * ScatterElements and ScatterND. With constant indices every number of the result is known to come from the data or from an update;
 * computed indices are compared with every place of their line, update after update.
 */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import { entryCount, sameShape, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { type Constant, isConstant, type Shape, type Value } from '../tensor/graph.ts';
import { countUp, indexOf, steps, stridesOf } from '../tensor/indices.ts';
import { axisOf, malformed, requiredInput, unsupported } from './arguments.ts';
import { checkLines, flatPlaces, lineStarts, places, slicesOf } from './gather.ts';
import { oneHot } from './one-hot.ts';
import type { NodeCall, Operator } from './operator.ts';

const ATTRIBUTES = ['axis', 'reduction'];

/** Comparisons that a scatter by computed indices may take. */
const MOST_COMPARISONS = 2 ** 20;

type Combine = (b: TensorBuilder, old: Value, update: Value) => Value;

/** A number of the result out of what it was and an update. */
const REDUCTIONS: Readonly<Record<string, Combine>> = {
  none: (_, __, update) => update,
  add: (b, old, update) => b.add(old, update),
  mul: (b, old, update) => b.multiply(old, update),
  max: (b, old, update) => b.maximum(old, update),
  min: (b, old, update) => b.minimum(old, update),
};

function combineOf({ node }: NodeCall): Combine {
  const name = stringAttribute(node, 'reduction', 'none');
  const combine = REDUCTIONS[name];
  if (combine === undefined)
    throw malformed(node, 'has an unknown reduction', Object.keys(REDUCTIONS).join(', '), name);
  return combine;
}

/** data with updates [u] at constant flat places [u]: one round for each further update of the most updated place. */
function byRounds(b: TensorBuilder, data: Value, places: Constant, updates: Value, combine: Combine): Value {
  const size = entryCount(data.shape);
  const flat = b.reshape(updates, [entryCount(updates.shape)]);
  const seen = new Int32Array(size);
  const rounds: (readonly [number, number])[][] = [];
  places.data.forEach((place, i) => {
    const round = seen[place]!++;
    rounds[round] ??= [];
    rounds[round].push([place, i]);
  });
  return rounds.reduce<Value>((old, pairs) => {
    const touched = Int32Array.from(pairs, ([place]) => place);
    const given = b.arrange(
      [flat],
      [pairs.length],
      Int32Array.from(pairs, ([, i]) => i),
    );
    const changed = combine(b, b.arrange([old], [pairs.length], touched), given);
    const index = countUp(size);
    touched.forEach((place, i) => {
      index[place] = size + i;
    });
    return b.arrange([old, changed], data.shape, index);
  }, data);
}

/** Lines [lines, places, part] with updates [lines, updates, part] at computed places [lines, updates], one after another. */
function byComparison(b: TensorBuilder, call: NodeCall, data: Value, index: Value, updates: Value): Value {
  const [lines, size, part] = data.shape as [number, number, number];
  const count = index.shape[1]!;
  const combine = combineOf(call);
  if (lines * size * part * count > MOST_COMPARISONS)
    throw unsupported(
      call.node,
      `compares ${lines * count} computed indices with ${size} places`,
      'Export it with constant indices.',
    );
  const hits = oneHot(b, index, size);
  let y = data;
  for (let i = 0; i < count; i++) {
    const hit = b.reshape(b.slice(hits, [0, i, 0], [lines, i + 1, size]), [lines, size, 1]);
    const update = b.slice(updates, [0, i, 0], [lines, i + 1, part]);
    y = b.add(y, b.multiply(hit, b.sub(combine(b, y, b.broadcast(update, y.shape)), y)));
  }
  return b.as(y, data.kind);
}

/** The part of x that lies under indices of that shape, as lines along `axis` [lines, places, 1]. */
function linesUnder(b: TensorBuilder, x: Value, index: Shape, axis: number): Value {
  const under = index.with(axis, x.shape[axis]!);
  const part = b.slice(
    x,
    x.shape.map(() => 0),
    under,
  );
  return asLines(b, part, axis);
}

/** [..., axis, ...] as [lines, axis, 1]. */
function asLines(b: TensorBuilder, x: Value, axis: number): Value {
  const axes = [...[...x.shape.keys()].filter((other) => other !== axis), axis];
  const length = x.shape[axis]!;
  return b.reshape(b.transpose(x, axes), [entryCount(x.shape) / Math.max(1, length), length, 1]);
}

/** x with lines in the places that `linesUnder` took them from. */
function putBack(b: TensorBuilder, x: Value, lines: Value, index: Shape, axis: number): Value {
  const under = index.with(axis, x.shape[axis]!);
  const others = [...under.keys()].filter((other) => other !== axis);
  const turned = b.reshape(lines, [...others.map((other) => under[other]!), under[axis]!]);
  const order = under.map((_, other) => (other === axis ? others.length : others.indexOf(other)));
  const part = b.transpose(turned, order);
  const places = indexOf(
    under,
    stridesOf(x.shape).map((stride, other) => steps(under[other]!, stride)),
  );
  const size = entryCount(x.shape);
  const from = countUp(size);
  places.forEach((place, i) => {
    from[place] = size + i;
  });
  return b.arrange([x, part], x.shape, from);
}

const SCATTER_ELEMENTS: Operator = {
  op: 'ScatterElements',
  inputs: [3, 3],
  attributes: ATTRIBUTES,
  expand: (b, call) => {
    const [x, index, updates] = [0, 1, 2].map((i) => requiredInput(call, i)) as [Value, Value, Value];
    const axis = axisOf(call.node, numberAttribute(call.node, 'axis', 0), x.shape.length);
    checkLines(call, x.shape, index.shape, axis);
    if (!sameShape(index.shape, updates.shape))
      throw malformed(call.node, 'has updates that do not fit', shapeText(index.shape), shapeText(updates.shape));
    if (!isConstant(index)) {
      const inLines = places(b, call, index, x.shape[axis]!);
      const [at, given] = [inLines, updates].map((value) => asLines(b, value, axis)) as [Value, Value];
      const lines = byComparison(
        b,
        call,
        linesUnder(b, x, index.shape, axis),
        b.reshape(at, at.shape.slice(0, 2)),
        given,
      );
      return [putBack(b, x, lines, index.shape, axis)];
    }
    const starts = lineStarts(x.shape, index.shape, axis);
    const stride = stridesOf(x.shape)[axis]!;
    const flat = flatPlaces(b, call, b.reshape(index, [...index.shape, 1]), [x.shape[axis]!], [stride], starts);
    return [byRounds(b, x, flat as Constant, updates, combineOf(call))];
  },
};

const SCATTER_ND: Operator = {
  op: 'ScatterND',
  inputs: [3, 3],
  attributes: ATTRIBUTES,
  expand: (b, call) => {
    const [x, index, updates] = [0, 1, 2].map((i) => requiredInput(call, i)) as [Value, Value, Value];
    const { dims, part, strides, base } = slicesOf(call, x.shape, index.shape, 0);
    const wanted = [...index.shape.slice(0, -1), ...part];
    if (!sameShape(updates.shape, wanted))
      throw malformed(call.node, 'has updates that do not fit', shapeText(wanted), shapeText(updates.shape));
    const size = entryCount(part);
    const rows = flatPlaces(b, call, index, dims, strides, base);
    const count = entryCount(rows.shape);
    if (!isConstant(rows)) {
      const lines = b.reshape(x, [1, entryCount(dims), size]);
      const given = b.reshape(updates, [1, count, size]);
      return [b.reshape(byComparison(b, call, lines, b.reshape(rows, [1, count]), given), x.shape)];
    }
    // each number of a slice has its own place behind the slice's first
    const flat = new Float64Array(count * size).map((_, i) => rows.data[Math.floor(i / size)]! * size + (i % size));
    return [byRounds(b, x, b.constant([count * size], flat, 'integer'), updates, combineOf(call))];
  },
};

export const SCATTERS: readonly Operator[] = [
  SCATTER_ELEMENTS,
  { ...SCATTER_ELEMENTS, op: 'Scatter', attributes: ['axis'] },
  SCATTER_ND,
];
