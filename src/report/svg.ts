/**
 * Pictures as text: the few shapes that the charts are made of. Colours are classes of the page's style sheet, so that one
 * picture serves light and dark pages. Every text that comes from a file goes through `escaped`.
 */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML and SVG, inside and outside of attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

/** Coordinates to a tenth of a pixel. */
const px = (x: number): string => String(Math.round(10 * x) / 10);

/** A picture of width x height pixels that shrinks with the page; `label` is read aloud. */
export function svg(width: number, height: number, label: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${px(width)} ${px(height)}" style="max-width:${px(width)}px" role="img" aria-label="${escaped(label)}">${parts.join('')}</svg>`;
}

/** @param about shown when the pointer rests on it */
export function rect(x: number, y: number, w: number, h: number, css: string, about = '', round = 0): string {
  const inside = about === '' ? '' : `<title>${escaped(about)}</title>`;
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(w)}" height="${px(h)}" rx="${px(round)}" class="${css}">${inside}</rect>`;
}

export function text(
  x: number,
  y: number,
  words: string,
  css = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text x="${px(x)}" y="${px(y)}" class="${css}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, css: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" class="${css}"/>`;
}

export function polyline(points: readonly (readonly [number, number])[], css: string): string {
  return `<polyline points="${points.map(([x, y]) => `${px(x)},${px(y)}`).join(' ')}" class="${css}"/>`;
}

export function arrow(x1: number, x2: number, y: number): string {
  const head = `${px(x2)},${px(y)} ${px(x2 - 7)},${px(y - 4)} ${px(x2 - 7)},${px(y + 4)}`;
  return `${line(x1, y, x2 - 6, y, 'axis')}<polygon points="${head}" class="muted-fill"/>`;
}

/** At most `most` + 1 round numbers from 0 to at least `top`, evenly spaced. */
export function ticks(top: number, most = 4): number[] {
  if (!(top > 0)) return [0];
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= rough * (1 - 1e-9))!;
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, k) => Number((k * step).toPrecision(12)));
}
