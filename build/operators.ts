/** Writes docs/operators.md: `npm run operators`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/ir/networks.ts';
import { renderOperators } from './operators/render.ts';

writeFileSync(join(packageRoot(), 'docs', 'operators.md'), renderOperators());
