/**
 * Tests against a mutant: the file that MUTANT_FILE names is read with the text of MUTANT_TEXT, in its place, by the loader of
 * modules; a contract's template is read by code under test, which setup.ts sees to.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = join(import.meta.dirname, '../../..');
const { MUTANT_FILE, MUTANT_TEXT } = process.env;

export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      load(id) {
        if (!MUTANT_FILE || !MUTANT_TEXT || id !== join(root, MUTANT_FILE)) return undefined;
        return readFileSync(MUTANT_TEXT, 'utf8');
      },
    },
  ],
  test: {
    pool: 'forks',
    maxWorkers: 1,
    bail: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: [join(import.meta.dirname, 'setup.ts')],
  },
});
