/** What run.json tells in numbers and words, against what a proof shows of it. */
import { describe, expect, it } from 'vitest';
import { checkClaims, type Shown } from '../../src/api/run-claims.ts';
import { ownSentence, sentenceOf } from '../../src/api/sentence.ts';
import type { CompleteRun } from '../../src/store/run-record.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const digest = `0x${'0'.repeat(64)}`;
const shown: Shown = { steps: 2, stepsPerNetwork: 2, slots: 8, insecure: true, class: 3 };
const record = (layers: number, changes: Partial<CompleteRun> = {}, root?: string): CompleteRun => ({
  ...{ format: 'layerfold/run', version: 1, state: 'complete', private: [], files: [] },
  model: { name: 'x', layers, layersPerStep: 8 },
  key: { name: 'INSECURE DEV', insecure: true },
  ...changes,
  statement: {
    ...{ parameters: digest, modelDigest: digest, inputDigest: digest, outputDigest: digest, steps: 2 },
    ...(root !== undefined && { root }),
    sentence: ownSentence(
      { private: changes.private ?? [] },
      { steps: 2, slots: 8, batch: root !== undefined, class: 3 },
      undefined,
    ),
  },
});
const holds = (told: CompleteRun, proven: Shown = shown): boolean => {
  try {
    checkClaims(told, proven);
    return true;
  } catch {
    return false;
  }
};

describe('the number of layers', () => {
  it('fits the proven steps, with a readout or without one', () => {
    const fitting = Array.from({ length: 40 }, (_, layers) => layers).filter((layers) => holds(record(layers)));
    expect(fitting).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17]);
    const one = Array.from({ length: 40 }, (_, k) => k).filter((k) =>
      holds(record(k), { ...shown, stepsPerNetwork: 1 }),
    );
    expect(one).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('divides the steps of a batch whose final proof does not say how many one network takes', () => {
    const { stepsPerNetwork: _, ...final } = shown;
    expect([holds(record(9, {}, digest), final), holds(record(16, {}, digest), final)]).toEqual([true, true]);
    expect(holds(record(18, {}, digest), final)).toBe(false);
    // of a single run the steps are those of the network
    expect(holds(record(8), final)).toBe(false);
  });
});

it('a sentence says no more than the proof shows', () => {
  expect(sentenceOf({ steps: 1, slots: 1, batch: false })).toBe(
    'The committed network, run layer by layer in exact integers (1 step of up to 1 layer) on the input with this digest, gives the output with this digest.',
  );
  expect(sentenceOf({ steps: 2000, slots: 8, batch: false, class: 7 })).toMatch(
    /\(2,000 steps of up to 8 layers\).*; its class is 7\.$/,
  );
  const told = record(16);
  expect(holds(told, { ...shown, class: 4 })).toBe(false);
  expect(holds(record(16, { private: ['output'] }), { ...shown, class: 4 })).toBe(true);
  const error = foldErrorOf(() => checkClaims({ ...told, key: { name: 'x', insecure: false } }, shown));
  expect([error.code, error.got]).toEqual(['E_REJECTED', 'run.json says key insecure: false']);
});
