/**
 * Softmax of masked numbers (src/tensor/masks.ts): the exponentials of what is masked are zero because a gate says so.
 *
 * With x = rest - size level, what is masked more often than others of its row is below them by `size` less what their rests differ
 * by. Its exponentials, divided by the largest, are zero to the last place of a number of VALUE_BITS bits that reaches 1, all of a row
 * together, if
 *
 *     size - (largest rest - least rest) >= ln(width) + VALUE_BITS ln 2.
 *
 * So a row keeps what has its least level, whatever integers the levels are. A mask that absorbs (the least float32) is what the sum
 * is: a row of nothing else is even. Where minus infinity is all that a row has, softmax is not a number, and no run has a proof.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import { VALUE_BITS } from '../machine/shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { countUp } from '../tensor/indices.ts';
import { ABSORBED, type MaskedNumbers } from '../tensor/masks.ts';
import { exponentials, negligible, partsOf, sumOfPowers } from './exponentials.ts';

/** Numbers of [rows, width] of which some count. */
interface Kept {
  /** 1 for those that a row keeps, else 0; undefined where it keeps all. */
  readonly keep: Value | undefined;
  /** By row, 1 where they count and 0 where they are absorbed; undefined where all count. */
  readonly counts: Value | undefined;
}

const largestOf = (b: TensorBuilder, x: Value): Value => b.max(x, [1], true);
const minus = (b: TensorBuilder, x: Value): Value => b.scale(x, -1);

/** Which numbers of each row have its least level, among those that it keeps already; and that level. */
function lowest(
  b: TensorBuilder,
  level: Value,
  among: Value | undefined,
): { readonly keep: Value; readonly least: Value } {
  // what is not among them is 0, the others at least 1
  const bound = b.scale(largestOf(b, level), 1, 1);
  const height = among === undefined ? minus(b, level) : b.multiply(among, b.sub(bound, level));
  const top = largestOf(b, height);
  return {
    keep: b.as(b.step(b.sub(height, top)), 'integer'),
    least: among === undefined ? minus(b, top) : b.sub(bound, top),
  };
}

/** 1 for 0, else 0. */
const isZero = (b: TensorBuilder, x: Value): Value =>
  b.scale(b.add(b.as(b.step(x), 'integer'), b.as(b.step(minus(b, x)), 'integer')), 1, -1);

/** What a row keeps, with the least level of it 0. */
function keptOfInfinite(b: TensorBuilder, level: Value): Kept {
  const least = b.within(minus(b, largestOf(b, minus(b, level))), 0, 0);
  return { keep: b.as(b.step(b.sub(least, level)), 'integer'), counts: undefined };
}

/** exp(x) / exp(largest x that is kept), zero for what is not kept; and the numbers of which the largest is looked for. */
function powersOf(
  b: TensorBuilder,
  rest: Value,
  { keep, counts }: Kept,
  least?: number,
): { readonly powers: Value; readonly scores: Value } {
  if (keep === undefined) return { powers: exponentials(b, rest, [1], least).powers, scores: rest };
  if (isConstant(keep) && (counts === undefined || isConstant(counts))) {
    const [rows, width] = rest.shape as [number, number];
    const index = countUp(rows * width);
    for (let row = 0; row < rows; row++) {
      const line = keep.data.subarray(row * width, (row + 1) * width);
      const first = counts?.data[row] === 0 ? -1 : row * width + line.indexOf(1);
      for (let k = 0; k < width; k++) if (line[k] === 0 || first < 0) index[row * width + k] = first;
    }
    const { powers } = exponentials(b, b.arrange([rest], rest.shape, index), [1], least);
    const gate = countUp(rows * width).map((i) => (keep.data[i] === 0 ? -1 : i));
    return { powers: b.arrange([powers], rest.shape, gate), scores: rest };
  }
  // from the least of all, which stands for what is not kept, so that the largest is one that is
  const scores = minus(b, rest);
  const gate = counts === undefined ? keep : b.multiply(keep, counts);
  const above = b.multiply(gate, b.sub(largestOf(b, scores), scores));
  return { powers: b.multiply(exponentials(b, above, [1], least).powers, keep), scores };
}

/** The exponentials of rows of masked numbers, and whether there is a mask at all. */
function maskedPowers(b: TensorBuilder, x: Value, rows: (x: Value) => Value): Value | undefined {
  const infinite = b.unmask(x, 'infinite');
  const absorbing = b.unmask(infinite?.rest ?? x, 'absorbing');
  const sum = absorbing?.rest ?? infinite?.rest ?? x;
  const finite = b.unmask(sum, 'finite');
  if ((infinite ?? absorbing ?? finite) === undefined) return undefined;
  let kept: Kept = { keep: undefined, counts: undefined };
  if (infinite) kept = keptOfInfinite(b, rows(infinite.level));
  if (absorbing) {
    const { keep, least } = lowest(b, rows(absorbing.level), kept.keep);
    kept = { keep, counts: isZero(b, least) };
  }
  /** Where masks absorb: that they absorb numbers which are `most` larger than the scores. */
  const checked = ({ powers, scores }: ReturnType<typeof powersOf>, most: number): Value =>
    absorbing ? b.either(powers, undefined, scores, 2 * (ABSORBED * absorbing.size - most)) : powers;
  if (finite === undefined) return checked(powersOf(b, rows(sum), kept), 0);
  const close = powersOf(b, rows(finite.rest), keptOfFinite(b, { ...finite, level: rows(finite.level) }, kept));
  const [, width] = close.powers.shape as [number, number];
  const exact = checked(powersOf(b, rows(sum), kept, -negligible(width)), 0);
  return b.either(checked(close, 2 ** VALUE_BITS * finite.size), exact, close.scores, finite.size - negligible(width));
}

/** What a row keeps of what it keeps already; levels of an absorbed row say nothing. */
function keptOfFinite(b: TensorBuilder, { level }: MaskedNumbers, { keep, counts }: Kept): Kept {
  const own = counts === undefined ? level : b.multiply(level, counts);
  return { keep: lowest(b, own, keep).keep, counts };
}

/** Over some axes; undefined where nothing is masked. */
export function maskedSoftmax(b: TensorBuilder, x: Value, axes: readonly number[]): Value | undefined {
  const { shape } = x;
  const order = [...[...shape.keys()].filter((axis) => !axes.includes(axis)), ...axes];
  const width = entryCount(axes.map((axis) => shape[axis]!));
  const matrix = [entryCount(shape) / Math.max(width, 1), width];
  const powers = maskedPowers(b, x, (value) => b.reshape(b.transpose(value, order), matrix));
  if (powers === undefined) return undefined;
  const y = partsOf(b, powers, sumOfPowers(b, powers, [1]));
  const dims = order.map((axis) => shape[axis]!);
  return b.transpose(
    b.reshape(y, dims),
    order.map((_, axis) => order.indexOf(axis)),
  );
}
