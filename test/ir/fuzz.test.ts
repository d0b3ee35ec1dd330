/** Damaged model files: some hundreds here, half an hour of them in test/long/fuzz.test.ts. */
import { expect, test } from 'vitest';
import { fuzz } from '../helpers/fuzz-onnx.ts';

test('damaged files are read, or refused by FoldError', () => {
  const { read, refused } = fuzz(1, (count) => count === 600);
  expect(read).toBeGreaterThan(60);
  expect(refused).toBeGreaterThan(200);
});
