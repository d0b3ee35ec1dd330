/**
 * SVMClassifier and SVMRegressor of ai.onnx.ml. A linear kernel is one linear map; of others each support vector is one entry of a
 * table of the kernel's function.
 */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, numbersAttribute, unsupported } from './arguments.ts';
import { applyFinite, power, sigmoid } from './finite.ts';
import { type Form, linearForms } from './linear-rows.ts';
import { features } from './ml-features.ts';
import { bothScores, classLabels, labelAbove, labelOfLargest, postTransform, transformScores } from './ml-scores.ts';
import type { NodeCall, Operator } from './operator.ts';

const list = ({ node }: NodeCall, name: string): readonly number[] => numbersAttribute(node, name) ?? [];

/** K(x, v) of all rows and vectors: [rows, vectors]. */
function kernel(b: TensorBuilder, call: NodeCall, x: Value, vectors: readonly number[], count: number): Value {
  const { node } = call;
  const width = x.shape[1]!;
  if (vectors.length !== count * width)
    throw malformed(node, 'has vectors of another length than its input', `${count * width}`, `${vectors.length}`);
  const [gamma = 0, offset = 0, degree = 3] = list(call, 'kernel_params');
  const dot = b.matmul(x, b.transpose(b.constant([count, width], vectors), [1, 0]));
  switch (stringAttribute(node, 'kernel_type', 'LINEAR')) {
    case 'LINEAR':
      return dot;
    case 'POLY':
      return power(b, b.scale(dot, gamma, offset), degree);
    case 'SIGMOID':
      return applyFinite(b, b.scale(dot, gamma, offset), 'tanh', Math.tanh);
    case 'RBF': {
      // -gamma |x - v|^2 = 2 gamma x v - gamma |x|^2 - gamma |v|^2
      const sizes = Array.from({ length: count }, (_, v) =>
        vectors.slice(v * width, (v + 1) * width).reduce((sum, entry) => sum - gamma * entry * entry, 0),
      );
      const own = b.sum(b.multiply(x, x), [1], true, -gamma);
      const exponent = b.add(b.add(b.scale(dot, 2 * gamma), own), b.constant([1, count], sizes));
      return applyFinite(b, exponent, 'exp', Math.exp);
    }
    default:
      throw malformed(node, 'has an unknown kernel_type', 'LINEAR, POLY, RBF or SIGMOID');
  }
}

const ATTRIBUTES = ['coefficients', 'kernel_params', 'kernel_type', 'post_transform', 'rho', 'support_vectors'];

export const SVM_REGRESSOR: Operator = {
  op: 'SVMRegressor',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: [...ATTRIBUTES, 'n_supports', 'one_class'],
  expand: (b, call) => {
    const x = features(b, call);
    const count = numberAttribute(call.node, 'n_supports', 0);
    const coefficients = list(call, 'coefficients');
    const sum =
      count > 0
        ? b.matmul(kernel(b, call, x, list(call, 'support_vectors'), count), b.constant([count, 1], coefficients))
        : kernel(b, call, x, coefficients, 1);
    const score = b.scale(sum, 1, list(call, 'rho')[0] ?? 0);
    if (numberAttribute(call.node, 'one_class', 0) === 0) return [transformScores(b, call, score, postTransform(call))];
    return [b.as(b.reshape(labelAbove(b, score, 0, [-1, 1]), score.shape), 'real')];
  },
};

/** One score for each pair of classes i < j: above zero it is a vote for i. */
function pairScores(b: TensorBuilder, call: NodeCall, x: Value, sizes: readonly number[]): Value {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const values = kernel(b, call, x, list(call, 'support_vectors'), count);
  const [coefficients, rho] = [list(call, 'coefficients'), list(call, 'rho')];
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const forms: Form[] = pairsOf(sizes.length).map(([i, j], k) => {
    const part = (row: number, of: number): (readonly [number, number])[] =>
      Array.from(
        { length: sizes[of]! },
        (_, m) => [starts[of]! + m, coefficients[row * count + starts[of]! + m]!] as const,
      );
    return { terms: [...part(j - 1, i), ...part(i, j)], constant: rho[k]! };
  });
  if (coefficients.length < (sizes.length - 1) * count || rho.length < forms.length)
    throw malformed(call.node, 'has too few coefficients or rho', `${(sizes.length - 1) * count} and ${forms.length}`);
  return linearForms(b, values, forms, 'real');
}

const pairsOf = (classes: number): (readonly [number, number])[] =>
  Array.from({ length: classes }, (_, i) =>
    Array.from({ length: classes - i - 1 }, (_, k) => [i, i + 1 + k] as const),
  ).flat();

/** The label of most votes; of equal ones the first. */
function voted(b: TensorBuilder, scores: Value, labels: readonly number[]): Value {
  const pairs = pairsOf(labels.length);
  // A score above zero: not (-score >= 0).
  const against = b.as(b.step(b.scale(scores, -1)), 'integer');
  const votes = labels.map((_, label): Form => {
    const terms = pairs.flatMap<readonly [number, number]>(([i, j], k) =>
      i === label ? [[k, -1] as const] : j === label ? [[k, 1] as const] : [],
    );
    return { terms, constant: pairs.filter(([i]) => i === label).length };
  });
  return labelOfLargest(b, linearForms(b, against, votes, 'integer'), labels);
}

export const SVM_CLASSIFIER: Operator = {
  op: 'SVMClassifier',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: [...ATTRIBUTES, 'classlabels_ints', 'classlabels_strings', 'prob_a', 'prob_b', 'vectors_per_class'],
  expand: (b, call) => {
    const x = features(b, call);
    const labels = classLabels(call, 'classlabels_ints');
    const transform = postTransform(call);
    const sizes = list(call, 'vectors_per_class');
    const [a, c] = [list(call, 'prob_a'), list(call, 'prob_b')];
    if (sizes.every((size) => size === 0)) {
      const scores = b.scale(
        kernel(b, call, x, list(call, 'coefficients'), labels.length),
        1,
        list(call, 'rho')[0] ?? 0,
      );
      return [labelOfLargest(b, scores, labels), transformScores(b, call, scores, transform)];
    }
    if (sizes.length !== labels.length)
      throw malformed(call.node, 'has vectors for another number of classes', `${labels.length}`, `${sizes.length}`);
    const scores = pairScores(b, call, x, sizes);
    const label = voted(b, scores, labels);
    if (a.length > 0 && labels.length > 2)
      throw unsupported(
        call.node,
        'finds probabilities of several classes by iteration',
        "Export the scores: skl2onnx.to_onnx(model, X, options={'raw_scores': True}), or train with probability=False.",
      );
    if (a.length > 0) {
      const other = applyFinite(b, b.scale(scores, a[0]!, c[0]!), 'sigmoid', sigmoid);
      return [label, transformScores(b, call, b.concat([b.scale(other, -1, 1), other], 1), transform)];
    }
    if (labels.length === 2) return [label, bothScores(b, scores, transform, transform !== 'NONE')];
    return [label, transformScores(b, call, scores, transform)];
  },
};
