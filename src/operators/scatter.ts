/**
 * ScatterElements and ScatterND. With constant indices every number of the result is known to come from the data or from an update;
 * computed indices are compared with every place of their line, update after update.
 */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import { entryCount, sameShape, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { type Constant, isConstant, type Value } from '../tensor/graph.ts';
import { countUp, stridesOf } from '../tensor/indices.ts';
import { axisOf, malformed, requiredInput, unsupported } from './arguments.ts';
import { checkLines, flatPlaces, lineStarts, slicesOf } from './gather.ts';
import type { NodeCall, Operator } from './operator.ts';
import { oneHot } from './select.ts';

const ATTRIBUTES = ['axis', 'reduction'];

/** Comparisons that a scatter by computed indices may take. */
const MOST_COMPARISONS = 2 ** 20;

/** A number of the result out of what it was and an update. */
const REDUCTIONS: Readonly<Record<string, (b: TensorBuilder, old: Value, update: Value) => Value>> = {
  none: (_, __, update) => update,
  add: (b, old, update) => b.add(old, update),
  mul: (b, old, update) => b.multiply(old, update),
  max: (b, old, update) => b.maximum(old, update),
  min: (b, old, update) => b.minimum(old, update),
};

/** data [n] with updates [u] at flat places [u]. Updates of one place are applied one after another. */
function scattered(b: TensorBuilder, call: NodeCall, data: Value, places: Value, updates: Value): Value {
  const name = stringAttribute(call.node, 'reduction', 'none');
  const combine = REDUCTIONS[name];
  if (combine === undefined)
    throw malformed(call.node, 'has an unknown reduction', Object.keys(REDUCTIONS).join(', '), name);
  const flat = b.reshape(updates, [entryCount(updates.shape)]);
  if (isConstant(places)) return byRounds(b, data, places, flat, combine);
  return byComparison(b, call, data, places, flat, combine);
}

/** One round for each further update of the most updated place. */
function byRounds(
  b: TensorBuilder,
  data: Value,
  places: Constant,
  updates: Value,
  combine: (b: TensorBuilder, old: Value, update: Value) => Value,
): Value {
  const size = entryCount(data.shape);
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
      [updates],
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

function byComparison(
  b: TensorBuilder,
  call: NodeCall,
  data: Value,
  places: Value,
  updates: Value,
  combine: (b: TensorBuilder, old: Value, update: Value) => Value,
): Value {
  const [size, count] = [entryCount(data.shape), entryCount(updates.shape)];
  if (size * count > MOST_COMPARISONS)
    throw unsupported(
      call.node,
      `compares ${count} computed indices with ${size} places`,
      'Export it with constant indices.',
    );
  const hits = oneHot(b, b.reshape(places, [count]), size);
  let y = b.reshape(data, [size]);
  for (let i = 0; i < count; i++) {
    const hit = b.reshape(b.slice(hits, [i, 0], [i + 1, size]), [size]);
    const changed = combine(b, y, b.broadcast(b.slice(updates, [i], [i + 1]), [size]));
    y = b.add(y, b.multiply(hit, b.sub(changed, y)));
  }
  return b.as(b.reshape(y, data.shape), data.kind);
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
    const starts = lineStarts(x.shape, index.shape, axis);
    const stride = stridesOf(x.shape)[axis]!;
    const flat = flatPlaces(b, call, b.reshape(index, [...index.shape, 1]), [x.shape[axis]!], [stride], starts);
    return [scattered(b, call, x, flat, updates)];
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
    // each number of a slice has its own place behind the slice's first
    const flat = b.add(b.reshape(b.scale(rows, size), [count, 1]), b.constant([size], [...countUp(size)], 'integer'));
    return [scattered(b, call, x, b.reshape(flat, [count * size]), updates)];
  },
};

export const SCATTERS: readonly Operator[] = [
  SCATTER_ELEMENTS,
  { ...SCATTER_ELEMENTS, op: 'Scatter', attributes: ['axis'] },
  SCATTER_ND,
];
