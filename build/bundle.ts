/** What runs in browsers, in one file. A module of Node among what is imported is an error that names who imports it. */
import { dirname } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { makeFolder, writeFileAtomic } from '../src/store/atomic.ts';

/** Browsers of the last years: BigInt, top-level await, private fields. */
const TARGET = 'es2022';

export interface Bundle {
  readonly code: string;
  /** Every file in it. */
  readonly inputs: Metafile['inputs'];
}

/** By the name of a module of Node, the file that stands in its place. */
export type StandIns = Readonly<Record<string, string>>;

/** @param file where it is written too */
export async function bundle(
  entry: string,
  format: 'iife' | 'esm',
  { file, standIns = {} }: { readonly file?: string; readonly standIns?: StandIns } = {},
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], format, bundle: true, minify: true, platform: 'browser', target: TARGET },
    // licences of what is in it stay in it
    ...{ legalComments: 'eof', metafile: true, logLevel: 'silent', write: false, charset: 'ascii' },
    ...{ outfile: file ?? 'bundle.js', alias: { ...standIns } },
  });
  const [{ text, contents }] = outputFiles as [(typeof outputFiles)[number]];
  if (file !== undefined) {
    await makeFolder(dirname(file));
    await writeFileAtomic(file, contents);
  }
  return { code: text, inputs: metafile.inputs };
}
