/**
 * Stored multiples 2^(c w) P and 2^(c w) phi(P), one for every window w of a scalar's halves, for bases that come again and
 * again (a commitment key). All windows then share one set of buckets: fewer additions, because the window c can be larger.
 *
 * A table belongs to one range of a buffer and is made when that range is summed over for the third time: it takes about 117
 * doublings per point, as much as about 18 uses save, and 1,280 bytes per point. The points are compared before a table is used, so
 * that a buffer may be written anew. The memory of all tables is bounded; a buffer that has been collected gives its own back.
 */
import type { Points } from '../engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../engine.ts';
import { HALF_BITS } from './glv.ts';
import type { PointSums } from './point-sums.ts';
import { type StoredMultiples, storedWindowBits, windowCount } from './windows.ts';

const BUILD_AT_USE = 3;
/** Fewer points are not worth the trouble; more would fill the memory. */
const [MIN_POINTS, MAX_POINTS] = [256, 1 << 14];
const MAX_BYTES = 96 * 2 ** 20;

/** Uses since the points were last seen to change; a table, which holds their multiples from BUILD_AT_USE on. */
interface Range {
  uses: number;
  stored?: StoredMultiples;
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

  /** `limit`: bytes of all tables. */
  constructor(sums: PointSums, limit = MAX_BYTES) {
    this.sums = sums;
    this.limit = limit;
  }

  /** The stored multiples of these bases, made now if they are due. Not within arena.scratch: tables stay. */
  of(bases: Points): StoredMultiples | undefined {
    const n = bases.length / POINT_BYTES;
    if (n < MIN_POINTS || n > MAX_POINTS) return undefined;
    const range = this.rangeOf(bases);
    if (range.stored && range.uses >= BUILD_AT_USE) {
      const same = this.sums.module.arena.view(
        range.stored.table,
        bases.length,
        (points) => Buffer.compare(points, bases) === 0,
      );
      if (same) return range.stored;
      range.uses = 0;
    }
    range.uses++;
    if (range.uses < BUILD_AT_USE) return undefined;
    const stored = range.stored ?? this.room(n, bases.buffer);
    if (!stored) return undefined;
    range.stored = stored;
    this.build(stored, bases);
    return stored;
  }

  private rangeOf(bases: Points): Range {
    const ranges = this.ranges.get(bases.buffer) ?? new Map<string, Range>();
    this.ranges.set(bases.buffer, ranges);
    const name = `${bases.byteOffset}+${bases.length}`;
    const range = ranges.get(name) ?? { uses: 0 };
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

  private build({ table, bits, windows }: StoredMultiples, bases: Points): void {
    const { sums } = this;
    const { arena } = sums.module;
    const n = bases.length / POINT_BYTES;
    const row = 2 * bases.length;
    arena.write(table, bases);
    arena.scratch(() => {
      const z = arena.alloc(n * FIELD_BYTES);
      // The chain of the batch inversion.
      arena.reserve((n + 1) * FIELD_BYTES);
      for (let w = 1; w < windows; w++) {
        const at = table + w * row;
        sums.fn('shift')(at - row, at, z, n, bits);
        sums.fn('normalize')(at, z, n);
      }
    });
    for (let w = 0; w < windows; w++) {
      const at = table + w * row;
      sums.fn('endomorphism')(at, at + bases.length, n);
    }
  }
}
