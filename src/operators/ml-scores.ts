/**
 * What the classifiers and regressors of ai.onnx.ml end with: transformed scores and labels, as onnxruntime computes them (the
 * specification leaves the binary case open). Labels that are strings come as their index: the names are metadata.
 */
import { stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, numbersAttribute, stringsAttribute, unsupported } from './arguments.ts';
import { greater } from './comparison.ts';
import { applyFinite, sigmoid } from './finite.ts';
import type { NodeCall } from './operator.ts';
import { firstLargest } from './selection.ts';
import { softmax } from './softmax.ts';

const TRANSFORMS = ['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO', 'PROBIT'] as const;
export type Transform = (typeof TRANSFORMS)[number];

export function postTransform({ node }: NodeCall): Transform {
  const name = stringAttribute(node, 'post_transform', 'NONE');
  const known = TRANSFORMS.find((transform) => transform === name);
  if (known === undefined) throw malformed(node, 'has an unknown post_transform', TRANSFORMS.join(', '), name);
  return known;
}

const logistic = (b: TensorBuilder, x: Value): Value => applyFinite(b, x, 'sigmoid', sigmoid);

/** Scores [rows, n] through the transform. One score alone is left as it is. */
export function transformScores(b: TensorBuilder, call: NodeCall, scores: Value, transform: Transform): Value {
  if (transform === 'PROBIT')
    throw unsupported(call.node, 'ends in the probit function', 'Export it with another post_transform.');
  if (scores.shape[1] === 1 || transform === 'NONE') return scores;
  if (transform === 'LOGISTIC') return logistic(b, scores);
  // SOFTMAX_ZERO differs where a score is exactly zero, which a sum of leaves is where no leaf has a weight.
  if (transform === 'SOFTMAX_ZERO')
    throw unsupported(call.node, 'ends in SOFTMAX_ZERO', 'Export it with the post_transform SOFTMAX or NONE.');
  return softmax(b, scores, [1]);
}

/**
 * Both scores [rows, 2] of one score of the second class [rows, 1]: their logistic function, else of a probability the rest and of
 * a margin its opposite for the first.
 */
export function bothScores(b: TensorBuilder, score: Value, transform: Transform, isProbability: boolean): Value {
  const second = transform === 'LOGISTIC' ? logistic(b, score) : score;
  return b.concat([b.scale(second, -1, transform === 'LOGISTIC' || isProbability ? 1 : 0), second], 1);
}

/** Class labels as integers; of strings their indices. `integers` names the attribute, which differs between operators. */
export function classLabels(call: NodeCall, integers: string): readonly number[] {
  const strings = stringsAttribute(call.node, 'classlabels_strings');
  return strings.length > 0 ? [...strings.keys()] : (numbersAttribute(call.node, integers) ?? []);
}

/** The label of the largest score of each row: [rows]. */
export function labelOfLargest(b: TensorBuilder, scores: Value, labels: readonly number[]): Value {
  const first = b.as(firstLargest(b, scores, false), 'integer');
  const label = b.matmul(first, b.constant([labels.length, 1], labels, 'integer'));
  return b.reshape(label, [scores.shape[0]!]);
}

/** The second label where the score [rows, 1] is above a bound, else the first: [rows]. */
export function labelAbove(
  b: TensorBuilder,
  score: Value,
  bound: number,
  [low, high]: readonly [number, number],
): Value {
  const above = b.as(greater(b, score, b.constant([], [bound])), 'integer');
  return b.reshape(b.scale(above, high - low, low), [score.shape[0]!]);
}
