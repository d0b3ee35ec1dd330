/** DepthToSpace and SpaceToDepth. */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import { shapeText } from '../layers/tensor-shape.ts';
import { malformed, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';

/** [N, C, H, W] and the side of a block. */
function blocks(call: NodeCall): readonly [number, number, number, number, number] {
  const { shape } = requiredInput(call, 0);
  const side = numberAttribute(call.node, 'blocksize', 0);
  if (shape.length !== 4 || !(side >= 1))
    throw malformed(
      call.node,
      'takes images and a block',
      '[N, C, H, W] and blocksize of at least 1',
      shapeText(shape),
    );
  return [...(shape as [number, number, number, number]), side];
}

export const BLOCKS: readonly Operator[] = [
  {
    op: 'DepthToSpace',
    inputs: [1, 1],
    attributes: ['blocksize', 'mode'],
    expand: (b, call) => {
      const [n, c, h, w, side] = blocks(call);
      const depth = c / side ** 2;
      if (!Number.isInteger(depth))
        throw malformed(call.node, 'does not fill its blocks', `channels divisible by ${side ** 2}`, `${c}`);
      const columns = stringAttribute(call.node, 'mode', 'DCR') === 'CRD';
      const parts = columns ? [n, depth, side, side, h, w] : [n, side, side, depth, h, w];
      const axes = columns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
      const x = b.transpose(b.reshape(requiredInput(call, 0), parts), axes);
      return [b.reshape(x, [n, depth, h * side, w * side])];
    },
  },
  {
    op: 'SpaceToDepth',
    inputs: [1, 1],
    attributes: ['blocksize'],
    expand: (b, call) => {
      const [n, c, h, w, side] = blocks(call);
      if (h % side !== 0 || w % side !== 0)
        throw malformed(call.node, 'does not fill its blocks', `sides divisible by ${side}`, `${h} and ${w}`);
      const parts = b.reshape(requiredInput(call, 0), [n, c, h / side, side, w / side, side]);
      return [b.reshape(b.transpose(parts, [0, 3, 5, 1, 2, 4]), [n, c * side ** 2, h / side, w / side])];
    },
  },
];
