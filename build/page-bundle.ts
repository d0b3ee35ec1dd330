/**
 * The bundle of the page. Verifying compressed proofs rebuilds the step circuit, and digests it and the commitment key: what that
 * takes of Node has a stand-in there. Any other module of Node is an error.
 */
import { fileURLToPath } from 'node:url';
import { type Bundle, bundle, type StandIns } from './bundle.ts';

export const pathOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

const STAND_INS: StandIns = {
  'node:crypto': pathOf('src/page/stand-ins/crypto.ts'),
  'node:timers/promises': pathOf('src/page/stand-ins/timers.ts'),
};

/** @param file where it is written too */
export const bundlePage = (file?: string): Promise<Bundle> =>
  bundle(pathOf('src/page/main.ts'), 'iife', { ...(file !== undefined && { file }), standIns: STAND_INS });
