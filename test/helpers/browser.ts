/** A real browser that looks at a page: what it parsed, and what it painted. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

export const browser = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (!browser) console.warn('skipped: no chromium here (apt-get install chromium, or CHROME_PATH) to look at the pages');

/** Runs chromium in a profile that is removed afterwards. */
function chromium(...args: string[]): string {
  const profile = mkdtempSync(join(tmpdir(), 'layerfold-browser-'));
  try {
    return execFileSync(
      browser!,
      ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${profile}`, ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000 },
    );
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

/** The page as the browser understood it. */
export const domOf = (path: string): string => chromium('--dump-dom', `file://${path}`);

/** Paints the page into a PNG and says how many bytes it has; an empty page of 900 x 2,700 has a few thousand. */
export function paint(path: string, picture: string, width: number, height: number): number {
  chromium(`--screenshot=${picture}`, `--window-size=${width},${height}`, `file://${path}`);
  const png = readFileSync(picture);
  // width and height in the header of a PNG
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
  return png.length;
}

/** The page must be whole without a network and without scripts. */
export function expectInert(page: string): void {
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\b(?:src|href)=|url\(|@import|https?:/i);
  expect(page).toContain("default-src 'none'");
}
