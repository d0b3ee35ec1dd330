/**
 * The crash campaign: a run is killed again and again at random moments, in every way that a machine has, and resumed each
 * time until it ends. LAYERFOLD_CRASHES sets the number of kills (50).
 */
import { crashCampaign } from '../helpers/crash-campaign.ts';
import { KINDS } from '../helpers/crashes.ts';

crashCampaign('the crash campaign', {
  layers: 24,
  how: ['--layers-per-step', '1'],
  kinds: KINDS,
  kills: Number(process.env.LAYERFOLD_CRASHES ?? 50),
  // a kind is missed with a probability below 0.001
  enough: 50,
  seed: 2026,
  // twelve checkpoints and the proof, of about 1.1 MB each
  written: 14.5e6,
});
