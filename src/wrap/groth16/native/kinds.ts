/**
 * A witness is mostly bits, digits and small numbers, which cost a multi-scalar multiplication one addition where a whole
 * scalar costs a dozen or two: a range of signals is cut into those two kinds, and what adds nothing is left out.
 */
import { FIELD_BYTES } from '../../../algebra/engine.ts';
import { field } from '../../../algebra/field.ts';
import { R } from '../../../algebra/params.ts';

const WORDS = FIELD_BYTES / 4;
const WORD = 2 ** 32;
/** Doubles below it are exact, and no integer above it is rounded to below it. */
const LIMIT = 2 ** 53;
const MODULUS = new Uint32Array(field(R).toBytes(R).slice().buffer);
/** Words above the two lowest: those of r - v are r's own for every small v, because r modulo 2^64 is above 2^53. */
const HIGH = Array.from({ length: WORDS - 2 }, (_, w) => w + 2);

export interface ByKind {
  readonly small: { readonly points: Uint8Array; readonly values: Float64Array };
  /** Scalars canonical, 32 bytes each. */
  readonly full: { readonly points: Uint8Array; readonly scalars: Uint8Array };
}

/**
 * Cuts points with their canonical scalars. |v| < 2^53 modulo r is small; zeros and points at infinity are dropped.
 * @param pointBytes bytes of a point
 */
export function byKind(points: Uint8Array, pointBytes: number, scalars: Uint8Array): ByKind {
  const n = scalars.length / FIELD_BYTES;
  const words = new Uint32Array(scalars.buffer, scalars.byteOffset, n * WORDS);
  const pointWords = new Uint32Array(points.buffer, points.byteOffset, points.length / 4);
  const perPoint = pointBytes / 4;
  const [smallAt, fullAt] = [new Uint32Array(n), new Uint32Array(n)];
  const values = new Float64Array(n);
  let [small, full] = [0, 0];
  for (let i = 0; i < n; i++) {
    const value = smallValue(words, i * WORDS);
    if (value === 0 || isInfinity(pointWords, i * perPoint, perPoint)) continue;
    if (value === undefined) fullAt[full++] = i;
    else {
      values[small] = value;
      smallAt[small++] = i;
    }
  }
  const chosen = fullAt.subarray(0, full);
  return {
    small: { points: gather(points, pointBytes, smallAt.subarray(0, small)), values: values.subarray(0, small) },
    full: { points: gather(points, pointBytes, chosen), scalars: gather(scalars, FIELD_BYTES, chosen) },
  };
}

/** The integer closest to 0 that the scalar is modulo r, if its magnitude is below 2^53. */
function smallValue(words: Uint32Array, at: number): number | undefined {
  if (HIGH.every((w) => words[at + w] === 0)) {
    const value = words[at + 1]! * WORD + words[at]!;
    return value < LIMIT ? value : undefined;
  }
  if (!HIGH.every((w) => words[at + w] === MODULUS[w])) return undefined;
  const value = (words[at + 1]! - MODULUS[1]!) * WORD + (words[at]! - MODULUS[0]!);
  return value < 0 && value > -LIMIT ? value : undefined;
}

function isInfinity(words: Uint32Array, at: number, count: number): boolean {
  for (let w = 0; w < count; w++) if (words[at + w] !== 0) return false;
  return true;
}

function gather(bytes: Uint8Array, size: number, indices: Uint32Array): Uint8Array {
  const out = new Uint8Array(indices.length * size);
  indices.forEach((index, k) => {
    out.set(bytes.subarray(index * size, (index + 1) * size), k * size);
  });
  return out;
}
