/** Numbers, tables and errors as people read them. */
import type { FoldError } from '../errors.ts';

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 3.1 MB; decimal units. */
export function bytes(n: number): string {
  let unit = 0;
  let value = n;
  for (; value >= 999.5 && unit < SIZES.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`;
}

/** 0.42 s, 12.3 s, 4 min 05 s. */
export function seconds(s: number): string {
  if (s < 1) return `${s.toFixed(2)} s`;
  if (s < 99.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** 811,456 */
export const count = (n: number): string => n.toLocaleString('en-US');

/** At most six significant digits, no exponent for ordinary numbers. */
export const number = (x: number): string => String(Number(x.toPrecision(6)));

/** Lines of columns, the first left-aligned and the others right-aligned. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, k) => {
      widths[k] = Math.max(widths[k] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** An error as lines: code and message, then the facts. */
export function errorLines(error: FoldError): string[] {
  const facts = (['expected', 'got', 'hint'] as const).flatMap((name) => {
    const fact = error[name];
    return fact === undefined ? [] : [`  ${name}: ${fact.replaceAll('\n', '\n    ')}`];
  });
  return [`error ${error.code}: ${error.message}`, ...facts];
}
