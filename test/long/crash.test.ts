/**
 * The crash campaign: a run is killed again and again at random moments, in every way that a machine has, and resumed each
 * time until it ends. LAYERFOLD_CRASHES sets the number of kills (50).
 */
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomChain } from '../helpers/chains.ts';
import { strikeRuns, unstruck } from '../helpers/crash-campaign.ts';
import { type Campaign, KINDS, workspace } from '../helpers/crashes.ts';
import { writeOnnx } from '../helpers/onnx.ts';

const KILLS = Number(process.env.LAYERFOLD_CRASHES ?? 50);
const LAYERS = 24;
/** So many kills meet every kind: one is missed with a probability below 0.001. */
const ENOUGH = 50;

const path = workspace();
const cache = path('cache');

describe('the crash campaign', () => {
  let prove: readonly string[] = [];
  let whole: unknown;
  let campaign: Campaign;

  beforeAll(async () => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: LAYERS });
    writeFileSync(path('model.onnx'), writeOnnx(graph));
    writeFileSync(path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
    prove = ['prove', path('model.onnx'), '--input', path('input.json'), '--insecure-dev', '--no-wrap'];
    prove = [...prove, '--layers-per-step', '1', '--workers', '2', '--checkpoint-every', '2'];
    const ended = await unstruck({ path, prove }, cache);
    whole = ended.whole;
    // twelve checkpoints and the proof, of about 1.1 MB each
    campaign = { cache, duration: ended.took, written: 14.5e6 };
  });

  it(`of ${KILLS} kills ends every run in a proof that verifies, with the same statement`, async () => {
    const tally = await strikeRuns({ prove, path, kinds: KINDS, kills: KILLS, seed: 2026, campaign, whole });
    if (KILLS >= ENOUGH) expect(tally.kinds.size).toBe(KINDS.length);
    console.info(`crash campaign: ${KILLS} kills, a run takes ${(campaign.duration / 1000).toFixed(1)} s`, tally.told);
  });
});
