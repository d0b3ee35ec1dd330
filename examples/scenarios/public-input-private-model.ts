/**
 * A secret network on a known image: whoever asks gets the class of the committed network, never its weights.
 *
 *   npx tsx examples/scenarios/public-input-private-model.ts [--no-wrap]        (the final proof takes minutes)
 */
import { scenario } from './scenario.ts';

await scenario({ input: 'public', model: 'private' });
