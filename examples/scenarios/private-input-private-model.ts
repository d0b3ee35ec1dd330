/**
 * Secret image, secret network: only digests, depth and class leave the prover.
 *
 *   npx tsx examples/scenarios/private-input-private-model.ts [--no-wrap]        (the final proof takes minutes)
 */
import { scenario } from './scenario.ts';

await scenario({ input: 'private', model: 'private' });
