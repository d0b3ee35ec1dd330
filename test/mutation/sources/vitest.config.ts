/**
 * Tests against one mutant: the file that MUTANT_FILE names is read with the text of MUTANT_TEXT, in its place, by the loader of
 * modules; a contract's template is read by code under test, which setup.ts sees to. Against many (MUTANTS, together.ts): the file's
 * exported functions are those of the module that runner.ts puts in its place.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { Together } from './together.ts';
import { exportedFunctions } from './typescript.ts';

const root = join(import.meta.dirname, '../../..');
const { MUTANT_FILE, MUTANT_TEXT, MUTANTS } = process.env;
const together: Together | undefined = MUTANTS ? JSON.parse(readFileSync(MUTANTS, 'utf8')) : undefined;

/** The source as `?mutant=none`; a function that is called while a mutant is in its place is the mutant's, and calls are counted. */
function replaceable(path: string): string {
  const original = JSON.stringify(`${path}?mutant=none`);
  const functions = exportedFunctions(readFileSync(path, 'utf8')).map(
    (name) => `export const ${name} = (...given) => now().${name}(...given);`,
  );
  return [
    `import * as original from ${original};`,
    `export * from ${original};`,
    'const now = () => { globalThis.mutated.calls++; return globalThis.mutated.module ?? original; };',
    ...functions,
  ].join('\n');
}

export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      load(id) {
        if (MUTANT_FILE && MUTANT_TEXT && id === join(root, MUTANT_FILE)) return readFileSync(MUTANT_TEXT, 'utf8');
        if (!together) return undefined;
        const path = join(root, together.file);
        if (id === path) return replaceable(path);
        const [, mutant] = id.startsWith(path) ? id.split('?mutant=') : [];
        if (mutant === undefined) return undefined;
        return mutant === 'none' ? readFileSync(path, 'utf8') : together.texts[Number(mutant)];
      },
    },
  ],
  test: {
    pool: 'forks',
    maxWorkers: 1,
    bail: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    setupFiles: [join(import.meta.dirname, 'setup.ts')],
    ...(together && { runner: join(import.meta.dirname, 'runner.ts') }),
  },
});
