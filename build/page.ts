/**
 * Bundles the page of `fold verify --page` into dist/page/verify.js, which the package has beside the compiled sources.
 *
 *   npx tsx build/page.ts
 */
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

await bundle(path('src/page/main.ts'), 'iife', path('dist/page/verify.js'));
