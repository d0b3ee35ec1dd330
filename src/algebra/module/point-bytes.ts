/** Points as bytes, coordinates of the module's field, (0, 0) for infinity. */
import { FoldError, invariant } from '../../errors.ts';
import { POINT_BYTES, type Points } from '../engine.ts';
import type { Affine } from '../params.ts';
import type { WasmField } from './fields.ts';

export class PointBytes {
  protected readonly base: WasmField;

  /** @param base the field of the coordinates */
  constructor(base: WasmField) {
    this.base = base;
  }

  encodePoints(points: readonly (Affine | null)[]): Points {
    invariant(!points.some((p) => p?.x === 0n && p.y === 0n), 'the point (0, 0) would read as infinity');
    return this.base.encode(points.flatMap((p) => (p ? [p.x, p.y] : [0n, 0n])));
  }

  decodePoints(points: Points): (Affine | null)[] {
    const coordinates = this.base.decode(points);
    return Array.from({ length: pointCount(points) }, (_, i) => {
      const [x, y] = [coordinates[2 * i]!, coordinates[2 * i + 1]!];
      return x === 0n && y === 0n ? null : { x, y };
    });
  }

  fromCanonicalPoints(bytes: Uint8Array): Points {
    if (bytes.length % POINT_BYTES !== 0) {
      throw new FoldError('E_FORMAT', 'Points have a wrong total length.', {
        expected: `a multiple of ${POINT_BYTES} bytes`,
        got: `${bytes.length} bytes`,
      });
    }
    return this.base.fromCanonical(bytes);
  }

  toCanonicalPoints(points: Points): Uint8Array {
    pointCount(points);
    return this.base.toCanonical(points);
  }
}

/** Number of points of a Points. */
export function pointCount(points: Points): number {
  invariant(points.length % POINT_BYTES === 0, `points of ${points.length} bytes`);
  return points.length / POINT_BYTES;
}

/** Bits of the largest of some numbers of `perNumber` little-endian 32-bit words each. */
export function bitLength(words: Uint32Array, perNumber: number): number {
  let high = 0;
  let top = 0;
  for (let at = 0; at < words.length; at += perNumber) {
    // only words at or above the highest one seen so far can raise the result
    for (let w = perNumber - 1; w > high; w--) {
      if (words[at + w] !== 0) {
        high = w;
        top = 0;
      }
    }
    top = Math.max(top, words[at + high]!);
  }
  return 32 * high + (32 - Math.clz32(top));
}
