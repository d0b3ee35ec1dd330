/**
 * Look-ups: tables of constants in the memory, the index of each number, and what is done with the entry found. A table of more
 * entries than a step has constants goes on in the next step, so its index is entry + (slots - entries a step) floor(entry /
 * entries a step): one row more. No index has to be shown to be one of its table: a look-up finds nothing else (tags.ts).
 */

import { boundSums } from '../../tensor/quantize/bounds.ts';
import type { IntegerGraph, IntegerOperation, IntegerTable, IntegerTensor } from '../../tensor/quantize/integer.ts';
import { endsOf } from '../../tensor/quantize/table.ts';
import { VALUE_BITS, VECTOR } from '../shape.ts';
import { type Entry, type JobList, NO_TABLE, UNIT } from './jobs.ts';
import { type Lowering, lanesOf } from './lower.ts';
import { EMPTY } from './natural.ts';

/** Numbers of VALUE_BITS bits are from -HALF to HALF - 1. */
const HALF = 2 ** (VALUE_BITS - 1);

type Take = Extract<IntegerOperation, { op: 'take' }>;

/** A bias in lanes that are used. */
const biasOf = (used: number, bias: number): Float64Array =>
  Float64Array.from({ length: VECTOR }, (_, l) => (((used >> l) & 1) === 1 ? bias : 0));

const isNumber = (x: number): boolean => x >= -HALF && x < HALF;

/** What an index is multiplied by, to be added to the address of its table. */
interface Index {
  readonly vector: number;
  readonly multiplier: number;
}

/** The tables of a program, each written once. */
export class Tables {
  readonly #functions = new Map<number, number>();
  readonly #indices = new Map<string, number>();
  /** Arguments that are bounded already. */
  readonly #bounded = new Set<string>();
  readonly #regions = new Map<string, number>();

  /**
   * @param perStep entries of a table in each step, a power of two
   * @param slots addresses from a step to the next
   */
  constructor(
    private readonly graph: IntegerGraph,
    private readonly list: JobList,
    readonly perStep: number,
    readonly slots: number,
  ) {}

  /** Number of the region of a function's table. */
  functionRegion(table: number): number {
    let region = this.#functions.get(table);
    if (region === undefined) {
      const { value, slope } = this.graph.tables[table]!;
      region = this.region(Array.from(value, (v, c): Entry => [v, slope[c]!]));
      this.#functions.set(table, region);
    }
    return region;
  }

  /** Number of the region with these entries; equal ones are written once. */
  region(entries: readonly (Entry | undefined)[]): number {
    const key = entries.map((entry) => entry?.join(' ')).join();
    const region = this.#regions.get(key) ?? this.list.tables.push({ entries, perStep: this.perStep }) - 1;
    this.#regions.set(key, region);
    return region;
  }

  /**
   * The cells of x, or what steps over that which stands between the steps of their table.
   * @param used lanes that are looked up; in the others x is zero, and so is the index
   */
  cells(x: number, used: number, { density, first, value }: IntegerTable, node: string): number {
    const cell = this.#once(`${x} ${used} ${density}`, () =>
      this.list.job({ y: x, m: [1, 0, 0, 0, density], node }, used),
    );
    if (value.length <= this.perStep) return cell;
    return this.#once(`${cell} ${first}`, () => {
      // with floor((cell - first) / perStep)
      const step = UNIT / this.perStep;
      const bias = biasOf(used, -step * first);
      return this.list.job({ y: cell, m: [this.slots - this.perStep, 0, 0, 1, step], bias, node }, used);
    });
  }

  /** The index of row n of a table that has `width` entries a row. */
  rowIndex(n: number, rows: number, width: number, node: string): Index {
    if (rows * width <= this.perStep) return { vector: n, multiplier: width };
    if (width === this.perStep) return { vector: n, multiplier: this.slots };
    const vector = this.#once(`${n} row ${width}`, () => {
      const step = (UNIT * width) / this.perStep;
      return this.list.job({ y: n, m: [this.slots - this.perStep, 0, 0, width, step], node }, this.list.used[n]!);
    });
    return { vector, multiplier: 1 };
  }

  /** Shows that x is from a table's `low` to `high`, where its cells have integers beside these: no row reads the results. */
  bound(x: number, used: number, table: IntegerTable, node: string): void {
    const ends = endsOf(table);
    // from one end that is that of the cells on, all numbers are in bounds
    const low = table.low > ends.low ? table.low : -HALF;
    const high = table.high < ends.high ? table.high : HALF - 1;
    const key = `${x} ${used} ${low} ${high}`;
    if (this.#bounded.has(key)) return;
    this.#bounded.add(key);
    for (const { weight, bias } of boundSums({ low, high }))
      this.list.job({ y: x, m: [0, 0, 0, 0, weight], bias: biasOf(used, bias), node }, 0);
  }

  #once(key: string, make: () => number): number {
    const index = this.#indices.get(key) ?? make();
    this.#indices.set(key, index);
    return index;
  }
}

/** A function of x: value + slope x, both looked up. @param used lanes that hold something */
export function lowerTable(
  { graph, list, tables }: Lowering,
  table: number,
  x: number,
  used: number,
  node: string,
): number {
  const cells = graph.tables[table]!;
  tables.bound(x, used, cells, node);
  const index = tables.cells(x, used, cells, node);
  const region = tables.functionRegion(table);
  const at = Int32Array.from({ length: VECTOR }, (_, l) => (((used >> l) & 1) === 1 ? region : NO_TABLE));
  const base = new Int32Array(VECTOR).fill(-cells.first);
  const { values, slopes } = list.lookup({ index, multiplier: 1, tables: at, base, node }, used);
  return list.job({ left: slopes, right: x, y: values, m: [1, 0, 0, 0, 1], node }, used);
}

/**
 * The columns of one entry of a table's row, its first and its second number: lanes of a look-up vector should be neighbours.
 * A row of at most 2 VECTOR columns has `pairs` entries; a longer one VECTOR for each 2 VECTOR columns.
 */
const columnsOf = (pair: number, pairs: number): readonly [number, number] => {
  const half = Math.min(pairs, VECTOR);
  const first = Math.floor(pair / half) * 2 * half + (pair % half);
  return [first, first + half];
};

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least));

/** Rows of a table of constants: entries of two columns, in regions of as many columns as a step has entries for. */
export function lowerTake(
  lowering: Lowering,
  { start, size, node }: IntegerTensor,
  operation: Take,
  vectors: Int32Array,
): void {
  const { list, tables } = lowering;
  const { rows, table, index } = operation;
  const width = table.length / rows;
  const pairs = powerOfTwo(Math.ceil(width / 2));
  const perRegion = Math.min(pairs, tables.perStep);
  const at = (row: number, c: number): number => (c < width ? table[row * width + c]! : 0);
  const regions = Array.from({ length: pairs / perRegion }, (_, r) =>
    tables.region(
      Array.from({ length: rows * perRegion }, (_, n) => {
        const [first, second] = columnsOf(r * perRegion + (n % perRegion), pairs);
        const row = Math.floor(n / perRegion);
        const found: Entry = [at(row, first), at(row, second)];
        // nothing finds what no number of the machine is
        return found.every(isNumber) ? found : undefined;
      }),
    ),
  );
  const live = new Set(vectors);
  const taken = size / width;
  for (let from = 0; from < taken * pairs; from += VECTOR) {
    const lanes = Array.from({ length: VECTOR }, (_, l) => ({
      n: Math.floor((from + l) / pairs),
      pair: (from + l) % pairs,
    }));
    const codes = (which: 0 | 1): Int32Array =>
      Int32Array.from(lanes, ({ n, pair }) => {
        const c = columnsOf(pair, pairs)[which];
        return n < taken && c < width ? start + n * width + c : EMPTY;
      });
    const [first, second] = [codes(0), codes(1)];
    if (![...first, ...second].some((code) => code >= 0 && live.has(code))) continue;
    const numbers = Int32Array.from(lanes, ({ n }) => (n < taken ? index[n]! : EMPTY));
    const { vector, multiplier } = tables.rowIndex(lowering.gather(numbers, node, true), rows, perRegion, node);
    const used = lanesOf(first) | lanesOf(second);
    const found = list.lookup(
      {
        ...{ index: vector, multiplier, node },
        tables: Int32Array.from(lanes, ({ n, pair }) =>
          n < taken ? regions[Math.floor(pair / perRegion)]! : NO_TABLE,
        ),
        base: Int32Array.from(lanes, ({ pair }) => pair % perRegion),
      },
      used,
    );
    lowering.put(first, found.values);
    lowering.put(second, found.slopes);
  }
}
