/** `fold verify --page`: the verifier as one HTML file, for whoever has a browser and nothing else. */
import { join } from 'node:path';
import { FoldError } from '../../errors.ts';
import { packageRoot } from '../../ir/networks.ts';
import { verifyPage } from '../../report/verify-page.ts';
import type { CommandContext } from '../../runs/context.ts';
import { bytes } from '../../show/format.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { readIfThere } from '../../store/read.ts';
import { version } from '../version.ts';

/** Made by `npm run build`. */
const BUNDLE = join('dist', 'page', 'verify.js');
const MAX_BUNDLE_BYTES = 2 ** 22;

/** @throws E_FILE where the package is not built, E_DISK */
export async function writeVerifyPage(path: string, report: CommandContext['report']): Promise<number> {
  const bundle = join(packageRoot(), BUNDLE);
  const script = await readIfThere(bundle, MAX_BUNDLE_BYTES);
  if (!script)
    throw new FoldError('E_FILE', 'The page is not built.', {
      expected: bundle,
      got: 'a clone without it',
      hint: 'npm run build',
    });
  const page = new TextEncoder().encode(verifyPage(new TextDecoder().decode(script), version()));
  await writeFileAtomic(path, page);
  report.result('verify', { page: path, bytes: page.length }, [
    `written to ${path} (${bytes(page.length)}): it verifies final and compressed proofs in a browser, offline`,
  ]);
  return 0;
}
