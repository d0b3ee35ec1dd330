/** Which scalars of a sum are taken out because they repeat. */
import { expect, it } from 'vitest';
import { repeatedScalars, shareOfNonZero } from '../../src/algebra/module/repeated-scalars.ts';

/** Scalars of 32 bytes that differ in their last word alone, so that all hashes are equal. */
const scalars = (numbers: readonly number[]): Uint8Array => {
  const words = new Uint32Array(8 * numbers.length);
  numbers.forEach((x, i) => {
    words[8 * i + 7] = x;
  });
  return new Uint8Array(words.buffer);
};
const times = (n: number, x: number): number[] => new Array<number>(n).fill(x);

it('takes out what comes at least four times, but zeros', () => {
  const numbers = [...times(150, 5), 1, 2, ...times(3, 3), ...times(100, 0), ...times(4, 9), ...times(150, 7)];
  const found = repeatedScalars(scalars(numbers))!;
  expect(found.values).toEqual(scalars([5, 9, 7]));
  expect([...found.starts]).toEqual([0, 150, 154, 304]);
  const points = Array.from(found.entries, (entry) => entry / 2);
  const taken = points.map((at) => numbers[at]);
  expect(taken).toEqual([...times(150, 5), ...times(4, 9), ...times(150, 7)]);
  expect(found.rest).toEqual(scalars(numbers.map((x, i) => (points.includes(i) ? 0 : x))));
});

it('leaves few scalars, and scalars that are all different, as they are', () => {
  expect(repeatedScalars(scalars(times(255, 5)))).toBeUndefined();
  expect(repeatedScalars(scalars(Array.from({ length: 400 }, (_, i) => i + 1)))).toBeUndefined();
  expect(repeatedScalars(scalars(times(400, 0)))).toBeUndefined();
});

it('reads scalars wherever they stand in memory', () => {
  const memory = new Uint8Array(32 * 300 + 1);
  memory.set(scalars(times(300, 5)), 1);
  expect(repeatedScalars(memory.subarray(1))?.values).toEqual(scalars([5]));
});

it('tells how many scalars are other than zero', () => {
  expect(shareOfNonZero(scalars([0, 1, 0, 2]))).toBe(0.5);
  expect(shareOfNonZero(scalars([]))).toBe(0);
});
