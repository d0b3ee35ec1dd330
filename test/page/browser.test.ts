/** The page of `fold verify --page` in a real Chromium: files are given to it, and it says what the command line says. */
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fold, useFolder } from '../cli/harness.ts';
import { browser } from '../helpers/browser.ts';
import { replaced } from '../helpers/mutate.ts';
import { type OpenPage, openPage, verdictOf, writePage } from '../helpers/verify-page.ts';
import { compressedRun, tampered } from './compressed-run.ts';
import { type FinalRun, finalRun } from './final-run.ts';

const folder = useFolder();
// runs are folded, keys are made
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
let run: FinalRun;
let html = '';
let compressedDigest = '';

beforeAll(async () => {
  run = await finalRun(folder.path);
  const { code, out } = await writePage(folder.path('verify.html'));
  expect([code, out]).toEqual([0, expect.stringContaining(`written to ${folder.path('verify.html')}`)]);
  html = readFileSync(folder.path('verify.html'), 'utf8');
  cpSync(folder.path('run', 'verification_key.json'), folder.path('trusted.json'));
  const changed = replaced(JSON.parse(run.proof), ['layerfold', 'statement', 'outputDigest'], '5');
  writeFileSync(folder.path('tampered.json'), JSON.stringify(changed));
  compressedDigest = await compressedRun(folder.path, 'compressed');
  const file = readFileSync(folder.path('compressed', 'compressed.cbor'));
  writeFileSync(folder.path('tampered.cbor'), tampered(file));
});

describe('the file', () => {
  it('is one page with one script, which may ask for nothing', () => {
    expect(statSync(folder.path('verify.html')).size).toBeLessThan(415_000);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<link|<img|<iframe|\b(?:src|href)=/i);
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html)!;
    // code that is assembled may be compiled, text may not be evaluated
    expect(policy).toMatch(/^default-src 'none'; .*script-src 'sha256-[A-Za-z0-9+/=]+' 'wasm-unsafe-eval'$/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe-(?:inline|eval)(?<!wasm-unsafe-eval)|connect-src|worker-src/);
  });

  it('is written alone: no path, no other option', async () => {
    for (const more of [[folder.path('run')], ['--strict'], ['--vk', folder.path('trusted.json')]]) {
      const { code, err } = await fold(['verify', ...more, '--page', folder.path('other.html')]);
      expect([code, err]).toEqual([2, expect.stringContaining('Option --page means nothing here')]);
    }
    const { code, err } = await fold(['verify']);
    expect([code, err]).toEqual([2, expect.stringContaining('What is to be verified?')]);
  });
});

describe.skipIf(!browser)('in a browser', () => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await openPage(folder.path('verify.html'));
  });
  afterAll(() => open.close());

  /** Gives files in one gesture after another, on a page that was begun again. */
  const give = async (...gestures: readonly (readonly string[])[]): Promise<string> => {
    const { page } = open;
    await page.locator('#clear').click();
    for (const paths of gestures) {
      await page.locator('#choose').setInputFiles(paths.map((path) => folder.path(path)));
      for (const path of paths) await page.locator('#files', { hasText: path.split('/').at(-1)! }).waitFor();
    }
    return verdictOf(page);
  };
  it('verifies a proof, pinned by a trusted key and a digest', async () => {
    expect(await give(['run/proof.json'], ['trusted.json'])).toMatch(/^VERIFIED, NOT PINNED: 1 steps, model 0x/);
    await open.page.locator('#trusted').check();
    await open.page.locator('#digest').fill(run.modelDigest);
    const said = await verdictOf(open.page, /^VERIFIED: 1 steps, model 0x/);
    expect(said).toContain('The committed network, run layer by layer in exact integers (1 step of up to 1 layer)');
    expect(said).not.toContain('NOT PINNED');
    expect(await open.page.locator('#verdict').getAttribute('class')).toBe('verdict strict');
  });

  it('compares input and output', async () => {
    const said = await give(['run/proof.json', 'input.json', 'run/output.json'], ['trusted.json']);
    expect(said).toContain('output PINNED: output.json is the proven output');
    expect(said).toContain('input PINNED: the ');
  });

  it('rejects a tampered proof, and a proof of another model', async () => {
    expect(await give(['tampered.json'], ['trusted.json'])).toMatch(/^REJECTED: /);
    expect(await open.page.locator('#verdict').getAttribute('class')).toBe('verdict rejected');
    await give(['run/proof.json'], ['trusted.json']);
    await open.page.locator('#digest').fill(`0x${'1'.padStart(64, '0')}`);
    const said = await verdictOf(open.page, /^REJECTED: The proof is of another model\./);
    expect(said).not.toContain('VERIFIED');
  });

  it('never calls a key trusted that came together with the proof', async () => {
    const trusted = open.page.locator('#trusted');
    expect(await give(['run/proof.json', 'run/verification_key.json'])).toContain('NOT PINNED: the key');
    expect([await trusted.isDisabled(), await open.page.locator('#beside').isVisible()]).toEqual([true, true]);
    await give(['run/proof.json'], ['trusted.json']);
    expect([await trusted.isDisabled(), await trusted.isChecked()]).toEqual([false, false]);
    // another key is trusted anew
    await trusted.check();
    await open.page.locator('#choose').setInputFiles(folder.path('run', 'verification_key.json'));
    await open.page.locator('#files', { hasText: 'verification_key.json' }).waitFor();
    expect(await trusted.isChecked()).toBe(false);
  });

  it('verifies a compressed proof, under the key that it makes by itself', async () => {
    expect(await give(['compressed/compressed.cbor', 'compressed/plan.json'])).toMatch(
      /^VERIFIED, NOT PINNED: all layers of model 0x/,
    );
    await open.page.locator('#digest').fill(compressedDigest);
    const said = await verdictOf(open.page, /^VERIFIED: all layers of model 0x/);
    expect(said).toContain('It is sound, no set-up');
    expect(said).toContain('not zero-knowledge');
    expect(await open.page.locator('#verdict').getAttribute('class')).toBe('verdict strict');
    // another proof takes its place
    await open.page.locator('#choose').setInputFiles(folder.path('tampered.cbor'));
    expect(await verdictOf(open.page, /^REJECTED: /)).toContain("check 'spartan' failed");
    expect(
      await give(['compressed/compressed.cbor', 'compressed/plan.json'], ['run/proof.json'], ['trusted.json']),
    ).toMatch(/^VERIFIED, NOT PINNED: 1 steps, model 0x/);
    // of a folder that has both the final proof counts
    expect(
      await give(['trusted.json', 'run/proof.json', 'compressed/compressed.cbor', 'compressed/plan.json']),
    ).toMatch(/^VERIFIED, NOT PINNED: 1 steps, model 0x/);
    expect(await open.page.locator('#files').textContent()).toContain('compressed.cbor is not used');
  });

  it('takes files that are dropped, and says what it does not use', async () => {
    const { page } = open;
    await page.locator('#clear').click();
    const texts = { 'p.json': run.proof, 'k.json': run.key, 'public.json': '["1"]' };
    const dropped = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      for (const [name, text] of Object.entries(${JSON.stringify(texts)})) transfer.items.add(new File([text], name));
      return transfer;
    })()`);
    await page.locator('#drop').dispatchEvent('drop', { dataTransfer: dropped });
    expect(await verdictOf(page)).toMatch(/^VERIFIED, NOT PINNED/);
    expect(await page.locator('#files').textContent()).toContain(
      'public.json is not used: the public inputs of a proof, as in public.json',
    );
  });

  it('asks no network for anything, and its policy would not let it', async () => {
    expect(open.requests).toEqual([`file://${folder.path('verify.html')}`]);
    expect(open.complaints).toEqual([]);
    const refused = await open.page.evaluate(`new Promise((done) => {
      document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
      fetch('http://127.0.0.1:9/').catch(() => {});
    })`);
    expect(refused).toBe('connect-src');
    expect(open.requests).toHaveLength(1);
  });
});
