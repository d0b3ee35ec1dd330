/** Numbers, tables and errors as people read them. */
import { HIDDEN_CHARACTERS } from '../command.ts';
import { count } from '../units.ts';

export { bytes, count, number, seconds } from '../units.ts';

/** "1 step", "2 steps"; the noun takes an s. */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

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

/**
 * One line as it may stand in a terminal. Names and words of files that came from others are in it, and control characters
 * among them could erase what a verification says, or write what it does not: they are shown as what they are.
 */
export function plain(line: string): string {
  return line.replace(HIDDEN_CHARACTERS, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** An error, or a warning, which has the same parts. */
interface Told {
  readonly message: string;
  readonly code: string;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
  readonly hint?: string | undefined;
}

/** An error as lines: code and message, then the facts. */
export function errorLines(told: Told, kind: 'error' | 'warning' = 'error'): string[] {
  const facts = (['expected', 'got', 'hint'] as const).flatMap((name) => {
    const fact = told[name];
    return fact === undefined
      ? []
      : `  ${name}: ${fact}`.split('\n').map((line, k) => (k === 0 ? line : `    ${line}`));
  });
  return [`${kind} ${told.code}: ${told.message}`, ...facts];
}
