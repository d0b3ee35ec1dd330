/**
 * Many multiples of one point, by signed windows of w bits: entry d of window k is (d + 1) 2^(w k) base, so that a product
 * is one addition per window. The additions of all scalars run side by side.
 */
import type { Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';
import { bucketSums } from './buckets.ts';
import { sortByScalar } from './digits.ts';
import { count, type WasmField } from './fields.ts';
import type { PointSums } from './point-sums.ts';

/** Scalars per turn; bounds the scratch memory (about 30 MB). */
const CHUNK = 1 << 14;
const MAX_BITS = 12;

/**
 * The points scalars[i] * base, internal form. `powers(n)`: the n points 2^i base; `scalarBits`: bits of the order.
 */
export function fixedBase(
  sums: PointSums,
  field: WasmField,
  scalarBits: number,
  scalars: Vec,
  powers: (n: number) => Uint8Array,
): Uint8Array {
  const n = count(scalars);
  const out = new Uint8Array(n * sums.pointBytes);
  if (n === 0) return out;
  const bits = windowBits(scalarBits, n);
  const windows = Math.floor(scalarBits / bits) + 1;
  sums.module.arena.scratch(() => {
    const table = windowTable(sums, powers(windows * bits), bits, windows);
    for (let from = 0; from < n; from += CHUNK) {
      const part = field.toCanonical(scalars.subarray(from * FIELD_BYTES, (from + CHUNK) * FIELD_BYTES));
      out.set(lookUp(sums, table, part, bits, windows), from * sums.pointBytes);
    }
  });
  return out;
}

function windowBits(scalarBits: number, n: number): number {
  const cost = (bits: number) => (Math.floor(scalarBits / bits) + 1) * (n + 2 ** (bits - 1));
  let best = 2;
  for (let bits = 3; bits <= MAX_BITS; bits++) if (cost(bits) < cost(best)) best = bits;
  return best;
}

/** Address of the table: for each window the multiples 1 .. 2^(bits - 1) of 2^(bits window) base. */
function windowTable(sums: PointSums, powers: Uint8Array, bits: number, windows: number): number {
  const { arena } = sums.module;
  const { pointBytes } = sums;
  const entries = 2 ** (bits - 1);
  const table = arena.alloc(windows * entries * pointBytes);
  const at = (window: number, multiple: number) => table + (window * entries + multiple - 1) * pointBytes;
  for (let window = 0; window < windows; window++) {
    for (let j = 0; j < bits; j++) {
      const power = (window * bits + j) * pointBytes;
      arena.write(at(window, 2 ** j), powers.subarray(power, power + pointBytes));
    }
  }
  // Round r makes the multiples between m = 2^(r + 1) and 2 m: copies of 1 .. m - 1, to which m is added.
  sums.rounds((windows * entries) / 2, (r, pair) => {
    const m = 2 ** (r + 1);
    if (m >= entries) return;
    for (let window = 0; window < windows; window++) {
      arena.view(at(window, 1), (2 * m - 1) * pointBytes, (view) => {
        view.copyWithin(m * pointBytes, 0, (m - 1) * pointBytes);
      });
      for (let d = m + 1; d < 2 * m; d++) pair(at(window, d), at(window, m));
    }
  });
  return table;
}

function lookUp(sums: PointSums, table: number, canonical: Uint8Array, bits: number, windows: number): Uint8Array {
  const { arena } = sums.module;
  const n = count(canonical);
  const words = new Uint32Array(canonical.buffer);
  const scalars = { words, perScalar: words.length / n, negative: new Uint8Array(n) };
  return arena.scratch(() => {
    const out = arena.alloc(n * sums.pointBytes);
    bucketSums(sums, table, sortByScalar(sums.module, scalars, bits, windows), out);
    return arena.take(out, n * sums.pointBytes);
  });
}
