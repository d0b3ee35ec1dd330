/** Material that stands beside the project and may be absent: tests that need it skip. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../shared');

export const sharedPath = (...parts: string[]): string => resolve(root, ...parts);

/** For describe.skipIf: true (with the reason said once) where `parts` is not there. */
export function sharedMissing(...parts: string[]): boolean {
  const missing = !existsSync(sharedPath(...parts));
  if (missing) console.warn(`skipped: ../shared/${parts.join('/')} is not there`);
  return missing;
}
