/** The charts of the report: bars with their numbers, and curves over an axis. All of them fit one column of text. */
import { line, polyline, rect, svg, text, ticks } from './svg.ts';

export const WIDTH = 760;
const LABEL = 190;
const NUMBER = 90;
const ROW = 24;

/** A bar of one or more segments, each with a class of the style sheet. */
export interface Bar {
  readonly name: string;
  readonly segments: readonly { readonly value: number; readonly css: string; readonly about?: string }[];
  /** Written behind the bar. */
  readonly said: string;
}

/** Horizontal bars from a common zero, longest scale shared. Values are not negative. */
export function bars(label: string, rows: readonly Bar[]): string {
  const total = ({ segments }: Bar): number => segments.reduce((n, { value }) => n + value, 0);
  const longest = Math.max(...rows.map(total), Number.MIN_VALUE);
  const scale = (WIDTH - LABEL - NUMBER) / longest;
  const parts = rows.flatMap((row, k) => {
    const y = k * ROW;
    let x = LABEL;
    const drawn = row.segments.map(({ value, css, about }) => {
      const made = rect(x, y + 4, value * scale, ROW - 9, css, about ?? `${row.name}: ${row.said}`, 2);
      x += value * scale;
      return made;
    });
    return [text(LABEL - 10, y + 16, row.name, 'label', 'end'), ...drawn, text(x + 8, y + 16, row.said, 'number')];
  });
  return svg(WIDTH, rows.length * ROW, label, parts);
}

/** Bars to both sides of a zero line, such as logits. */
export function signedBars(
  label: string,
  rows: readonly { readonly name: string; readonly value: number; readonly css: string; readonly said: string }[],
): string {
  const low = Math.min(0, ...rows.map(({ value }) => value));
  const high = Math.max(0, ...rows.map(({ value }) => value));
  const left = 40 + (low < 0 ? NUMBER : 0);
  const scale = (WIDTH - left - NUMBER) / Math.max(high - low, Number.MIN_VALUE);
  const zero = left - low * scale;
  const parts = rows.flatMap(({ name, value, css, said }, k) => {
    const y = k * ROW;
    const w = Math.abs(value) * scale;
    const end = value < 0 ? zero - w : zero + w;
    return [
      text(26, y + 16, name, 'label', 'end'),
      rect(Math.min(zero, end), y + 4, w, ROW - 9, css, `${name}: ${said}`, 2),
      text(end + (value < 0 ? -8 : 8), y + 16, said, 'number', value < 0 ? 'end' : 'start'),
    ];
  });
  return svg(WIDTH, rows.length * ROW, label, [...parts, line(zero, 0, zero, rows.length * ROW, 'axis')]);
}

export interface Curve {
  readonly css: string;
  readonly points: readonly (readonly [number, number])[];
  /** Vertical ranges, such as those of repeated measurements. */
  readonly ranges?: readonly (readonly [x: number, low: number, high: number])[];
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  readonly sayX: (x: number) => string;
  readonly sayY: (y: number) => string;
  /** Values of x to write below the axis, ascending; by default round numbers. */
  readonly at?: readonly number[];
  /** Whether to mark every point. */
  readonly marks?: boolean;
  readonly height?: number;
}

const LEFT = 70;
const BOTTOM = 36;
const TOP = 22;
/** Pixels between the numbers below an axis. */
const APART = 44;
/** Half the width of the ends of a range. */
const CAP = 4;

/** Curves from zero; the axes have round numbers. */
export function curves(label: string, lines: readonly Curve[], axes: Axes): string {
  const { height = 220 } = axes;
  const all = lines.flatMap(({ points, ranges = [] }) => [...points, ...ranges.map(([x, , y]) => [x, y] as const)]);
  const yTicks = ticks(Math.max(...all.map(([, y]) => y)));
  const xMost = Math.max(...all.map(([x]) => x), Number.MIN_VALUE);
  const at = (x: number, y: number): readonly [number, number] => [
    LEFT + ((WIDTH - LEFT - 20) * x) / xMost,
    height - BOTTOM - ((height - BOTTOM - TOP) * y) / (yTicks.at(-1)! || 1),
  ];
  const grid = yTicks.flatMap((y) => {
    const [, v] = at(0, y);
    return [
      line(LEFT, v, WIDTH - 20, v, y === 0 ? 'axis' : 'grid'),
      text(LEFT - 8, v + 4, axes.sayY(y), 'tick', 'end'),
    ];
  });
  const xTicks = withRoom(axes.at ?? ticks(xMost, 8).filter((x) => x <= xMost * 1.001), (x) => at(x, 0)[0]);
  const below = xTicks.map((x) => text(at(x, 0)[0], height - BOTTOM + 16, axes.sayX(x), 'tick', 'middle'));
  const drawn = lines.flatMap(({ css, points, ranges = [] }) => {
    const placed = points.map(([x, y]) => at(x, y));
    const dots = axes.marks ? placed.map(([x, y]) => rect(x - 3, y - 3, 6, 6, css, '', 3)) : [];
    const spans = ranges.map(([x, low, high]) => span(at(x, low), at(x, high)[1], `curve ${css}`));
    return [...spans, polyline(placed, `curve ${css}`), ...dots];
  });
  return svg(WIDTH, height, label, [
    ...grid,
    ...below,
    ...drawn,
    text(LEFT, 12, axes.y, 'tick'),
    text(WIDTH - 20, height - 4, axes.x, 'tick', 'end'),
  ]);
}

/** Those of the values that have room for their numbers. */
function withRoom(values: readonly number[], place: (x: number) => number): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return values.filter((x) => {
    const fits = place(x) - last >= APART;
    if (fits) last = place(x);
    return fits;
  });
}

/** A vertical line with ends, from (x, from) to (x, to). */
function span([x, from]: readonly [number, number], to: number, css: string): string {
  const end = (y: number): string => line(x - CAP, y, x + CAP, y, css);
  return `${line(x, from, x, to, css)}${end(from)}${end(to)}`;
}
