/** Elementwise operators, reductions, recurrent cells, quantized ones and those of ai.onnx.ml: those that compute, one line a record. */
import { ACTIVATION_OPERATORS, FUSED_ACTIVATIONS, GELU, PRELU, SHRINK } from './activations.ts';
import { ADD, MEAN, MUL, NEG, SUB, SUM } from './arithmetic.ts';
import { BIT_SHIFT, BITWISE } from './bits.ts';
import { COMPARISONS, FINITENESS } from './comparison.ts';
import { CUM_SUM } from './cumulative.ts';
import { DIV, MOD, RECIPROCAL } from './division.ts';
import { CLIP, MAX, MIN } from './extremes.ts';
import { LINEAR_CLASSIFIER, LINEAR_REGRESSOR } from './linear-models.ts';
import { LOGIC } from './logic.ts';
import {
  ARRAY_FEATURE_EXTRACTOR,
  BINARIZER,
  FEATURE_VECTORIZER,
  IMPUTER,
  LABEL_ENCODER,
  NORMALIZER,
  ONE_HOT_ENCODER,
  SCALER,
  ZIP_MAP,
} from './ml-features.ts';
import { LP_NORMALIZATION, MEAN_VARIANCE_NORMALIZATION } from './normalized-vectors.ts';
import type { Operator } from './operator.ts';
import { POW } from './power.ts';
import {
  DEQUANTIZE_LINEAR,
  DYNAMIC_QUANTIZE_LINEAR,
  MAT_MUL_INTEGER,
  Q_LINEAR_MAT_MUL,
  QUANTIZE_LINEAR,
} from './quantized.ts';
import { CONV_INTEGER, Q_LINEAR_CONV } from './quantized-conv.ts';
import { GRU, LSTM, RNN } from './recurrent.ts';
import { REDUCTIONS } from './reductions.ts';
import { ABS, ROUNDINGS, SIGN } from './rounding.ts';
import { RUNTIME_OPERATORS } from './runtime-operators.ts';
import { ARG_MAX, ARG_MIN, HARDMAX, TOP_K } from './selection.ts';
import { LOG_SOFTMAX, SOFTMAX } from './softmax.ts';
import { SVM_CLASSIFIER, SVM_REGRESSOR } from './support-vectors.ts';
import { TREE_ENSEMBLE, TREE_ENSEMBLE_CLASSIFIER, TREE_ENSEMBLE_REGRESSOR } from './trees.ts';
import { WINDOWS } from './windows.ts';

export const COMPUTING: readonly Operator[] = [
  ADD,
  SUB,
  MUL,
  NEG,
  SUM,
  MEAN,
  DIV,
  MOD,
  RECIPROCAL,
  POW,
  MAX,
  MIN,
  CLIP,
  ...ROUNDINGS,
  SIGN,
  ABS,
  ...ACTIVATION_OPERATORS,
  GELU,
  SHRINK,
  PRELU,
  ...FUSED_ACTIVATIONS,
  SOFTMAX,
  LOG_SOFTMAX,
  HARDMAX,
  ...COMPARISONS,
  ...FINITENESS,
  ...LOGIC,
  BIT_SHIFT,
  ...BITWISE,
  ...REDUCTIONS,
  ARG_MAX,
  ARG_MIN,
  TOP_K,
  CUM_SUM,
  RNN,
  GRU,
  LSTM,
  QUANTIZE_LINEAR,
  DEQUANTIZE_LINEAR,
  DYNAMIC_QUANTIZE_LINEAR,
  MAT_MUL_INTEGER,
  Q_LINEAR_MAT_MUL,
  CONV_INTEGER,
  Q_LINEAR_CONV,
  ...RUNTIME_OPERATORS,
  MEAN_VARIANCE_NORMALIZATION,
  LP_NORMALIZATION,
  ...WINDOWS,
  TREE_ENSEMBLE_CLASSIFIER,
  TREE_ENSEMBLE_REGRESSOR,
  TREE_ENSEMBLE,
  LINEAR_CLASSIFIER,
  LINEAR_REGRESSOR,
  SVM_CLASSIFIER,
  SVM_REGRESSOR,
  SCALER,
  NORMALIZER,
  BINARIZER,
  ARRAY_FEATURE_EXTRACTOR,
  FEATURE_VECTORIZER,
  IMPUTER,
  ONE_HOT_ENCODER,
  LABEL_ENCODER,
  ZIP_MAP,
];
