/**
 * The crash campaign of a run on the tensor machine: kill -9 at random moments, while checkpoints are written and while the commitment
 * key is written, resumed each time until it ends. LAYERFOLD_CRASHES sets the kills of the campaigns; this one takes two fifths of
 * them (20).
 */
import { crashCampaign } from '../helpers/crash-campaign.ts';

crashCampaign('the crash campaign of a run on the machine', {
  layers: 208,
  how: ['--circuit', 'machine'],
  // twice as likely: about half of the runs end before as many bytes of checkpoints are written
  kinds: ['kill', 'torn', 'torn', 'key'],
  kills: Math.ceil((2 * Number(process.env.LAYERFOLD_CRASHES ?? 50)) / 5),
  enough: 20,
  seed: 2028,
  // seven checkpoints, the last one of the whole run, of about 19.5 MB each
  written: 137e6,
});
