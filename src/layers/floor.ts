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

/** acc from its a + 1 + s bits in two's complement, no row: the s bits of rem, the a low bits of y, its sign. */
export function droppedBits(
  shape: ShapeBuilder,
  bits: readonly LinearForm[],
  activationBits: number,
  shift: number,
): DroppedBits {
  const number = (from: number, to: number): LinearForm =>
    shape.sum(bits.slice(from, to).map((b, k) => [1n << BigInt(k), b] as const));
  const top = activationBits + shift;
  const sign = bits[top]!;
  const signed = (lower: LinearForm, n: number): LinearForm =>
    shape.sum([
      [1n, lower],
      [-(1n << BigInt(n)), sign],
    ]);
  const low = number(shift, top);
  return { low, sign, y: signed(low, activationBits), acc: signed(number(0, top), top) };
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
