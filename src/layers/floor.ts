/**
 * Dropping the s low bits: y = floor(acc / 2^s), rem = acc - 2^s y, 0 <= rem < 2^s (protocol section 7).
 *
 * This is how every layer returns to the activations' scale; rounding to nearest is the same with 2^(s-1) folded into the bias.
 * ONNX: Floor. In a network whose layers all end in it, activations are whole numbers; with s fractional weight
 * bits, none in the activations and no rounding, dropping the bits IS that node, exactly.
 */
import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder } from '../circuit/shape.ts';
import { elementwise } from './binding.ts';

/** floor(acc / 2^shift) of every entry, in place. Exact for |acc| < 2^53. */
export function dropBits(acc: Float64Array, shift: number): void {
  const unit = 2 ** -shift;
  for (let i = 0; i < acc.length; i++) acc[i] = Math.floor(acc[i]! * unit);
}

export interface DroppedBits {
  /** The a low bits of y as a number. */
  readonly low: LinearForm;
  /** 1 when y is negative. */
  readonly sign: LinearForm;
  /** y = low - 2^a sign. */
  readonly y: LinearForm;
  /** acc = 2^s y + rem. */
  readonly acc: LinearForm;
}

/** a + 1 + s bits, no row: the a low bits of y, its sign, the s bits of rem. */
export function droppedBits(shape: ShapeBuilder, activationBits: number, shift: number): DroppedBits {
  const number = (bits: readonly LinearForm[]): LinearForm =>
    shape.sum(bits.map((b, k) => [1n << BigInt(k), b] as const));
  const low = number(shape.bits(activationBits));
  const sign = shape.bits(1)[0]!;
  const rem = number(shape.bits(shift));
  const y = shape.sum([
    [1n, low],
    [-(1n << BigInt(activationBits)), sign],
  ]);
  const acc = shape.sum([
    [1n << BigInt(shift), y],
    [1n, rem],
  ]);
  return { low, sign, y, acc };
}

/** Writes the bits of `droppedBits` for one value; returns the position after them. Needs -2^a <= y < 2^a. */
export function writeDroppedBits(bits: Uint8Array, at: number, y: number, rem: number, a: number, s: number): number {
  const negative = y < 0;
  const after = writeBits(bits, at, negative ? y + 2 ** a : y, a);
  bits[after] = negative ? 1 : 0;
  return writeBits(bits, after + 1, rem, s);
}

/** The n <= 53 bits of a non-negative integer, lowest first; returns the position after them. */
export function writeBits(bits: Uint8Array, at: number, value: number, n: number): number {
  let rest = value;
  for (let k = 0; k < n; k += 30) {
    let word = rest % 2 ** 30;
    rest = (rest - word) / 2 ** 30;
    const end = Math.min(n, k + 30);
    for (let i = k; i < end; i++) {
      bits[at + i] = word & 1;
      word >>>= 1;
    }
  }
  return at + n;
}

export const bindFloor = elementwise({ kind: 'floor' });
