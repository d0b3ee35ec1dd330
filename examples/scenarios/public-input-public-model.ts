/**
 * Everything is public: the proof replaces running the network again.
 *
 *   npx tsx examples/scenarios/public-input-public-model.ts [--no-wrap]        (the final proof takes minutes)
 */
import { scenario } from './scenario.ts';

await scenario({ input: 'public', model: 'public' });
