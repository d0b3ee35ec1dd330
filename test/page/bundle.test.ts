/** layerfold/verify and the page run without Node: no module of Node in what they import, no global of Node used, a small bundle. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { bundlePage } from '../../build/page-bundle.ts';
import { type ProvenStatement, parseKey, parseProof, verifyProof } from '../../src/verify.ts';
import { useFolder } from '../cli/harness.ts';
import { replaced } from '../helpers/mutate.ts';
import { finalRun } from './final-run.ts';

const root = resolve(import.meta.dirname, '../..');
/**
 * Bytes of each bundle, compressed by gzip; that of layerfold/verify may never be more than 130,000. The words of zod in every language
 * would double it. The page verifies compressed proofs besides: with the kernels and the step circuit.
 */
const BUNDLES = [
  ['layerfold/verify', 80_000, () => bundle(join(root, 'src/verify.ts'), 'esm'), /['"]node:/],
  ['the page', 143_000, () => bundlePage(), /['"]node:(?!crypto'|timers\/promises')/],
] as const;

describe.each(BUNDLES)('%s', (_, most, make, node) => {
  it('imports no module of Node but what has a stand-in, and uses none of its globals', async () => {
    // a module of Node is no file that a bundle for browsers can hold: it fails and says who imports it
    const { inputs } = await make();
    const own = Object.keys(inputs).filter((path) => path.startsWith('src/'));
    expect(own).toContain('src/wrap/verify.ts');
    for (const path of own) {
      const source = readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect(source, path).not.toMatch(node);
      const globals = path === 'src/turns.ts' || path.startsWith('src/page/stand-ins/') ? /\bBuffer\b[.(]/ : GLOBALS;
      expect(source, path).not.toMatch(globals);
    }
  });

  it(`has at most ${most} bytes, compressed`, async () => {
    const { code } = await make();
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(most);
  });
});
/** Of Node; what has a stand-in may be called. */
const GLOBALS = /\b(?:Buffer|process|require|setImmediate|__dirname)\b[.(]/;

it('names who imports a module of Node', async () => {
  await expect(bundle(join(root, 'src/store/digest.ts'), 'esm')).rejects.toThrow(
    /src\/store\/digest\.ts.*"node:crypto"/,
  );
});

describe('the bundle of layerfold/verify', () => {
  const folder = useFolder();
  let check: (proof: string, key: string, data?: { readonly input: string; readonly output: string }) => string;
  let files: Awaited<ReturnType<typeof finalRun>>;

  beforeAll(async () => {
    files = await finalRun(folder.path);
    const { code } = await bundle(join(root, 'test/page/entry.ts'), 'iife');
    // what browsers have and the language does not; nothing else is there
    const context = createContext({ TextEncoder, TextDecoder });
    runInContext(code, context);
    check = context.check;
  });

  it('verifies a proof with its data, where nothing of Node is there', () => {
    const { proof, key, input, output } = files;
    expect(check(proof, key, { input, output })).toBe('1 steps');
  });

  it('rejects another proof, input and output', () => {
    const { proof, key, input, output } = files;
    const changed = (text: string, at: readonly (string | number)[], value: unknown) =>
      JSON.stringify(replaced(JSON.parse(text), at, value));
    expect(check(changed(proof, ['layerfold', 'statement', 'steps'], '3'), key)).toBe('E_REJECTED');
    const other = changed(input, ['input_data', 0, 0], 0.5);
    expect(check(proof, key, { input: other, output })).toBe('E_REJECTED');
    expect(check(proof, key, { input, output: changed(output, ['integers', 0], 1) })).toBe('E_REJECTED');
    expect(check(key, key)).toBe('E_FORMAT');
    expect(check(' '.repeat(2 ** 20 + 1), key)).toBe('E_TOO_LARGE');
  });

  it('has types by which nothing can be asked of what was not verified', () => {
    const claimed = parseProof(files.proof);
    const key = parseKey(files.key);
    // @ts-expect-error a statement that a file claims is no proven one
    const proven: ProvenStatement = claimed.statement;
    expect(verifyProof(claimed, key).statement).toEqual(proven);
  });
});
