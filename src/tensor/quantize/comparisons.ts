/**
 * Constants that are compared with computed numbers. max(x, c) is as exact as its scale: what is below every integer that x can be is never
 * the largest and stands in no comparison, every other constant is an integer of the scale. None is moved to the end of a range: samples
 * are no proof that x stays inside of it, and the largest of x and such an end is another function, which nothing refuses.
 */
import { FoldError } from '../../errors.ts';
import { VALUE_BITS } from '../../machine/shape.ts';
import type { Range } from '../plan.ts';
import { type Codes, ZERO_CODE } from './integer.ts';

/** No number of the machine is below it: what a maximum begins with is in range. */
const LEAST = -(2 ** (VALUE_BITS - 1));
/** Largest integer of a tensor. */
export const LARGEST = -LEAST - 1;

/** Scales are quotients: for roundings of doubles nothing is rescaled. */
const SAME = 1 + 1e-9;

/** Whether a constant may be the largest. */
const counts = (constant: number, scale: number): boolean => Math.round(constant * scale) > LEAST;

/** The constants of some leaves, each once. */
export function constantsOf(leaves: readonly Codes[], real: (code: number) => number): number[] {
  const codes = new Set<number>();
  for (const leaf of leaves) for (const code of leaf) if (code < 0) codes.add(code);
  return Array.from(codes, real);
}

/** The least number of a class whose range has room for the differences, with those constants that count at its scale. */
export function comparedLow({ low, high }: Range, constants: readonly number[]): number {
  let least = low;
  for (const constant of constants.toSorted((a, b) => b - a))
    if (constant < least && counts(constant, LARGEST / (high - least))) least = constant;
  return least;
}

/** The scale, at most `most`, at which constants that count fit, and their differences from numbers of a range. */
export function comparedScale(constants: readonly number[], { low, high }: Range, most: number): number {
  if (constants.every((constant) => constant === 0)) return most;
  let scale = most;
  for (;;) {
    const counted = constants.filter((constant) => counts(constant, scale));
    if (counted.length === 0) return scale;
    const [least, top] = counted.reduce(([a, b], c) => [Math.min(a, c), Math.max(b, c)], [Infinity, -Infinity]);
    const widest = Math.max(high - least, top - low, top);
    if (scale * widest <= LARGEST * SAME) return scale;
    // what counts at a scale counts at smaller ones too
    scale = LARGEST / widest;
  }
}

/**
 * The leaves without constants that do not count. Where one leaf has computed numbers too, another number of the same place stands for them,
 * a constant if there is one; a place that has no other is nobody's (resolve.ts).
 * @throws E_RANGE for a constant that is above all integers
 */
export function comparedLeaves(
  leaves: readonly Codes[],
  scale: number,
  node: string,
  real: (code: number) => number,
): readonly Codes[] {
  const kept = new Map<number, boolean>();
  const isKept = (code: number): boolean => {
    if (code >= 0) return true;
    let is = kept.get(code);
    if (is === undefined) {
      if (Math.round(real(code) * scale) > LARGEST) throw tooLarge(node, real(code), scale);
      is = counts(real(code), scale);
      kept.set(code, is);
    }
    return is;
  };
  const standIn = (i: number): number => {
    const others = leaves.map((leaf) => leaf[i]!).filter(isKept);
    return others.find((code) => code < 0) ?? others[0] ?? ZERO_CODE;
  };
  return leaves
    .filter((leaf) => leaf.some(isKept))
    .map((leaf) => (leaf.every(isKept) ? leaf : leaf.map((code, i) => (isKept(code) ? code : standIn(i)))));
}

/** An error for a constant that no integer of a scale stands for. */
export function tooLarge(node: string, constant: number, scale: number): FoldError {
  return new FoldError('E_RANGE', `A constant of node '${node}' is too large for the integers that it stands beside.`, {
    expected: `at most ${LARGEST / scale}`,
    got: String(constant),
    hint: 'fold inspect MODEL.onnx shows the nodes of a network',
  });
}
