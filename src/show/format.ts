/** Numbers, tables and errors as people read them in a terminal. */
export { errorLines, plain } from '../plain-text.ts';
export { bytes, count, counted, number, seconds } from '../units.ts';

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
