/** LinearClassifier and LinearRegressor of ai.onnx.ml. */
import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, numbersAttribute } from './arguments.ts';
import { features } from './ml-features.ts';
import { bothScores, classLabels, labelAbove, labelOfLargest, postTransform, transformScores } from './ml-scores.ts';
import type { NodeCall, Operator } from './operator.ts';

/** X W^T + b, [rows, targets]. */
function linearScores(b: TensorBuilder, call: NodeCall, targets: number): Value {
  const x = features(b, call);
  const width = x.shape[1]!;
  const coefficients = numbersAttribute(call.node, 'coefficients') ?? [];
  const intercepts = numbersAttribute(call.node, 'intercepts') ?? [];
  if (coefficients.length !== targets * width)
    throw malformed(call.node, 'has too few or too many coefficients', `${targets * width}`, `${coefficients.length}`);
  const product = b.matmul(x, b.transpose(b.constant([targets, width], coefficients), [1, 0]));
  return intercepts.length === 0 ? product : b.add(product, b.constant([1, targets], intercepts));
}

export const LINEAR_REGRESSOR: Operator = {
  op: 'LinearRegressor',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['coefficients', 'intercepts', 'post_transform', 'targets'],
  expand: (b, call) => {
    const scores = linearScores(b, call, numberAttribute(call.node, 'targets', 1));
    return [transformScores(b, call, scores, postTransform(call))];
  },
};

/** One score of two classes is that of the second; its probability is the rest of the first's. */
export const LINEAR_CLASSIFIER: Operator = {
  op: 'LinearClassifier',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: [
    'classlabels_ints',
    'classlabels_strings',
    'coefficients',
    'intercepts',
    'multi_class',
    'post_transform',
  ],
  expand: (b, call) => {
    const labels = classLabels(call, 'classlabels_ints');
    const intercepts = numbersAttribute(call.node, 'intercepts')?.length;
    const scores = linearScores(b, call, intercepts ?? labels.length);
    const transform = postTransform(call);
    const transformed = transformScores(b, call, scores, transform);
    if (scores.shape[1] !== 1) return [labelOfLargest(b, scores, labels), transformed];
    const pair: [number, number] = labels.length === 2 ? [labels[0]!, labels[1]!] : [0, 1];
    return [labelAbove(b, scores, 0, pair), labels.length === 2 ? bothScores(b, scores, transform, true) : scores];
  },
};
