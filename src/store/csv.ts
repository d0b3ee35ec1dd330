/**
 * CSV as RFC 4180 writes it, and a table on disk that grows by whole rows.
 *
 * A row is forced to the disk before it counts. A kill can leave only the beginning of one at the end of the file; the
 * next start cuts it off, so that what is read are rows that were finished.
 */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FoldError } from '../errors.ts';
import { makeFolder, writeFileAtomic } from './atomic.ts';
import { diskError } from './disk-error.ts';
import { readFileBounded, readIfThere } from './read.ts';

export type Cell = string | number | undefined;

const MAX_CSV_BYTES = 2 ** 28;

/** One line with its newline; cells with commas, quotes or line breaks are quoted. Undefined is an empty cell. */
export function csvLine(cells: readonly Cell[]): string {
  const quoted = cells.map((cell) => {
    const text = String(cell ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(',')}\n`;
}

const [QUOTE, COMMA, NEWLINE, RETURN] = [34, 44, 10, 13] as const;

/**
 * The complete rows, one after another; text behind the last newline is no row. A row of more than `most` cells is the last:
 * it comes with one too many, so that whoever wants less sees it, and no more of it is read.
 * @throws E_FORMAT for a quote that is not closed
 */
function* csvRows(text: string, most = Number.POSITIVE_INFINITY): Generator<string[]> {
  let row: string[] = [];
  /** Of the cell: what is done, and where the rest of it begins. */
  let cell = '';
  let from = 0;
  let quoted = false;
  const take = (to: number): string => cell + text.slice(from, to);
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      cell = take(i);
      if (!quoted) quoted = true;
      else if (text.charCodeAt(i + 1) === QUOTE) cell += text[++i];
      else quoted = false;
      from = i + 1;
    } else if (!quoted && c === RETURN) {
      cell = take(i);
      from = i + 1;
    } else if (!quoted && (c === COMMA || c === NEWLINE)) {
      row.push(take(i));
      cell = '';
      from = i + 1;
      const tooLong = row.length > most;
      if (tooLong || c === NEWLINE) {
        yield row;
        if (tooLong) return;
        row = [];
      }
    }
  }
  if (quoted)
    throw new FoldError('E_FORMAT', 'A quoted cell of a CSV file does not end.', {
      got: take(text.length).slice(0, 60),
    });
}

/** All of them. */
export const parseCsv = (text: string): string[][] => [...csvRows(text)];

/** A file of rows under one header. */
export class CsvTable<C extends string> {
  readonly path: string;
  readonly #columns: readonly C[];
  readonly #rows: Readonly<Record<C, string>>[];

  private constructor(path: string, columns: readonly C[], rows: Readonly<Record<C, string>>[]) {
    this.path = path;
    this.#columns = columns;
    this.#rows = rows;
  }

  /**
   * Opens the table, or makes it with its header. A row that a kill cut short is removed from the file.
   * @throws E_FORMAT for a file with other columns, E_DISK
   */
  static async open<C extends string>(path: string, columns: readonly C[]): Promise<CsvTable<C>> {
    const bytes = await readIfThere(path, MAX_CSV_BYTES);
    if (bytes === undefined) {
      await makeFolder(dirname(path));
      await writeFileAtomic(path, new TextEncoder().encode(csvLine(columns)));
      return new CsvTable(path, columns, []);
    }
    const whole = wholeRows(bytes);
    const table = new CsvTable(path, columns, tableRows(new TextDecoder().decode(whole), columns, path));
    if (whole.length !== bytes.length) await writeFileAtomic(path, whole);
    return table;
  }

  /** What stands in the file. */
  get rows(): readonly Readonly<Record<C, string>>[] {
    return this.#rows;
  }

  /** Adds a row; it is on the disk when this returns. @throws E_DISK */
  async append(row: Readonly<Partial<Record<C, Cell>>>): Promise<void> {
    const cells = this.#columns.map((column) => row[column]);
    try {
      await using handle = await open(this.path, 'a');
      await handle.appendFile(csvLine(cells));
      await handle.sync();
    } catch (cause) {
      throw diskError(cause, this.path);
    }
    this.#rows.push(
      record(
        this.#columns,
        cells.map((cell) => String(cell ?? '')),
      ),
    );
  }
}

/** The rows of a table that stays as it is; one that is just being written is not among them. @throws E_FILE, E_FORMAT */
export async function readCsvTable<C extends string>(
  path: string,
  columns: readonly C[],
): Promise<Readonly<Record<C, string>>[]> {
  return tableRows(new TextDecoder().decode(wholeRows(await readFileBounded(path, MAX_CSV_BYTES))), columns, path);
}

/** Without a row that a kill cut short. */
function wholeRows(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(10) + 1);
}

/** The rows of a CSV text that has exactly these columns; the first that has not ends it. @throws E_FORMAT */
function tableRows<C extends string>(text: string, columns: readonly C[], name: string): Record<C, string>[] {
  const refuse = (got: string): FoldError =>
    new FoldError('E_FORMAT', `"${name}" is not a table of this version.`, {
      expected: `the columns ${columns.join(', ')}`,
      got,
      hint: '--out FILE writes to another one',
    });
  const table: Record<C, string>[] = [];
  let header: string[] | undefined;
  for (const row of csvRows(text, columns.length)) {
    if (header && row.length !== columns.length)
      throw refuse(`row ${table.length + 1} with ${row.length > columns.length ? 'more' : row.length} cells`);
    if (header) table.push(record(columns, row));
    else if (row.join() !== columns.join()) throw refuse(row.join(', ').slice(0, 300));
    header ??= row;
  }
  if (!header) throw refuse('no header');
  return table;
}

function record<C extends string>(columns: readonly C[], cells: readonly string[]): Record<C, string> {
  return Object.fromEntries(columns.map((column, k) => [column, cells[k]!])) as Record<C, string>;
}
