/**
 * package-lock.json serves every platform: npm writes the optional packages of the machine's own platform alone when it makes
 * the file beside an installed node_modules, and `npm ci` then fails elsewhere.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const packages: Readonly<Record<string, Locked>> = JSON.parse(
  readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'),
).packages;

/** Where Node would look for a package that the one at `from` asks for, nearest first. */
function places(from: string, name: string): string[] {
  const inner = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (from === '') return [inner];
  return [inner, ...places(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name)];
}

it('lists every optional package of every platform', () => {
  const missing = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !places(from, name).some((place) => place in packages)),
  );
  expect(missing).toEqual([]);
  const systems = ['darwin-arm64', 'linux-x64', 'win32-x64'];
  for (const system of systems) expect(Object.keys(packages)).toContain(`node_modules/@biomejs/cli-${system}`);
});

it('knows the content of every package, and no registry but the public one', () => {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  expect(entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
  const from = entries.flatMap(([, { resolved }]) => resolved ?? []);
  expect(from.filter((url) => !url.startsWith('https://registry.npmjs.org/'))).toEqual([]);
});
