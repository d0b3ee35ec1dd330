/**
 * Stored multiples 2^(c w) P and 2^(c w) phi(P), one for every window w of a scalar's halves, for bases that come again and
 * again (a commitment key). All windows then share one set of buckets: fewer additions, because the window c can be larger.
 *
 * A table belongs to one range of a buffer and is made when that range is summed over for the third time, a sum that few of its points
 * are in counting in part: it takes about 117 doublings per point, as much as about 18 uses save, and 1,280 bytes per point. The points are compared before a table is used, so
 * that a buffer may be written anew. The memory of all tables is bounded; a buffer that has been collected gives its own back.
 * The threads of a pool share the work (shared-tables.ts): each table is made once, the others copy it.
 */

import type { Points } from '../engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../engine.ts';
import { HALF_BITS } from '../kernels/curve/glv.ts';
import { sameBytes } from '../same-bytes.ts';
import type { PointSums } from './point-sums.ts';
import { SharedTables } from './shared-tables.ts';
import { type StoredMultiples, storedWindowBits, windowCount } from './windows.ts';

const BUILD_AT_USE = 3;
/** Fewer points are not worth the trouble; a table of more (16 MB) is read so far from the cache that nothing is left of the gain. */
const [MIN_POINTS, MAX_POINTS] = [256, 3 << 12];
const MAX_BYTES = 96 * 2 ** 20;

interface Range {
  /** Since the points were last seen to change, each by the share of the points that are in the sum. */
  uses: number;
  /** Room for a table, once it is due, and whether the multiples of these points are in it. */
  stored?: StoredMultiples | undefined;
  filled: boolean;
}

interface Room {
  readonly address: number;
  readonly bytes: number;
  owner: WeakRef<ArrayBufferLike>;
}

export class MultipleTables {
  private readonly sums: PointSums;
  private readonly limit: number;
  private readonly ranges = new WeakMap<ArrayBufferLike, Map<string, Range>>();
  private readonly rooms: Room[] = [];
  private shared?: { readonly key: ArrayBufferLike; readonly tables: SharedTables };

  /** `limit`: bytes of all tables. */
  constructor(sums: PointSums, limit = MAX_BYTES) {
    this.sums = sums;
    this.limit = limit;
  }

  /**
   * The stored multiples of these bases, made now if they are due. Not within arena.scratch: tables stay.
   * @param share of the points: those that are in the sum
   */
  of(bases: Points, share = 1): StoredMultiples | undefined {
    const n = bases.length / POINT_BYTES;
    if (n < MIN_POINTS || n > MAX_POINTS) return undefined;
    const range = this.rangeOf(bases);
    if (range.stored && range.filled) {
      if (this.holds(range.stored, bases)) return range.stored;
      range.uses = 0;
      range.filled = false;
    }
    range.uses += share;
    if (range.uses < BUILD_AT_USE) return undefined;
    range.stored ??= this.room(n, bases.buffer);
    if (!range.stored) return undefined;
    range.filled = this.fill(range.stored, bases);
    return range.filled ? range.stored : undefined;
  }

  /** From now on tables for ranges of this key are exchanged with the other threads that share `memory`. */
  share(key: Points, memory: SharedArrayBuffer): void {
    this.shared = { key: key.buffer, tables: new SharedTables(memory) };
  }

  private holds({ table }: StoredMultiples, bases: Points): boolean {
    return this.sums.module.arena.view(table, bases.length, (points) => sameBytes(points, bases));
  }

  private rangeOf(bases: Points): Range {
    const ranges = this.ranges.get(bases.buffer) ?? new Map<string, Range>();
    this.ranges.set(bases.buffer, ranges);
    const name = `${bases.byteOffset}+${bases.length}`;
    const range = ranges.get(name) ?? { uses: 0, filled: false };
    ranges.set(name, range);
    return range;
  }

  /** Room for a table: that of a collected buffer, or fresh memory if the limit allows it. */
  private room(n: number, owner: ArrayBufferLike): StoredMultiples | undefined {
    const bits = storedWindowBits(HALF_BITS, 2 * n);
    const windows = windowCount(HALF_BITS, bits);
    const bytes = 2 * windows * n * POINT_BYTES;
    const free = this.rooms.find((room) => room.bytes >= bytes && room.owner.deref() === undefined);
    if (free) {
      free.owner = new WeakRef(owner);
      return { table: free.address, bits, windows };
    }
    if (this.rooms.reduce((sum, room) => sum + room.bytes, bytes) > this.limit) return undefined;
    // A point lies in one cache line.
    const table = Math.ceil(this.sums.module.arena.alloc(bytes + POINT_BYTES) / POINT_BYTES) * POINT_BYTES;
    this.rooms.push({ address: table, bytes, owner: new WeakRef(owner) });
    return { table, bits, windows };
  }

  /** Copies the table that another thread made, or makes it; false while another one is at it. */
  private fill(stored: StoredMultiples, bases: Points): boolean {
    const { arena } = this.sums.module;
    const row = (w: number) => stored.table + 2 * w * bases.length;
    const rows = Array.from({ length: stored.windows }, (_, w) => w);
    const part = (bytes: Uint8Array, w: number) => bytes.subarray(w * bases.length, (w + 1) * bases.length);
    const own = this.shared?.key === bases.buffer;
    const common = own && this.shared?.tables.claim(bases.byteOffset, bases.length, stored.windows * bases.length);
    if (common && common.state === 'making') return false;
    if (common && common.state === 'ready') {
      for (const w of rows) arena.write(row(w), part(common.bytes, w));
    }
    if (!common || common.state === 'mine' || !this.holds(stored, bases)) this.shift(stored, bases);
    if (common && common.state === 'mine') {
      for (const w of rows) arena.view(row(w), bases.length, (points) => part(common.bytes, w).set(points));
      common.publish();
    }
    for (const w of rows) this.sums.fn('endomorphism')(row(w), row(w) + bases.length, bases.length / POINT_BYTES);
    return true;
  }

  /** The multiples 2^(bits w) P. */
  private shift({ table, bits, windows }: StoredMultiples, bases: Points): void {
    const { sums } = this;
    const { arena } = sums.module;
    const n = bases.length / POINT_BYTES;
    arena.write(table, bases);
    arena.scratch(() => {
      const z = arena.alloc(n * FIELD_BYTES);
      // The chain of the batch inversion.
      arena.reserve((n + 1) * FIELD_BYTES);
      for (let w = 1; w < windows; w++) {
        const at = table + 2 * w * bases.length;
        sums.fn('shift')(at - 2 * bases.length, at, z, n, bits);
        sums.fn('normalize')(at, z, n);
      }
    });
  }
}
