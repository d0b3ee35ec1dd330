/**
 * What only some verbs need is not installed with the package: no source loads it but where such a verb works, by an import at run time.
 * Types are no import.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('optional packages are loaded at run time only', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const optional = Object.keys(manifest.peerDependenciesMeta);
  expect(optional).toContain('bullmq');
  for (const name of optional) {
    expect(manifest.peerDependencies[name]).toBe(manifest.devDependencies[name]);
    expect(manifest.dependencies[name]).toBeUndefined();
  }
  const found = readdirSync(join(ROOT, 'src'), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const text = readFileSync(join(ROOT, 'src', path), 'utf8');
      const loads = [...text.matchAll(/^(?:import|export) (?!type )(?:[^;']*? from )?'([^'.][^']*)';$/gms)].map(
        ([, from]) => from!,
      );
      return loads
        .filter((from) => optional.some((name) => from === name || from.startsWith(`${name}/`)))
        .map((from) => [path, from]);
    });
  expect(found).toEqual([]);
});
