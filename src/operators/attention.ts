/**
 * Scaled dot-product attention as one node, as ONNX has it since opset 23: softmax(Q K^T scale + mask) V for each head. Queries may
 * have more heads than keys and values, which then serve several (grouped queries). Masks are taken apart by softmax.
 */
import { numberAttribute } from '../layers/node.ts';
import { shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, requiredInput, unsupported } from './arguments.ts';
import { applyFinite } from './finite.ts';
import type { NodeCall, Operator } from './operator.ts';
import { softmax } from './softmax.ts';

/** [batch, heads, length, size] of a tensor that is so already, or [batch, length, heads size]. */
function heads(b: TensorBuilder, { node }: NodeCall, x: Value, name: string): Value {
  if (x.shape.length === 4) return x;
  const count = numberAttribute(node, name, 0);
  const [batch, length, width] = x.shape as [number, number, number];
  if (x.shape.length !== 3 || !(count >= 1) || width % count !== 0)
    throw malformed(
      node,
      'has queries, keys or values of another shape',
      `4 dimensions, or 3 and ${name}`,
      shapeText(x.shape),
    );
  return b.transpose(b.reshape(x, [batch, length, count, width / count]), [0, 2, 1, 3]);
}

/** Each head of keys or values as often as queries share it. */
function repeated(b: TensorBuilder, call: NodeCall, x: Value, count: number): Value {
  const [batch, own, length, size] = x.shape as [number, number, number, number];
  if (count === own) return x;
  if (own === 0 || count % own !== 0)
    throw malformed(call.node, 'shares heads unevenly', `a multiple of ${own} heads of queries`, `${count}`);
  const shared = b.broadcast(b.reshape(x, [batch, own, 1, length, size]), [batch, own, count / own, length, size]);
  return b.reshape(shared, [batch, count, length, size]);
}

/** What is added to the scores: the mask (where it is logical, nothing or minus infinity), and the future of each query. */
function masked(b: TensorBuilder, call: NodeCall, scores: Value, past: number): Value {
  const mask = call.inputs[3];
  let sum = scores;
  if (mask !== undefined)
    sum = b.add(
      sum,
      mask.kind === 'boolean' ? b.multiply(b.scale(b.as(mask, 'integer'), -1, 1), b.constant([], [-LEAST])) : mask,
    );
  if (numberAttribute(call.node, 'is_causal', 0) === 0) return sum;
  const [rows, columns] = scores.shape.slice(-2) as [number, number];
  const future = Float64Array.from({ length: rows * columns }, (_, i) =>
    (i % columns) - past > Math.floor(i / columns) ? Number.NEGATIVE_INFINITY : 0,
  );
  return b.add(sum, b.constant([rows, columns], future));
}
const LEAST = (2 - 2 ** -23) * 2 ** 127;

export const ATTENTION: Operator = {
  op: 'Attention',
  inputs: [3, 6],
  attributes: [
    'is_causal',
    'kv_num_heads',
    'q_num_heads',
    'qk_matmul_output_mode',
    'scale',
    'softcap',
    'softmax_precision',
  ],
  restriction: 'lengths of keys without padding are constant; the scores are an output before the mask only',
  expand: (b, call) => {
    const { node, inputs } = call;
    const given = requiredInput(call, 0);
    const q = heads(b, call, given, 'q_num_heads');
    const join = (old: Value | undefined, x: Value): Value => (old === undefined ? x : b.concat([old, x], 2));
    const key = join(inputs[4], heads(b, call, requiredInput(call, 1), 'kv_num_heads'));
    const value = join(inputs[5], heads(b, call, requiredInput(call, 2), 'kv_num_heads'));
    const [batch, count, length, size] = q.shape as [number, number, number, number];
    const scale = numberAttribute(node, 'scale', 1 / Math.sqrt(size));
    const keys = b.transpose(repeated(b, call, key, count), [0, 1, 3, 2]);
    const products = b.matmul(b.scale(q, scale), keys);
    const cap = numberAttribute(node, 'softcap', 0);
    const scores = cap > 0 ? applyFinite(b, products, `softcap ${cap}`, (x) => cap * Math.tanh(x / cap)) : products;
    const weights = softmax(b, masked(b, call, scores, inputs[4]?.shape[2] ?? 0), [3]);
    const y = b.matmul(weights, repeated(b, call, value, count));
    const width = y.shape[3]!;
    const flat = given.shape.length === 4 ? y : b.reshape(b.transpose(y, [0, 2, 1, 3]), [batch, length, count * width]);
    if (node.outputs[3] && numberAttribute(node, 'qk_matmul_output_mode', 0) !== 0)
      throw unsupported(node, 'gives scores after the mask as an output', 'Export it without that output.');
    return [flat, key, value, products];
  },
};

/** Pairs of numbers turned by angles of their places: those of the two halves, or neighbours. */
export const ROTARY_EMBEDDING: Operator = {
  op: 'RotaryEmbedding',
  inputs: [3, 4],
  attributes: ['interleaved', 'num_heads', 'rotary_embedding_dim'],
  expand: (b, call) => {
    const { node, inputs } = call;
    const given = requiredInput(call, 0);
    const x = heads(b, call, given, 'num_heads');
    const [batch, count, length, size] = x.shape as [number, number, number, number];
    const turned = numberAttribute(node, 'rotary_embedding_dim', 0) || size;
    const [cosines, sines] = [1, 2].map((i) => {
      const table = requiredInput(call, i);
      const given = inputs[3] && b.within(inputs[3], 0, table.shape[0]! - 1);
      const places = given === undefined ? table : b.take(table, given);
      return b.reshape(places, [places.shape.length === 3 ? places.shape[0]! : 1, 1, length, turned / 2]);
    }) as [Value, Value];
    const part = (from: number, to: number, step = 1): Value =>
      b.slice(x, [0, 0, 0, from], [batch, count, length, to], [1, 1, 1, step]);
    const near = numberAttribute(node, 'interleaved', 0) !== 0;
    const left = near ? part(0, turned, 2) : part(0, turned / 2);
    const right = near ? part(1, turned, 2) : part(turned / 2, turned);
    const turnedLeft = b.sub(b.multiply(left, cosines), b.multiply(right, sines));
    const turnedRight = b.add(b.multiply(left, sines), b.multiply(right, cosines));
    const shape = [batch, count, length, turned];
    const pair = (value: Value): Value => b.reshape(value, [batch, count, length, turned / 2, 1]);
    const front = near
      ? b.reshape(b.concat([pair(turnedLeft), pair(turnedRight)], 4), shape)
      : b.concat([turnedLeft, turnedRight], 3);
    const y = turned === size ? front : b.concat([front, part(turned, size)], 3);
    return [given.shape.length === 4 ? y : b.reshape(b.transpose(y, [0, 2, 1, 3]), given.shape)];
  },
};
