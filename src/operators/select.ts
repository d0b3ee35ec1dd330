/** Where, OneHot and Trilu: numbers chosen by a condition, an index, or their place. */
import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { type Constant, isConstant, type Value } from '../tensor/graph.ts';
import { countUp } from '../tensor/indices.ts';
import { INFINITE, MASK_FACTOR } from '../tensor/masks.ts';
import { axisOf, constantInput, malformed, requiredInput, scalar } from './arguments.ts';
import { commonKind, commonShape } from './elementwise.ts';
import { fromEnd, places } from './gather.ts';
import { checkComparisons, oneHot } from './one-hot.ts';
import type { Operator } from './operator.ts';

/** Infinities as numbers: they are multiplied by 0 where the condition is false. */
function finite(b: TensorBuilder, x: Value): Value {
  if (!isConstant(x)) return x;
  return b.constant(
    x.shape,
    x.data.map((value) => Math.min(Math.max(value, -INFINITE), INFINITE)),
    x.kind,
  );
}

/** x where the condition is 1, y where it is 0. A mask is chosen by itself: in a difference it would leave nothing of the other side. */
function choose(b: TensorBuilder, condition: Value, x: Value, y: Value): Value {
  if ([x, y].some((side) => isConstant(side) && side.data.some((value) => Math.abs(value) >= MASK_FACTOR)))
    return b.add(b.multiply(condition, x), b.multiply(b.scale(b.as(condition, 'integer'), -1, 1), y));
  return b.add(y, b.multiply(condition, b.sub(x, y)));
}

const WHERE: Operator = {
  op: 'Where',
  inputs: [3, 3],
  attributes: [],
  expand: (b, call) => {
    const [condition, x, y] = [0, 1, 2].map((i) => requiredInput(call, i)) as [Value, Value, Value];
    const kind = x.kind === y.kind ? x.kind : commonKind(x, y);
    const shape = commonShape(call, [condition, x, y]);
    if (!isConstant(condition))
      return [b.as(b.broadcast(choose(b, condition, finite(b, x), finite(b, y)), shape), kind)];
    const chosen = b.broadcast(condition, shape) as Constant;
    const count = entryCount(shape);
    const index = countUp(count).map((i) => (chosen.data[i] === 0 ? count + i : i));
    return [b.as(b.arrange([b.broadcast(x, shape), b.broadcast(y, shape)], shape, index), kind)];
  },
};

const ONE_HOT: Operator = {
  op: 'OneHot',
  inputs: [3, 3],
  attributes: ['axis'],
  expand: (b, call) => {
    const { node } = call;
    const index = requiredInput(call, 0);
    const depth = scalar(node, constantInput(call, 1, 'depth')!, 'depth');
    const values = constantInput(call, 2, 'values')!;
    if (!(Number.isInteger(depth) && depth >= 1) || values.data.length !== 2)
      throw malformed(
        node,
        'has no depth',
        'depth of at least 1 and two values',
        `${depth}, ${values.data.length} values`,
      );
    const rank = index.shape.length + 1;
    const axis = axisOf(node, numberAttribute(node, 'axis', -1), rank);
    // an index outside [-depth, depth) is no place: its line is all off
    const outside = isConstant(index) && index.data.some((i) => !(i >= -depth && i < depth));
    checkComparisons(node, index, depth);
    const inside = (): Value => (isConstant(index) ? places(b, call, index, depth) : fromEnd(b, index, depth));
    const hits = oneHot(b, outside ? index : inside(), depth);
    const [off, on] = values.data as unknown as [number, number];
    const lines = b.as(b.scale(hits, on - off, off), values.kind);
    const before = Array.from({ length: axis }, (_, i) => i);
    const behind = Array.from({ length: rank - 1 - axis }, (_, i) => axis + i);
    return [b.transpose(lines, [...before, rank - 1, ...behind])];
  },
};

const TRILU: Operator = {
  op: 'Trilu',
  inputs: [1, 2],
  attributes: ['upper'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    if (x.shape.length < 2) throw malformed(call.node, 'takes matrices', 'two dimensions or more', `[${x.shape}]`);
    const diagonal = constantInput(call, 1, 'diagonal');
    const k = diagonal === undefined ? 0 : scalar(call.node, diagonal, 'diagonal');
    const upper = numberAttribute(call.node, 'upper', 1) !== 0;
    const index = countUp(entryCount(x.shape)).map((i) => {
      const distance = (i % columns) - (Math.floor(i / columns) % rows);
      return (upper ? distance >= k : distance <= k) ? i : -1;
    });
    return [b.arrange([x], x.shape, index)];
  },
};

export const SELECTIONS_BY_PLACE: readonly Operator[] = [WHERE, ONE_HOT, TRILU];
