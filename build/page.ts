/**
 * Bundles the page of `fold verify --page` into dist/page/verify.js, which the package has beside the compiled sources.
 *
 *   npx tsx build/page.ts
 */
import { bundlePage, pathOf } from './page-bundle.ts';

await bundlePage(pathOf('dist/page/verify.js'));
