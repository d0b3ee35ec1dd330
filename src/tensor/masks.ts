/**
 * Additive masks. What attention must not see gets a number far below all scores added (minus infinity, the least float32, -10000),
 * which exp makes zero. As a number it would take the scale of its whole tensor and leave nothing of the scores, so a softmax
 * takes scores and mask apart again: the exponentials of what is masked are zero because a gate says so.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import type { LinearSpec, TensorBuilder } from './builder.ts';
import { isConstant, type LinearOperation, type Value } from './graph.ts';
import { countUp } from './indices.ts';
import { boundsOf, isWhole, join, MOST_DEPTH, type OperationOf, sumBounds } from './whole-numbers.ts';

/** Numbers of which one is masked where `keep` is 0, and is what `rest` says where it is 1. */
export interface MaskedNumbers {
  readonly rest: Value;
  readonly keep: Value;
}

/** Whether float32 takes in whatever a network adds to it: such a constant is what the sum is. */
export const absorbs = (x: number): boolean => Math.abs(x) >= 2 ** 64;

/** A factor of 0 and 1 that is a mask: as a score it would be the only one. */
export const MASK_FACTOR = 1000;
/** A constant that is one: biases of classifiers over raw features reach thousands. */
const MASK_CONSTANT = -9000;

/** A mask is added: no walk through the network. */
const MOST_WIDTH = 4;

/** Where a bias alone masks: the numbers are far below zero, all the same, and the others are none. */
function maskBias(bias: Float64Array): Float64Array | undefined {
  const least = bias.reduce((low, x) => Math.min(low, x), 0);
  if (!(least <= MASK_CONSTANT) || !bias.every((x) => x === 0 || x === least)) return undefined;
  return bias.map((x) => (x === 0 ? 0 : 1));
}

/** Whether a mask may add to a score: what is left without it would be another function. */
function raises(operation: LinearOperation, masks: readonly boolean[], operationOf: OperationOf): boolean {
  if (!masks.includes(true)) return false;
  const bounds = join([
    [0, 0],
    ...operation.sources.filter((s) => isWhole(s, operationOf)).map((s) => boundsOf(s, operationOf)),
  ]);
  return sumBounds(operation, bounds, (k) => masks[k]!)[1] > 0;
}

const onesOf = (b: TensorBuilder, value: Value): Value =>
  b.constant(value.shape, new Float64Array(entryCount(value.shape)).fill(1), 'integer');

/** 1 where nothing counts that masks, 0 elsewhere. */
const keepOf = (b: TensorBuilder, masking: Value): Value =>
  b.as(b.step(b.scale(b.as(masking, 'real'), -1, 0.5)), 'integer');

function unmaskLinear(
  b: TensorBuilder,
  operation: LinearOperation,
  shape: readonly number[],
  operationOf: OperationOf,
  depth: number,
): MaskedNumbers | undefined {
  const { sources, width, taps, weights, position, kernel } = operation;
  if (width > MOST_WIDTH) return undefined;
  const inner = sources.map((source) => unmask(b, source, operationOf, depth + 1));
  const owner = Int32Array.from(
    sources.flatMap((source, s) => Array.from({ length: entryCount(source.shape) }, () => s)),
  );
  const whole = sources.map((source) => isWhole(source, operationOf));
  const column = (k: number): { readonly reads: number[]; readonly factors: number[] } => ({
    reads: [
      ...new Set(
        Array.from(
          taps.filter((tap, i) => tap >= 0 && i % width === k),
          (tap) => owner[tap]!,
        ),
      ),
    ],
    factors: Array.from(weights.filter((_, i) => i % width === k)),
  });
  const masks = Array.from({ length: width }, (_, k) => {
    const { reads, factors } = column(k);
    return reads.every((s) => whole[s]) && factors.every((w) => w === 0 || Math.abs(w) >= MASK_FACTOR);
  });
  const bias = operation.bias === undefined ? undefined : maskBias(operation.bias);
  if (!masks.includes(true) && bias === undefined && inner.every((part) => part === undefined)) return undefined;
  if (raises(operation, masks, operationOf)) return undefined;
  // a sum over some of the columns: those that are left out read nothing
  const part = (
    values: readonly Value[],
    columns: (k: number) => boolean,
    factor: (w: number) => number,
    more: Partial<LinearSpec>,
  ): Value =>
    b.linear(values, {
      ...{ shape, width, position, kernel },
      taps: taps.map((tap, i) => (columns(i % width) ? tap : -1)),
      weights: weights.map((w, i) => (columns(i % width) ? factor(w) : 0)),
      ...more,
    });
  const plainBias = operation.bias && !bias ? { bias: operation.bias } : {};
  const rest = part(
    sources.map((source, s) => inner[s]?.rest ?? source),
    (k) => !masks[k],
    (w) => w,
    plainBias,
  );
  // what is masked of the sum: by a factor of its own, or because a part of it is
  const own = part(
    sources,
    (k) => masks[k]!,
    (w) => -Math.sign(w),
    { kind: 'integer', ...(bias ? { bias } : {}) },
  );
  const gone = sources.map((source, s) => b.sub(onesOf(b, source), inner[s]?.keep ?? onesOf(b, source)));
  const lost = part(
    gone,
    (k) => !masks[k],
    (w) => (w === 0 ? 0 : 1),
    { kind: 'integer' },
  );
  return { rest, keep: keepOf(b, b.add(own, lost)) };
}

/** The masked numbers that a value is, or undefined where no mask is found. */
export function unmask(b: TensorBuilder, value: Value, operationOf: OperationOf, depth = 0): MaskedNumbers | undefined {
  if (isConstant(value)) {
    const gone = (x: number): boolean => absorbs(x) && x < 0;
    if (!value.data.some(gone)) return undefined;
    const [rest, keep] = [value.data.map((x) => (gone(x) ? 0 : x)), value.data.map((x) => (gone(x) ? 0 : 1))];
    return { rest: b.constant(value.shape, rest), keep: b.constant(value.shape, keep, 'integer') };
  }
  const operation = operationOf(value)?.operation;
  if (depth > MOST_DEPTH) return undefined;
  if (operation?.op === 'linear') return unmaskLinear(b, operation, value.shape, operationOf, depth);
  if (operation?.op !== 'arrange' || absorbs(operation.fill)) return undefined;
  const { sources, index, fill } = operation;
  const parts = sources.map((source) => unmask(b, source, operationOf, depth + 1));
  if (parts.every((part) => part === undefined)) return undefined;
  const moved = (values: readonly Value[], empty: number): Value => b.arrange(values, value.shape, index, empty);
  return {
    rest: moved(
      sources.map((source, s) => parts[s]?.rest ?? source),
      fill,
    ),
    keep: moved(
      sources.map((source, s) => parts[s]?.keep ?? onesOf(b, source)),
      1,
    ),
  };
}

/** Along the last axis of [rows, width], what is kept; rows of which nothing is are whole, as in a sum that is all masked. */
export function keptRows(b: TensorBuilder, { rest, keep }: MaskedNumbers): MaskedNumbers {
  const [rows, width] = rest.shape as [number, number];
  if (!isConstant(keep)) {
    const some = b.max(keep, [1], true);
    return { rest, keep: b.maximum(keep, b.scale(some, -1, 1)) };
  }
  const kept = keep.data.slice();
  const index = countUp(rows * width);
  for (let row = 0; row < rows; row++) {
    const line = kept.subarray(row * width, (row + 1) * width);
    const first = line.indexOf(1);
    if (first < 0) line.fill(1);
    // the largest of a row is looked for among what is kept
    else for (let k = 0; k < width; k++) if (line[k] === 0) index[row * width + k] = row * width + first;
  }
  return { rest: b.arrange([rest], rest.shape, index), keep: b.constant(keep.shape, kept, 'integer') };
}
