/**
 * A known network on a secret image: the class is proven, the image stays with its owner.
 *
 *   npx tsx examples/scenarios/private-input-public-model.ts [--no-wrap]        (the final proof takes minutes)
 */
import { scenario } from './scenario.ts';

await scenario({ input: 'private', model: 'public' });
