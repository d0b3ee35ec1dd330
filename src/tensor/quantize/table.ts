/**
 * A function of one number as a table: cells of equal width, in each the chord of the function, moved by half of its error in the
 * middle. As many cells as the wanted precision needs, and none for numbers that the argument cannot be or whose results leave every range.
 */
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import type { Range } from '../plan.ts';
import { type Argument, partialArgument, ROUNDINGS, totalArgument } from './argument.ts';
import type { IntegerTable } from './integer.ts';

/** Cells for 2^SHIFT integers: of a function that no number of cells makes precise enough, and most. */
const USUAL = 64;
const MOST = 1024;
/** Cells come in blocks: a step of the standard machine has constants for a few, and a table that one step holds is looked up in a row less. */
const BLOCK = 64;
/** Cells that every function has room for: what fewer would save is nothing beside a network. */
const FEWEST = 2 * BLOCK;
/** Bits of all cells that a table can have. */
export const MOST_BITS = 12;

const UNIT = 2 ** SHIFT;
const HALF = 2 ** (VALUE_BITS - 1);

/** Results beyond it leave every range: the run finds them, whatever the table says. */
const BEYOND = 2 ** (VALUE_BITS + 1);

/** An error in units of the result's last place that nobody notices beside that of a product's operands. */
const TOLERATED = 24;

/** Units by which the chord of a function that is clamped stays away from its limit, which it must not pass: slopes are rounded. */
const CHORD = 2;

/** The same for arguments that no sample has, as a multiple of that: a normalization's root is steeper for smaller inputs. */
const BESIDE = 8;

/** Integers are not what real numbers are: what is added to the ends of an argument's range as a part of them, besides ROUNDINGS. */
const MARGIN = 1 / 8;

/** Its result leaves the range for every argument. */
const NO_RESULT = { value: UNIT * BEYOND, slope: 0 };

export interface TableSpec {
  /** NaN where it is not defined, if it is partial. */
  readonly f: (x: number) => number;
  readonly isPartial: boolean;
  /** Integer that results are clamped at, infinite for none. */
  readonly limit: number;
  /** The integer q stands for q / scale. */
  readonly scaleX: number;
  readonly scaleY: number;
  /** What the argument can be; its ends may be infinite. */
  readonly domain: Range;
}

/** A function and what its argument can be. */
interface Tabulated extends TableSpec {
  readonly argument: Argument;
  /** f of an integer, or of a number between two, in units of the result's last place. */
  readonly y: (x: number) => number;
}

const clamp = (y: number, limit: number): number => Math.min(Math.max(y, -limit), limit);

function tabulated(spec: TableSpec): Tabulated {
  const { f, isPartial, scaleX, scaleY, domain, limit } = spec;
  const argument = isPartial ? partialArgument(f, scaleX, domain, HALF / scaleY) : totalArgument(f, scaleX);
  const most = Math.min(limit - CHORD, BEYOND);
  const y = (x: number): number => {
    const value = scaleY * argument.at(x);
    return clamp(value, Number.isFinite(value) ? most : BEYOND);
  };
  return { ...spec, argument, y };
}

/** First and last cell of what the argument can be. */
function cellsOf(
  { domain, scaleX }: Pick<TableSpec, 'domain' | 'scaleX'>,
  density: number,
  roundings: number,
): { first: number; last: number } {
  const cell = (x: number): number => Math.floor((Math.min(Math.max(x, -HALF), HALF - 1) * density) / UNIT);
  return { first: cell(domain.low * scaleX - roundings), last: cell(domain.high * scaleX + roundings) };
}

type Cells = Omit<IntegerTable, 'error' | 'low' | 'high'>;

/** Whether a function is clamped in a cell, at one side. Its chord may miss the corner, on the way to what is no result of the network any more. */
function isAtLimit({ limit }: TableSpec, points: readonly number[]): boolean {
  const [least, most] = [Math.min(...points), Math.max(...points)];
  const end = limit - CHORD;
  return least <= -end !== most >= end && least >= -end && most <= end;
}

function makeTable(spec: Tabulated, density: number): Cells {
  const width = UNIT / density;
  const { argument, y } = spec;
  // behind a pole a function comes from the other side
  const end = (x: number): number => y(Number.isFinite(argument.at(x)) ? x : x - 0.5);
  const points = (cell: number): number[] => [y(cell * width), y((cell + 0.5) * width), end((cell + 1) * width)];
  const isWhole = (cell: number): boolean => argument.isWhole(cell * width, (cell + 1) * width);
  const leaves = (cell: number): boolean => {
    if (!isWhole(cell)) return true;
    const all = points(cell);
    return all.every((at) => at > HALF + TOLERATED) || all.every((at) => at < -HALF - TOLERATED);
  };
  const { low, high } = spec.domain;
  const domain = { low: low - MARGIN * Math.abs(low), high: high + MARGIN * Math.abs(high) };
  let { first, last } = cellsOf({ ...spec, domain }, density, ROUNDINGS);
  while (first < last && leaves(first)) first++;
  while (first < last && leaves(last)) last--;
  const value = new Float64Array(last - first + 1);
  const slope = new Float64Array(last - first + 1);
  for (let c = first; c <= last; c++) {
    if (!isWhole(c)) {
      [value[c - first], slope[c - first]] = [NO_RESULT.value, NO_RESULT.slope];
      continue;
    }
    const [left, middle, right] = points(c) as [number, number, number];
    const rise = Math.round((UNIT * (right - left)) / width);
    const centre = isAtLimit(spec, [left, middle, right]) ? (left + right) / 2 : (left + right) / 4 + middle / 2;
    slope[c - first] = rise;
    value[c - first] = Math.round(UNIT * centre - rise * (c + 0.5) * width) + UNIT / 2;
  }
  return { density, first, value, slope };
}

/** A table with a cell for each integer that the argument can be: x has the scale 2^SHIFT / density. */
export function makeExactTable({ f, scaleX, scaleY, domain }: TableSpec): IntegerTable {
  const density = UNIT / scaleX;
  const { first, last } = cellsOf({ domain, scaleX }, density, 0);
  const value = Float64Array.from({ length: last - first + 1 }, (_, c) => {
    const y = f(first + c);
    return Number.isNaN(y) ? NO_RESULT.value : Math.round(UNIT * clamp(scaleY * y, BEYOND)) + UNIT / 2;
  });
  const slope = new Float64Array(value.length);
  return { density, first, value, slope, ...endsOf({ density, first, value }), error: 0.5 };
}

/** Largest error inside a range of x, in units of the result's last place. */
function errorOf({ y, scaleX }: Tabulated, { density, first, value, slope }: Cells, range: Range): number {
  const width = UNIT / density;
  const from = Math.max(Math.floor(range.low * scaleX), Math.ceil(first * width));
  const to = Math.min(Math.ceil(range.high * scaleX), Math.ceil((first + value.length) * width) - 1);
  const step = Math.max(1, Math.floor(width / 8));
  let worst = 0;
  for (let x = from; x <= to; x += step) {
    const c = Math.floor(x / width) - first;
    if (value[c] === NO_RESULT.value) continue;
    worst = Math.max(worst, Math.abs((value[c]! + slope[c]! * x) / UNIT - 0.5 - y(x)));
  }
  return worst;
}

/** The largest table of at most so many cells; `table` where that has more. */
function filled(spec: Tabulated, table: Cells, cells: number): Cells {
  let largest = table;
  for (let [fits, beyond] = [table.density, MOST + 1]; beyond - fits > 1; ) {
    const larger = makeTable(spec, Math.floor((fits + beyond) / 2));
    if (larger.value.length <= cells) [largest, fits] = [larger, larger.density];
    else beyond = larger.density;
  }
  return largest;
}

/** A table that is precise enough over a range, of as few blocks as that takes, or after which more cells do not help (a jump). */
export function chooseTable(of: TableSpec, range: Range): IntegerTable {
  const spec = tabulated(of);
  const table = chooseCells(spec, range);
  const error = errorOf(spec, table, range);
  const cells = faithful(spec, table, range, BESIDE * Math.max(error, TOLERATED));
  const { low, high } = endsOf(cells);
  return { ...cells, low: Math.max(low, spec.argument.low), high: Math.min(high, spec.argument.high), error };
}

/** The first and the last integer in cells. */
export function endsOf({ density, first, value }: Pick<Cells, 'density' | 'first' | 'value'>): Range {
  const firstIn = (cell: number): number => Math.ceil((cell * UNIT) / density);
  return { low: Math.max(firstIn(first), -HALF), high: Math.min(firstIn(first + value.length), HALF) - 1 };
}

/**
 * The cells around a range that are wrong by at most so much. Behind the others the function may be anything, and so what a run that nothing
 * refuses makes of it: beside a pole or a jump that no sample is near, or where a root begins.
 */
function faithful(spec: Tabulated, table: Cells, range: Range, tolerated: number): Cells {
  const { density, first, value, slope } = table;
  const width = UNIT / density;
  const unit = 1 / spec.scaleX;
  const isWrong = (c: number): boolean =>
    errorOf(spec, table, { low: c * width * unit, high: ((c + 1) * width - 1) * unit }) > tolerated;
  const isClamped = (c: number): boolean =>
    isAtLimit(
      spec,
      [c, c + 0.5, c + 1].map((at) => spec.y(at * width)),
    );
  const end = first + value.length - 1;
  const inner = cellsOf({ domain: range, scaleX: spec.scaleX }, density, ROUNDINGS);
  let [from, to] = [Math.max(Math.min(inner.first, end), first), Math.min(Math.max(inner.last, first), end)];
  const isKept = (c: number): boolean => !isWrong(c) || isClamped(c);
  while (from > first && isKept(from - 1)) from--;
  while (to < end && isKept(to + 1)) to++;
  return {
    density,
    first: from,
    value: value.slice(from - first, to + 1 - first),
    slope: slope.slice(from - first, to + 1 - first),
  };
}

function chooseCells(spec: Tabulated, range: Range): Cells {
  const isPrecise = (table: Cells): boolean => errorOf(spec, table, range) <= TOLERATED;
  let table = makeTable(spec, USUAL);
  for (let error = errorOf(spec, table, range); error > TOLERATED && table.density < MOST; ) {
    const finer = makeTable(spec, 2 * table.density);
    const finerError = errorOf(spec, finer, range);
    if (finerError > 0.75 * error) return table;
    [table, error] = [finer, finerError];
  }
  if (!isPrecise(table)) return table;
  // the fewest cells that do
  for (let [few, cells] = [0, table.density]; cells - few > 1; ) {
    const smaller = makeTable(spec, Math.floor((few + cells) / 2));
    if (isPrecise(smaller)) [table, cells] = [smaller, smaller.density];
    else few = smaller.density;
  }
  return filled(spec, table, Math.max(BLOCK * Math.ceil(table.value.length / BLOCK), FEWEST));
}
