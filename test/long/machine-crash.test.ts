/**
 * The crash campaign of a run on the tensor machine: kill -9 at random moments, while checkpoints are written and while the commitment
 * key is written, resumed each time until it ends. LAYERFOLD_CRASHES sets the kills of the campaigns; this one takes two fifths of
 * them (20).
 */
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomChain } from '../helpers/chains.ts';
import { strikeRuns, unstruck } from '../helpers/crash-campaign.ts';
import { type Campaign, type Kind, workspace } from '../helpers/crashes.ts';
import { writeOnnx } from '../helpers/onnx.ts';

const KILLS = Math.ceil((2 * Number(process.env.LAYERFOLD_CRASHES ?? 50)) / 5);
/** They make a program of 14 steps. */
const LAYERS = 160;
/** Twice as likely: about half of the runs end before as many bytes of checkpoints are written. */
const KINDS: readonly Kind[] = ['kill', 'torn', 'torn', 'key'];
/** So many kills meet every kind: the seed is fixed, and no kind can be spared. */
const ENOUGH = 20;

const path = workspace();
const cache = path('cache');

describe('the crash campaign of a run on the machine', () => {
  let prove: readonly string[] = [];
  let whole: unknown;
  let campaign: Campaign;

  beforeAll(async () => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: LAYERS });
    writeFileSync(path('model.onnx'), writeOnnx(graph));
    writeFileSync(path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
    prove = ['prove', path('model.onnx'), '--circuit', 'machine', '--input', path('input.json')];
    prove = [...prove, '--insecure-dev', '--no-wrap', '--workers', '2', '--checkpoint-every', '2'];
    const ended = await unstruck({ path, prove }, cache);
    whole = ended.whole;
    // seven checkpoints, the last one of the whole run, of about 19.5 MB each
    campaign = { cache, duration: ended.took, written: 137e6 };
  });

  it(`of ${KILLS} kills ends every run in a proof that verifies, with the same statement`, async () => {
    const tally = await strikeRuns({ prove, path, kinds: KINDS, kills: KILLS, seed: 2028, campaign, whole });
    if (KILLS >= ENOUGH) expect(tally.kinds.size).toBe(new Set(KINDS).size);
    console.info(
      `crash campaign on the machine: ${KILLS} kills, a run takes ${(campaign.duration / 1000).toFixed(1)} s`,
      tally.told,
    );
  });
});
