/**
 * Where everything stands inside the committed blocks, in z and in the row vector (protocol sections 2 and 3).
 *
 * A block is its bits from 0 (padded to a power of two, and to the copies of a family), its other entries after them, and its blinding entries last of
 * 2^log. Rows: each block's bit rows, aligned to their padded number, then the listed rows, first the quadratic
 * ones, then the S-boxes, padded to 2^rowLog.
 */
import type { ConstraintMatrix, SystemSizes } from '../circuit/compile.ts';
import type { BlockName, BlockSpec, PartName } from './blocks.ts';

/** Numbers of variables of a part of a block. */
export interface BlockSizes {
  readonly bits: number;
  readonly fields: number;
}

/** Variables that the layers of a step allocate in a block. */
export interface LayerShare {
  readonly bits: number;
  /** Entries that hold small integers; they come first after the bits. */
  readonly small: number;
  /** The layers' other entries. */
  readonly fields: number;
}

export interface BlockLayout {
  readonly name: BlockName;
  /** The block has 2^log entries. */
  readonly log: number;
  /** Its bits stand at 0 and are padded to 2^log of their own; `row` is the first of their rows. */
  readonly bits?: { readonly part: PartName; readonly log: number; readonly row: number };
  readonly fields: { readonly part: PartName; readonly at: number };
  readonly blinding: { readonly at: number; readonly count: number };
}

export interface Layout {
  /** In the order of the step function's blocks. */
  readonly blocks: readonly BlockLayout[];
  /** Index of the first listed row. */
  readonly listed: number;
  /** n of section 3: the number of row variables. */
  readonly rowLog: number;
  /** Powers of tau that the commitments use. */
  readonly keyLength: number;
}

/**
 * @param sizes with `rows` the number of listed rows of all kinds
 * @param copies of the family that has most of them, a power of two: listed rows and entries of blocks begin at multiples of it
 */
export function layoutOf(specs: readonly BlockSpec[], sizes: Pick<SystemSizes, PartName | 'rows'>, copies = 1): Layout {
  let listed = 0;
  const blocks = specs.map(({ name, bits, fields, blinding }): BlockLayout => {
    let at = 0;
    let ofBits: BlockLayout['bits'];
    if (bits) {
      const log = logOf(sizes[bits]);
      at = 2 ** log;
      ofBits = { part: bits, log, row: Math.ceil(listed / at) * at };
      listed = ofBits.row + at;
      at = Math.max(at, copies);
    }
    const log = logOf(at + sizes[fields] + blinding);
    return {
      name,
      log,
      ...(ofBits && { bits: ofBits }),
      fields: { part: fields, at },
      blinding: { at: 2 ** log - blinding, count: blinding },
    };
  });
  const keyLength = 2 ** Math.max(...blocks.map(({ log }) => log));
  listed = Math.ceil(listed / copies) * copies;
  return { blocks, listed, rowLog: logOf(listed + sizes.rows), keyLength };
}

/** Smallest k >= 1 with n <= 2^k. */
function logOf(n: number): number {
  return Math.max(1, Math.ceil(Math.log2(n)));
}

type Matrix = Pick<ConstraintMatrix, 'sizes' | 'offsets'>;

/** Where a part stands in z, [from, to). */
export function rangeOf({ sizes, offsets }: Matrix, part: PartName): readonly [number, number] {
  return [offsets[part], offsets[part] + sizes[part]];
}

/** Bits of one block that neighbour each other. */
interface BitRange {
  readonly part: PartName;
  /** First of them in z. */
  readonly variable: number;
  /** First of them among the bits of all blocks. */
  readonly bit: number;
  /** First of their rows. */
  readonly row: number;
  readonly count: number;
}

/** Rows [row, row + count). */
export interface RowRange {
  readonly row: number;
  readonly count: number;
}

/** The rows that exist, and what the implied ones are of. */
export interface RowShape {
  /** One range for each block that has bits, in order. */
  readonly bits: readonly BitRange[];
  readonly quadratic: RowRange;
  readonly boxes: RowRange;
}

export function rowShape({ blocks, listed }: Pick<Layout, 'blocks' | 'listed'>, { sizes, offsets }: Matrix): RowShape {
  const bits: BitRange[] = [];
  let bit = 0;
  for (const { bits: own } of blocks) {
    if (!own) continue;
    const count = sizes[own.part];
    bits.push({ part: own.part, variable: offsets[own.part], bit, row: own.row, count });
    bit += count;
  }
  const quadratic = { row: listed, count: sizes.rows };
  return { bits, quadratic, boxes: { row: listed + quadratic.count, count: sizes.boxes } };
}
