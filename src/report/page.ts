/** The frame of a report: one HTML file that asks no network for anything and prints well, without scripts unless it verifies. */
import { createHash } from 'node:crypto';
import { invariant } from '../errors.ts';
import { escaped } from './svg.ts';

const STYLE = `
:root { --ink: #1c2430; --muted: #667085; --faint: #e6e9ef; --page: #ffffff; --card: #f7f8fa;
  --a: #2f6fde; --b: #8fb4f4; --c: #e0803a; --d: #4fa37a; --e: #9a7fd1; --bad: #b3261e;
  --l0: #dbe7fb; --l1: #b3cdf7; --l2: #82abf0; --l3: #4a82e4; --l4: #1d52b8; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --muted: #98a2b3; --faint: #2b3340; --page: #12161d; --card: #1a202a;
  --a: #6c9df0; --b: #3d5f9c; --c: #e79a5f; --d: #6dbb95; --e: #b39ddf; --bad: #f0847d;
  --l0: #1d2c48; --l1: #2a4372; --l2: #3c64a8; --l3: #6492e0; --l4: #a5c4f8; } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 812px; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px } h2 { font-size: 17px; margin: 40px 0 8px } h3 { font-size: 14px; margin: 22px 0 4px }
p { margin: 6px 0 10px } .muted, .legend { color: var(--muted); font-size: 13px } code { font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
.warn { border-left: 3px solid var(--c); padding: 6px 12px; background: var(--card); margin: 14px 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 10px; margin: 18px 0 6px }
.tile { background: var(--card); border-radius: 8px; padding: 10px 14px } .tile b { display: block; font-size: 20px; line-height: 1.3; font-weight: 600 } .tile span { color: var(--muted); font-size: 12.5px }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; margin: 6px 0 } td, th { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--faint); vertical-align: top; font-weight: normal }
th { color: var(--muted); white-space: nowrap } td.n, th.n { text-align: right; white-space: nowrap; padding-right: 0; padding-left: 14px; font-variant-numeric: tabular-nums } th.n { white-space: normal }
svg { display: block; width: 100%; height: auto; margin: 8px 0 } svg text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink) }
svg .tick, svg .number { fill: var(--muted); font-size: 11.5px } svg .strong { font-weight: 600; font-size: 13px }
.swatch { display: inline-block; width: 10px; height: 10px; margin: 0 2px 0 0; vertical-align: -1px }
.axis { stroke: var(--muted); stroke-width: 1 } .grid { stroke: var(--faint); stroke-width: 1 } .muted-fill { fill: var(--muted) }
.curve { fill: none !important; stroke-width: 1.6; stroke-linejoin: round } .curve.a { stroke: var(--a) } .curve.b { stroke: var(--b) } .curve.c { stroke: var(--c) } .curve.d { stroke: var(--d) } .curve.e { stroke: var(--e) }
.a { fill: var(--a) } .b { fill: var(--b) } .c { fill: var(--c) } .d { fill: var(--d) } .e { fill: var(--e) }
.l0 { fill: var(--l0) } .l1 { fill: var(--l1) } .l2 { fill: var(--l2) } .l3 { fill: var(--l3) } .l4 { fill: var(--l4) }
.box { fill: var(--card); stroke: var(--b) } .box.end { stroke: var(--muted) } .step { fill: none; stroke: var(--faint) } .readout { fill: var(--c) } .unused { fill: var(--faint) }
footer { margin-top: 48px; color: var(--muted); font-size: 12.5px; border-top: 1px solid var(--faint); padding-top: 10px }
.drop { border: 2px dashed var(--b); border-radius: 8px; padding: 18px 20px; background: var(--card) } .drop.over { border-color: var(--a); border-style: solid }
input[type=text] { width: 100%; font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; padding: 6px 8px; background: var(--page); color: var(--ink); border: 1px solid var(--b); border-radius: 4px } label { display: block; margin: 10px 0 } ul { padding-left: 20px; font-size: 13.5px }
.verdict { background: var(--card); border-left: 6px solid var(--faint); padding: 10px 16px; overflow-wrap: anywhere } .verdict.strict { border-color: var(--d) } .verdict.verified, .verdict.unusable { border-color: var(--c) } .verdict.rejected { border-color: var(--bad) } .headline { font-size: 17px; font-weight: 600 } .verdict.rejected .headline { color: var(--bad) }
@media print { body { max-width: none } h2 { break-after: avoid } svg { break-inside: avoid } }
`;

export interface Section {
  readonly title: string;
  /** HTML. */
  readonly body: string;
}

/**
 * @param about words below the title, HTML as the sections are; sections with an empty body are left out
 * @param script the one script that the page may run: it alone has the digest that the policy names
 */
export function page(
  title: string,
  about: string,
  sections: readonly Section[],
  foot: string,
  script?: string,
): string {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    // arithmetic that the script assembles by itself is compiled; nothing else is
    ...(script === undefined
      ? []
      : [`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}' 'wasm-unsafe-eval'`]),
  ];
  const shown = sections
    .filter(({ body }) => body !== '')
    .map((s) => `<section><h2>${escaped(s.title)}</h2>\n${s.body}</section>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title>
<style>${STYLE}</style></head>
<body><header><h1>${escaped(title)}</h1>
${about}</header>
${shown.join('\n')}
<footer>${foot}</footer>${script === undefined ? '' : `\n<script>${inline(script)}</script>`}</body></html>
`;
}

/** A script ends at the first of these, whatever JavaScript makes of them: who bundles it writes them otherwise. */
function inline(script: string): string {
  invariant(!/<\/script|<script|<!--/i.test(script), 'the script of a page has no tag in it');
  return script;
}

/** Plain words as a paragraph. */
export function paragraph(words: string, css = ''): string {
  return `<p${css && ` class="${css}"`}>${escaped(words)}</p>`;
}

export function tiles(entries: readonly (readonly [value: string, name: string])[]): string {
  return `<div class="tiles">${entries.map(([value, name]) => `<div class="tile"><b>${escaped(value)}</b><span>${escaped(name)}</span></div>`).join('')}</div>`;
}

/** The first row is the head; columns from `numbers` on are right-aligned. */
export function htmlTable(rows: readonly (readonly string[])[], numbers = Number.POSITIVE_INFINITY): string {
  const made = rows.map((row, r) => {
    const cells = row.map(
      (cell, k) =>
        `<${r === 0 ? 'th' : 'td'}${k >= numbers ? ' class="n"' : ''}>${escaped(cell)}</${r === 0 ? 'th' : 'td'}>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table>${made.join('')}</table>`;
}

/** A small square of a class of the style sheet, for the words that explain a chart. */
export function swatch(css: string): string {
  return `<svg class="swatch" viewBox="0 0 10 10"><rect width="10" height="10" rx="1" class="${css}"/></svg>`;
}

/** What the colours mean: each class with its words. */
export function legend(entries: readonly (readonly [css: string, words: string])[]): string {
  return `<p class="legend">${entries.map(([css, words]) => `${swatch(css)} ${escaped(words)}`).join(' &middot; ')}</p>`;
}

/** Names with their values, the values in a fixed-width font. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string {
  return `<table>${rows.map(([name, value]) => `<tr><th>${escaped(name)}</th><td><code>${escaped(value)}</code></td></tr>`).join('')}</table>`;
}
