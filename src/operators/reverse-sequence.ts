/** ReverseSequence: the first numbers of each line of a batch, so many as its length says, in the other order. */
import { numberAttribute } from '../layers/node.ts';
import { entryCount, shapeText } from '../layers/tensor-shape.ts';
import { stridesOf } from '../tensor/indices.ts';
import { axisOf, constantInput, malformed, requiredInput } from './arguments.ts';
import type { Operator } from './operator.ts';

export const REVERSE_SEQUENCE: Operator = {
  op: 'ReverseSequence',
  inputs: [2, 2],
  attributes: ['batch_axis', 'time_axis'],
  restriction: 'lengths are constant',
  expand: (b, call) => {
    const { node } = call;
    const x = requiredInput(call, 0);
    const batch = axisOf(node, numberAttribute(node, 'batch_axis', 1), x.shape.length);
    const time = axisOf(node, numberAttribute(node, 'time_axis', 0), x.shape.length);
    const lengths = constantInput(call, 1, 'lengths')!.data;
    const most = x.shape[time] ?? 0;
    if (batch === time || lengths.length !== x.shape[batch] || !lengths.every((n) => n >= 0 && n <= most))
      throw malformed(
        node,
        'has lengths that do not fit',
        `a length for each line, at most ${most}`,
        shapeText([...lengths]),
      );
    const strides = stridesOf(x.shape);
    const index = Int32Array.from({ length: entryCount(x.shape) }, (_, i) => {
      const at = Math.floor(i / strides[time]!) % most;
      const length = lengths[Math.floor(i / strides[batch]!) % x.shape[batch]!]!;
      return at < length ? i + (length - 1 - 2 * at) * strides[time]! : i;
    });
    return [b.arrange([x], x.shape, index)];
  },
};
