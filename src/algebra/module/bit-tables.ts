/**
 * Sums selected by bits, for bases that come again and again (a commitment key): four neighbouring points have 15 non-empty
 * subset sums; with these in a table four bits cost one addition (15/16 on average) instead of two.
 *
 * A table is made for blocks of 1,024 points, each when it is summed over for the third time: it costs 2.75 additions per
 * point and saves 0.27 at every use. Bases are known again by their buffer and place in it, and the block's bytes are
 * compared before a table is used, so that a buffer may be written anew. The memory of all tables is bounded; a buffer
 * that has been collected gives its tables back.
 */

import { POINT_BYTES } from '../engine.ts';
import { sameBytes } from '../same-bytes.ts';
import type { PointSums } from './point-sums.ts';

export const GROUP = 4;
const SUBSETS = 2 ** GROUP - 1;
const BLOCK = 1024;
const BLOCK_BYTES = BLOCK * POINT_BYTES;
const TABLE_BYTES = (BLOCK / GROUP) * SUBSETS * POINT_BYTES;
const BUILD_AT_USE = 3;
/** 256 tables of 240 kB: a key of 2^18 points. */
const MAX_TABLES = 256;

interface Block {
  uses: number;
  /** The points that the table was made of, and its address. */
  table?: { readonly points: Uint8Array; readonly address: number };
}

/** A part of the bases: points [from, to), with their block's table if there is one. */
export interface BitPart {
  readonly from: number;
  readonly to: number;
  readonly table: number | undefined;
}

export class BitTables {
  private readonly sums: PointSums;
  private readonly blocks = new WeakMap<ArrayBufferLike, Map<number, Block>>();
  private readonly limit: number;
  private free: number[] = [];
  private taken: { readonly owner: WeakRef<ArrayBufferLike>; readonly address: number }[] = [];

  /** `limit`: number of tables, 240 kB each. */
  constructor(sums: PointSums, limit = MAX_TABLES) {
    this.sums = sums;
    this.limit = limit;
  }

  /**
   * Cuts the bases into parts with and without a table; makes the tables that are due. Not within arena.scratch: tables
   * stay.
   */
  parts(bases: Uint8Array): BitPart[] {
    const n = bases.length / POINT_BYTES;
    const known = this.blocksOf(bases.buffer);
    const parts: BitPart[] = [];
    // Blocks have fixed places in the buffer, so that any range of a key finds those within it.
    const lead = Math.ceil(bases.byteOffset / BLOCK_BYTES) * BLOCK_BYTES - bases.byteOffset;
    let plain = 0;
    for (let at = lead; at + BLOCK_BYTES <= bases.length && lead % POINT_BYTES === 0; at += BLOCK_BYTES) {
      const table = this.tableOf(known, bases.byteOffset + at, bases.subarray(at, at + BLOCK_BYTES));
      if (table === undefined) continue;
      const from = at / POINT_BYTES;
      if (plain < from) parts.push({ from: plain, to: from, table: undefined });
      plain = from + BLOCK;
      parts.push({ from, to: plain, table });
    }
    if (plain < n) parts.push({ from: plain, to: n, table: undefined });
    return parts;
  }

  private blocksOf(buffer: ArrayBufferLike): Map<number, Block> {
    let blocks = this.blocks.get(buffer);
    if (!blocks) {
      blocks = new Map();
      this.blocks.set(buffer, blocks);
    }
    return blocks;
  }

  private tableOf(known: Map<number, Block>, place: number, points: Uint8Array): number | undefined {
    let block = known.get(place);
    if (!block) {
      block = { uses: 0 };
      known.set(place, block);
    }
    if (block.table && !sameBytes(block.table.points, points)) {
      const { address } = block.table;
      this.free.push(address);
      this.taken = this.taken.filter((table) => table.address !== address);
      known.set(place, { uses: 1 });
      return undefined;
    }
    block.uses++;
    if (!block.table && block.uses >= BUILD_AT_USE) {
      const address = this.room();
      if (address === undefined) return undefined;
      this.taken.push({ owner: new WeakRef(points.buffer), address });
      this.build(address, points);
      block.table = { points: points.slice(), address };
    }
    return block.table?.address;
  }

  /** Address of a table that can be written, if the limit allows one. */
  private room(): number | undefined {
    if (this.free.length === 0 && this.taken.length === this.limit) {
      const lost = this.taken.filter(({ owner }) => owner.deref() === undefined);
      this.taken = this.taken.filter((table) => !lost.includes(table));
      this.free = lost.map(({ address }) => address);
    }
    if (this.free.length > 0 || this.taken.length === this.limit) return this.free.pop();
    // Whole multiples of a point's size, because `gather` counts in points.
    const address = this.sums.module.arena.alloc(TABLE_BYTES + POINT_BYTES);
    return Math.ceil(address / POINT_BYTES) * POINT_BYTES;
  }

  /** Entry s - 1 of a group is the sum of the points in the set of bits s. */
  private build(address: number, points: Uint8Array): void {
    const { arena } = this.sums.module;
    const at = (group: number, set: number) => address + (group * SUBSETS + set - 1) * POINT_BYTES;
    const groups = BLOCK / GROUP;
    for (let i = 0; i < BLOCK; i++) {
      const point = points.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
      arena.write(at(Math.floor(i / GROUP), 1 << (i % GROUP)), point);
    }
    // Round r makes the sums of r + 2 points: the set without its lowest point, plus that one.
    this.sums.rounds(groups * SUBSETS, (r, pair) => {
      arena.view(0, address + TABLE_BYTES, (memory) => {
        for (let set = 1; set <= SUBSETS; set++) {
          if (bitCount(set) !== r + 2) continue;
          const lowest = set & -set;
          for (let group = 0; group < groups; group++) {
            const from = at(group, set - lowest);
            memory.copyWithin(at(group, set), from, from + POINT_BYTES);
            pair(at(group, set), at(group, lowest));
          }
        }
      });
    });
  }
}

/** Appends the entries of one part to `entries` at `count`; returns the new count. `points`: address of the plain bases. */
export function bitEntries(
  part: BitPart,
  bits: Uint8Array,
  points: number,
  entries: Uint32Array,
  count: number,
): number {
  let next = count;
  if (part.table === undefined) {
    const first = points / POINT_BYTES;
    // Without a branch, which could not be predicted.
    for (let i = part.from; i < part.to; i++) {
      entries[next] = 2 * (first + i);
      next += bits[i]!;
    }
    return next;
  }
  let base = part.table / POINT_BYTES - 1;
  for (let i = part.from; i < part.to; i += GROUP, base += SUBSETS) {
    const set = bits[i]! + 2 * bits[i + 1]! + 4 * bits[i + 2]! + 8 * bits[i + 3]!;
    entries[next] = 2 * (base + set);
    next += set === 0 ? 0 : 1;
  }
  return next;
}

function bitCount(set: number): number {
  return set === 0 ? 0 : (set & 1) + bitCount(set >> 1);
}
