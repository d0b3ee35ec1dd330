#!/usr/bin/env node
/**
 * Launcher of the command line; plain JavaScript, so that it works before anything is built. It runs the compiled program,
 * or, in a clone whose sources are newer than the build, the sources themselves through tsx.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`error E_UNSUPPORTED: layerfold needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  process.exit(4);
}

const built = path('dist/src/cli/main.js');
const source = path('src/cli/main.ts');
const newest = (folder) =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(`${entry.parentPath ?? entry.path}/${entry.name}`).mtimeMs),
  );
const fresh = () =>
  existsSync(built) &&
  (!existsSync(source) || statSync(built).mtimeMs >= Math.max(newest(path('src')), newest(path('workers'))));

if (fresh()) {
  const { main } = await import(new URL('../dist/src/cli/main.js', import.meta.url).href);
  await main(process.argv.slice(2));
} else if (existsSync(path('node_modules/tsx'))) {
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import(new URL('../src/cli/main.ts', import.meta.url).href);
  await main(process.argv.slice(2));
} else {
  console.error('error E_FILE: layerfold is not built.\n  hint: npm install');
  process.exit(4);
}
