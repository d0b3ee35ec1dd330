/** How far snarkjs is, from lines as its log has them. */
import { expect, test } from 'vitest';
import {
  contributionParts,
  type LoggedPart,
  logProgress,
  verificationParts,
} from '../../../src/wrap/groth16/snarkjs-progress.ts';

function heard(parts: readonly LoggedPart[], lines: readonly string[]): (readonly [number, number])[] {
  const told: (readonly [number, number])[] = [];
  const on = logProgress(parts, (done, total) => told.push([done, total]));
  for (const line of lines) on(line);
  return told;
}

const SIZES = { signals: 1004, publicInputs: 3, domain: 2048 };

test('a contribution goes through both sections of the key', () => {
  const lines = ['L Section: 0/1000', 'L Section: 500/1000', 'H Section: 0/2048', 'H Section: 1024/2048'];
  const log = ['something else: 7/8', ...lines.map((line) => `Applying key: ${line}`), 'Circuit Hash: 1/2'];
  expect(heard(contributionParts(SIZES), log)).toEqual([
    [500, 3048],
    [1000, 3048],
    [2024, 3048],
  ]);
});

test('a verification counts what the ceremony began with, and bases that are told of in the same words for every section', () => {
  const parts = verificationParts(SIZES, { power: 2, ceremony: 20 });
  const total = parts.reduce((sum, { points }) => sum + points, 0);
  // first hash: 2^21 - 1 and three times 2^20; powers: 7 and three times 4; bases: 15 and three times 7
  const began = 5 * 2 ** 20 - 1;
  expect(total).toBe(began + 19 + 36 + (4 + 2048 + 1000 + 3 * 1004) + 1000 + 2 * 2048);
  expect(
    heard(parts, [
      'Calculate Initial Hash: tauG1',
      'Initial hash: 341000',
      'Calculate Initial Hash: tauG2',
      'Initial hash: 341000',
      'points relations: tauG1: 0/7 ',
      'points relations: alphatauG1: 2/4 ',
      'Verifying phase2 calculated values tauG1...',
      'Power 0...',
      'Power 3...',
      'Verifying phase2 calculated values tauG2...',
      'Power 0...',
      'Power 2...',
      'Same ratio check L section:  500/1000',
      'H Verification(lagrange):  1024/2048',
    ]).map(([done]) => done),
  ).toEqual([
    341_000,
    2 ** 21 - 1,
    2 ** 21 - 1 + 341_000,
    began,
    began + 13,
    began + 19,
    began + 26,
    began + 34,
    began + 37,
    total - 2 * 2048 - 500,
    total - 1024,
  ]);
});

test('lines that belong to no part, or to one that is behind, change nothing', () => {
  const parts = contributionParts(SIZES);
  expect(
    heard(parts, ['Applying key: H Section: 1024/2048', 'Applying key: L Section: 900/1000', '', ': 1/2']),
  ).toEqual([[2024, 3048]]);
});
