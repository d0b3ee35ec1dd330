/** The version of the package, as its package.json has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../ir/networks.ts';

export function version(): string {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version;
}
