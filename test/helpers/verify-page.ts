/** The page that verifies, in a real browser: opened from a file as people do, driven by what they do, and watched for requests. */
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundlePage } from '../../build/page-bundle.ts';
import { fold, type Outcome } from '../cli/harness.ts';
import { browser } from './browser.ts';

const root = resolve(import.meta.dirname, '../..');

/** Makes the bundle as `npm run build` does, of these sources, and writes the page. */
export async function writePage(path: string): Promise<Outcome> {
  await bundlePage(join(root, 'dist/page/verify.js'));
  return fold(['verify', '--page', path]);
}

/** No service of the browser's own asks the network for anything either. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenPage {
  readonly page: Page;
  /** Everything that the page asked for, itself included. */
  readonly requests: readonly string[];
  /** What the browser complained of: errors, words in its console, violations of the page's policy. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a file in a browser of its own, with a fresh profile. */
export async function openPage(path: string): Promise<OpenPage> {
  const running: Browser = await chromium.launch({ executablePath: browser!, args: ARGS });
  const page = await running.newPage();
  const [requests, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  // what a policy forbids a script is not always said in the console
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
    console.error('policy violated: ' + event.effectiveDirective + ' ' + event.blockedURI);
  })`);
  await page.goto(`file://${path}`);
  return { page, requests, complaints, close: () => running.close() };
}

/** What the page says, once its verdict begins with these words. @throws where it never does */
export async function verdictOf(page: Page, words = /^/): Promise<string> {
  const verdict = page.locator('#verdict');
  await verdict.locator('.headline', { hasText: words }).waitFor();
  return (await verdict.textContent()) ?? '';
}
