/**
 * Where everything stands inside the committed blocks, in z and in the row vector (protocol sections 2 and 3).
 *
 * A block is its bits from 0, padded to a few aligned powers of two, its other entries right after them, and its blinding entries last of 2^log.
 * The final proof sums up bit rows by these powers of two in closed form (protocol section 9.2), so that few are better; but a block that one power
 * of two would make twice as long takes more of them. Rows: each block's bit rows, aligned as the bits are, then the listed rows, first the
 * quadratic ones, then the S-boxes, padded to 2^rowLog.
 */
import { type AlignedRange, alignedRanges } from '../circuit/aligned-ranges.ts';
import type { ConstraintMatrix, SystemSizes } from '../circuit/compile.ts';
import type { FamilyAlignment } from '../circuit/families.ts';
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
  /**
   * Its bits and their padding stand in [0, fields.at), cut into these pieces. Entry y has the row `row` + y, and a piece's rows are
   * aligned as it is itself.
   */
  readonly bits?: { readonly part: PartName; readonly row: number; readonly pieces: readonly AlignedRange[] };
  readonly fields: { readonly part: PartName; readonly at: number };
  readonly blinding: { readonly at: number; readonly count: number };
}

export interface Layout {
  /** In the order of the step function's blocks. */
  readonly blocks: readonly BlockLayout[];
  /** Index of the first listed row. */
  readonly listed: number;
  /** n of protocol section 3: the number of row variables. */
  readonly rowLog: number;
  /** Powers of tau that the commitments use. */
  readonly keyLength: number;
}

/** @param sizes with `rows` the number of listed rows of all kinds */
export function layoutOf(
  specs: readonly BlockSpec[],
  sizes: Pick<SystemSizes, PartName | 'rows'>,
  alignment: FamilyAlignment = { rows: 1, variables: {} },
): Layout {
  let listed = 0;
  const blocks = specs.map(({ name, bits, fields, blinding }): BlockLayout => {
    const others = sizes[fields] + blinding;
    const at = bits ? paddedBits(sizes[bits], others, alignment.variables[fields] ?? 1) : 0;
    const log = logOf(at + others);
    const pieces = alignedRanges(at);
    let ofBits: BlockLayout['bits'];
    if (bits) {
      // the first piece is the largest
      ofBits = { part: bits, row: multiple(listed, 2 ** pieces[0]!.log), pieces };
      listed = ofBits.row + at;
    }
    return {
      name,
      log,
      ...(ofBits && { bits: ofBits }),
      fields: { part: fields, at },
      blinding: { at: 2 ** log - blinding, count: blinding },
    };
  });
  const keyLength = 2 ** Math.max(...blocks.map(({ log }) => log));
  listed = multiple(listed, alignment.rows);
  return { blocks, listed, rowLog: logOf(listed + sizes.rows), keyLength };
}

/** Bits end at a multiple of their padded number's 2^-5 at least: five pieces, so that a final proof has few sums. */
const FINEST_LOG = 5;

/**
 * Where the other entries of a block begin: of the multiples of powers of two that make the block shortest, that of the largest.
 * @param alignment a power of two that the place must be a multiple of
 */
function paddedBits(bits: number, others: number, alignment: number): number {
  const count = Math.max(1, bits);
  const full = logOf(count);
  const finest = Math.max(1, alignment, 2 ** (full - FINEST_LOG));
  const shortest = logOf(multiple(count, finest) + others);
  let unit = Math.max(2 ** full, finest);
  while (logOf(multiple(count, unit) + others) > shortest) unit /= 2;
  return multiple(count, unit);
}

/** The smallest multiple of `unit` that is at least n. */
function multiple(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
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
