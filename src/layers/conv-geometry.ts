/**
 * Geometry of an ONNX Conv, and of a pool's window: the one place where auto_pad, pads, strides, dilations and group are interpreted.
 * Any number of spatial axes; x is [N, C, D1, ...], w is [M, C/group, K1, ...].
 */
import { FoldError } from '../errors.ts';
import { type GraphNode, intsAttribute, numberAttribute, stringAttribute } from './node.ts';

export interface ConvGeometry {
  readonly group: number;
  /** Per spatial axis. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
  /** [N, M, O1, ...] */
  readonly outShape: readonly number[];
}

/** @throws E_FORMAT, naming the node, where attributes and shapes do not fit each other */
export function convGeometry(node: GraphNode, x: readonly number[], w: readonly number[]): ConvGeometry {
  const fail = (expected: string, got: string): FoldError =>
    new FoldError('E_FORMAT', `The node "${node.name}" (${node.op}) does not fit its tensors.`, { expected, got });
  if (x.length < 3 || w.length !== x.length)
    throw fail('input [N, C, spatial...] and weights of the same rank', `[${x.join(', ')}] and [${w.join(', ')}]`);
  const axes = x.length - 2;
  const ones = new Array<number>(axes).fill(1);
  const kernel = w.slice(2);
  const strides = intsAttribute(node, 'strides', ones);
  const dilations = intsAttribute(node, 'dilations', ones);
  const group = numberAttribute(node, 'group', 1);
  const declared = intsAttribute(node, 'kernel_shape', kernel);
  if (kernel.some((k, a) => k !== declared[a] || k < 1)) throw fail(`kernel_shape [${kernel}]`, `[${declared}]`);
  if ([...strides, ...dilations, group].some((v) => !Number.isInteger(v) || v < 1))
    throw fail('strides, dilations and group of at least 1', `[${strides}], [${dilations}], ${group}`);
  if (x[1]! !== w[1]! * group || w[0]! % group !== 0)
    throw fail(`${w[1]! * group} input channels and output channels divisible by ${group}`, `${x[1]} and ${w[0]}`);

  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const padBegin: number[] = [];
  const padEnd: number[] = [];
  const out: number[] = [];
  const pads = intsAttribute(node, 'pads', new Array<number>(2 * axes).fill(0));
  for (let a = 0; a < axes; a++) {
    const size = x[a + 2]!;
    const span = (kernel[a]! - 1) * dilations[a]! + 1;
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') {
      const total = Math.max(0, (Math.ceil(size / strides[a]!) - 1) * strides[a]! + span - size);
      const small = Math.floor(total / 2);
      padBegin.push(autoPad === 'SAME_UPPER' ? small : total - small);
      padEnd.push(total - padBegin[a]!);
    } else if (autoPad === 'NOTSET' || autoPad === 'VALID') {
      padBegin.push(autoPad === 'VALID' ? 0 : pads[a]!);
      padEnd.push(autoPad === 'VALID' ? 0 : pads[a + axes]!);
    } else throw fail('auto_pad NOTSET, SAME_UPPER, SAME_LOWER or VALID', autoPad);
    if (padBegin[a]! < 0 || padEnd[a]! < 0) throw fail('pads of at least 0', `[${pads}]`);
    const room = size + padBegin[a]! + padEnd[a]! - span;
    if (room < 0) throw fail(`a padded axis of at least ${span}`, `${room + span} (spatial axis ${a})`);
    out.push(Math.floor(room / strides[a]!) + 1);
  }
  return { group, kernel, strides, dilations, padBegin, padEnd, outShape: [x[0]!, w[0]!, ...out] };
}
