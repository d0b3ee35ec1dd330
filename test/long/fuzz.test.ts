/** Half an hour of damaged model files (test/helpers/fuzz-onnx.ts). LAYERFOLD_FUZZ_SECONDS and LAYERFOLD_FUZZ_SEED choose others. */
import { expect, test } from 'vitest';
import { forSeconds, fuzz } from '../helpers/fuzz-onnx.ts';

const SECONDS = Number(process.env.LAYERFOLD_FUZZ_SECONDS ?? 1800);
const SEED = Number(process.env.LAYERFOLD_FUZZ_SEED ?? 1_000_000);

test(`damaged files for ${SECONDS} s`, () => {
  const { read, refused } = fuzz(SEED, forSeconds(SECONDS));
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});
