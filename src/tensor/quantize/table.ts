/**
 * A function of one number as a table over all numbers of VALUE_BITS bits: cells of equal width, in each the chord of the
 * function, moved by half of its error in the middle. As many cells as the wanted precision needs.
 */
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import type { Range } from '../plan.ts';
import type { IntegerTable } from './integer.ts';

export const LEAST_BITS = 8;
export const MOST_BITS = 12;

const UNIT = 2 ** SHIFT;

/** Results beyond it leave every range: the run finds them, whatever the table says. */
const BEYOND = 2 ** (VALUE_BITS + 1);

/** An error in units of the result's last place that nobody notices beside that of 12-bit weights. */
const TOLERATED = 32;

export interface TableSpec {
  readonly f: (x: number) => number;
  /** The integer q stands for q / scale. */
  readonly scaleX: number;
  readonly scaleY: number;
}

const clamp = (y: number): number => (Number.isNaN(y) ? 0 : Math.min(Math.max(y, -BEYOND), BEYOND));

function makeTable({ f, scaleX, scaleY }: TableSpec, bits: number): IntegerTable {
  const cells = 2 ** bits;
  const width = 2 ** (VALUE_BITS - bits);
  const y = (x: number): number => clamp(scaleY * f(x / scaleX));
  const value = new Float64Array(cells);
  const slope = new Float64Array(cells);
  for (let c = 0; c < cells; c++) {
    const from = (c - cells / 2) * width;
    const [left, middle, right] = [y(from), y(from + width / 2), y(from + width)];
    const rise = Math.round((UNIT * (right - left)) / width);
    const centre = (left + right) / 4 + middle / 2;
    slope[c] = rise;
    value[c] = Math.round(UNIT * centre - rise * (from + width / 2)) + UNIT / 2;
  }
  return { bits, value, slope };
}

/** A table with a cell for each integer: x has the scale 2^(VALUE_BITS - bits). */
export function makeExactTable(f: (x: number) => number, scaleY: number, bits: number): IntegerTable {
  const cells = 2 ** bits;
  const value = Float64Array.from(
    { length: cells },
    (_, c) => Math.round(UNIT * clamp(scaleY * f(c - cells / 2))) + UNIT / 2,
  );
  return { bits, value, slope: new Float64Array(cells) };
}

/** Largest error inside a range of x, in units of the result's last place. */
function errorOf({ f, scaleX, scaleY }: TableSpec, { bits, value, slope }: IntegerTable, range: Range): number {
  const half = 2 ** (VALUE_BITS - 1);
  const width = 2 ** (VALUE_BITS - bits);
  const from = Math.max(Math.floor(range.low * scaleX), -half);
  const to = Math.min(Math.ceil(range.high * scaleX), half - 1);
  const step = Math.max(1, Math.floor(width / 8));
  let worst = 0;
  for (let x = from; x <= to; x += step) {
    const c = Math.floor(x / width) + 2 ** (bits - 1);
    worst = Math.max(worst, Math.abs((value[c]! + slope[c]! * x) / UNIT - 0.5 - clamp(scaleY * f(x / scaleX))));
  }
  return worst;
}

/** The smallest table that is precise enough over a range, or after which more cells do not help (a jump). */
export function chooseTable(spec: TableSpec, range: Range): IntegerTable {
  let table = makeTable(spec, LEAST_BITS);
  let error = errorOf(spec, table, range);
  while (error > TOLERATED && table.bits < MOST_BITS) {
    const finer = makeTable(spec, table.bits + 1);
    const finerError = errorOf(spec, finer, range);
    if (finerError > 0.75 * error) break;
    table = finer;
    error = finerError;
  }
  return table;
}
