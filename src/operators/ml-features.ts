/** What ai.onnx.ml does to features before a model and to labels after it. */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Constant, Value } from '../tensor/graph.ts';
import { malformed, numbersAttribute, requiredInput, stringsAttribute, unsupported } from './arguments.ts';
import { equal, greater } from './comparison.ts';
import { isInteger } from './elementwise.ts';
import { inverseLength, inverseSize } from './finite.ts';
import { takeRows } from './one-hot.ts';
import type { NodeCall, Operator } from './operator.ts';

/** Rows of features as real numbers: one row may come without its axis. */
export function features(b: TensorBuilder, call: NodeCall): Value {
  const x = b.as(requiredInput(call, 0), 'real');
  if (x.shape.length !== 1 && x.shape.length !== 2)
    throw malformed(call.node, 'takes rows of features', 'a tensor [rows, features]', `[${x.shape.join(', ')}]`);
  return x.shape.length === 1 ? b.reshape(x, [1, x.shape[0]!]) : x;
}

/** A list of one number, or of one for each feature. */
const perFeature = (b: TensorBuilder, values: readonly number[]): Constant =>
  b.constant(values.length === 1 ? [] : [values.length], values);

export const SCALER: Operator = {
  op: 'Scaler',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['offset', 'scale'],
  expand: (b, call) => {
    const x = b.as(requiredInput(call, 0), 'real');
    const offset = numbersAttribute(call.node, 'offset') ?? [0];
    const scale = numbersAttribute(call.node, 'scale') ?? [1];
    return [b.multiply(b.sub(x, perFeature(b, offset)), perFeature(b, scale))];
  },
};

/** Rows divided by their largest number, their sum of sizes, or their length. A row of zeros stays one. */
export const NORMALIZER: Operator = {
  op: 'Normalizer',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['norm'],
  expand: (b, call) => {
    const x = b.as(requiredInput(call, 0), 'real');
    const last = [x.shape.length - 1];
    switch (stringAttribute(call.node, 'norm', 'MAX')) {
      case 'MAX':
        return [b.multiply(x, inverseSize(b, b.max(x, last, true)))];
      case 'L1':
        return [b.multiply(x, inverseSize(b, b.sum(b.abs(x), last, true)))];
      case 'L2':
        return [b.multiply(x, inverseLength(b, b.sum(b.multiply(x, x), last, true)))];
      default:
        throw malformed(call.node, 'has an unknown norm', 'MAX, L1 or L2');
    }
  },
};

export const BINARIZER: Operator = {
  op: 'Binarizer',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['threshold'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const threshold = numberAttribute(call.node, 'threshold', 0);
    return [b.as(greater(b, x, b.constant([], [threshold])), x.kind)];
  },
};

/** Columns of the last axis, by constant or computed indices. */
export const ARRAY_FEATURE_EXTRACTOR: Operator = {
  op: 'ArrayFeatureExtractor',
  domain: 'ai.onnx.ml',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => {
    const [x, index] = [requiredInput(call, 0), requiredInput(call, 1)];
    const width = x.shape.at(-1) ?? 1;
    const rows = x.shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
    const count = index.shape.reduce((product, dim) => product * dim, 1);
    const columns = b.transpose(b.reshape(x, [rows, width]), [1, 0]);
    const places = b.within(b.reshape(index, [count]), 0, width - 1);
    const taken = b.transpose(takeRows(b, call.node, columns, places), [1, 0]);
    return [b.reshape(taken, x.shape.length <= 1 ? [1, count] : [...x.shape.slice(0, -1), count])];
  },
};

/** Columns of all inputs beside each other. */
export const FEATURE_VECTORIZER: Operator = {
  op: 'FeatureVectorizer',
  domain: 'ai.onnx.ml',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: ['inputdimensions'],
  expand: (b, call) => {
    const parts = call.inputs.map((_, i) => b.as(requiredInput(call, i), 'real'));
    return [
      b.concat(
        parts.map((x) => (x.shape.length === 1 ? b.reshape(x, [1, x.shape[0]!]) : x)),
        1,
      ),
    ];
  },
};

/** Replaces one number by another. Missing ones (NaN) do not occur: the integer run has no others than finite numbers. */
export const IMPUTER: Operator = {
  op: 'Imputer',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['imputed_value_floats', 'imputed_value_int64s', 'replaced_value_float', 'replaced_value_int64'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const integers = isInteger(x);
    const replaced = call.node.attributes.get(integers ? 'replaced_value_int64' : 'replaced_value_float');
    const imputed = numbersAttribute(call.node, integers ? 'imputed_value_int64s' : 'imputed_value_floats');
    if (typeof replaced !== 'number' || Number.isNaN(replaced) || imputed === undefined) return [x];
    const missing = b.as(equal(b, x, b.constant([], [replaced], x.kind)), x.kind);
    const change = b.sub(b.as(perFeature(b, imputed), x.kind), b.constant([], [replaced], x.kind));
    return [b.add(x, b.multiply(missing, change))];
  },
};

/** One of the given categories each as its own column. */
export const ONE_HOT_ENCODER: Operator = {
  op: 'OneHotEncoder',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  restriction: 'no strings',
  attributes: ['cats_int64s', 'cats_strings', 'zeros'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const categories = numbersAttribute(call.node, 'cats_int64s') ?? [];
    if (categories.length === 0)
      throw unsupported(call.node, 'encodes strings', 'Encode strings before the network and export what follows.');
    const shape = [...x.shape, categories.length];
    const values = b.reshape(x, [...x.shape, 1]);
    return [b.as(b.reshape(equal(b, values, b.constant([categories.length], categories, x.kind)), shape), 'real')];
  },
};

/** Numbers to numbers: the sum of what each key adds to the default. Strings are read as labels only. */
export const LABEL_ENCODER: Operator = {
  op: 'LabelEncoder',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  restriction: 'no strings',
  attributes: ['strings', 'int64s', 'floats', 'tensor']
    .flatMap((type) => [`keys_${type}`, `values_${type}`])
    .concat(['default_float', 'default_int64', 'default_string', 'default_tensor', 'classes_strings']),
  expand: (b, call) => {
    const { node } = call;
    const x = requiredInput(call, 0);
    const find = (of: string): readonly number[] | undefined =>
      ['int64s', 'floats', 'tensor']
        .map((type) => numbersAttribute(node, `${of}_${type}`))
        .find((found) => found?.length);
    const keys = find('keys');
    const whole = node.attributes.has('values_int64s') || node.attributes.has('values_strings');
    // Strings of the result are known by their places.
    const values = find('values') ?? [...stringsAttribute(node, 'values_strings').keys()];
    if (keys === undefined || keys.length !== values.length)
      throw unsupported(node, 'encodes strings', 'Encode strings before the network and export what follows.');
    const none = numberAttribute(node, whole ? 'default_int64' : 'default_float', whole ? -1 : 0);
    const matches = equal(b, b.reshape(x, [...x.shape, 1]), b.constant([keys.length], keys, x.kind));
    const changes = b.constant(
      [keys.length, 1],
      values.map((value) => value - none),
    );
    const sum = b.scale(b.reshape(b.matmul(b.as(matches, 'real'), changes), x.shape), 1, none);
    return [b.as(sum, whole ? 'integer' : 'real')];
  },
};

/** Scores under the names of their classes, which are metadata: the numbers are the scores. */
export const ZIP_MAP: Operator = {
  op: 'ZipMap',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['classlabels_int64s', 'classlabels_strings'],
  expand: (_, call) => [requiredInput(call, 0)],
};
