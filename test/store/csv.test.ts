/** CSV text, and tables that a kill cuts short. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvTable, csvLine, parseCsv } from '../../src/store/csv.ts';
import { useFolder } from '../cli/harness.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const folder = useFolder();

describe('CSV', () => {
  it('comes back as it was written, whatever the cells hold', () => {
    // a bare carriage return is quoted, so that it survives too
    const cell = fc.oneof(fc.string(), fc.constantFrom('"', ',', '\n', '\r\n', '""', ' a "b", c\n'));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        expect(parseCsv(rows.map(csvLine).join(''))).toEqual(rows);
      }),
    );
  });

  it('is what other programs write and read', () => {
    expect(csvLine(['a', 1.5, undefined, 'x,y', 'say "no"'])).toBe('a,1.5,,"x,y","say ""no"""\n');
    expect(parseCsv('a,b\r\n"1\n2",\r\n')).toEqual([
      ['a', 'b'],
      ['1\n2', ''],
    ]);
    expect(foldErrorOf(() => parseCsv('a,"b\n')).code).toBe('E_FORMAT');
  });
});

describe('table', () => {
  const columns = ['name', 'seconds'] as const;

  it('keeps rows over starts and drops one that was cut short', async () => {
    const path = folder.path('deep', 'table.csv');
    const first = await CsvTable.open(path, columns);
    await first.append({ name: 'one, two', seconds: 1 });
    appendFileSync(path, 'half a ro');
    const second = await CsvTable.open(path, columns);
    expect(second.rows).toEqual([{ name: 'one, two', seconds: '1' }]);
    await second.append({ name: 'three' });
    expect(readFileSync(path, 'utf8')).toBe('name,seconds\n"one, two",1\nthree,\n');
    expect((await CsvTable.open(path, columns)).rows).toEqual(second.rows);
  });

  it('refuses a file of other columns, or rows of another width, and leaves it alone', async () => {
    const path = folder.path('other.csv');
    for (const text of ['name,minutes\na,1\n', 'name,seconds\na\n', '']) {
      writeFileSync(path, text);
      expect((await foldErrorOfAsync(() => CsvTable.open(path, columns))).code).toBe('E_FORMAT');
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });
});
