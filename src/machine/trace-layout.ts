/**
 * The trace block T of a step: what of the machine's witness depends on no challenge, and in which order it stands.
 *
 * Small integers, in this order:
 *   multiplicities [A]                     of the write slots
 *   io             [io][16]                the vectors that are absorbed: output reads, and what the input slots write
 *   reveal         [16]
 *   group after group:
 *     reads        [reads][16]             bank, Y, Z and computed weights, as their addresses stand in the model
 *     entries      [lookups][2][16]        for each index vector the values that it looks up, then the slopes
 *     acc          [rows][16]              sums of the shared unit
 *     relu         [rows][16]
 *     out          [rows][16]              what the lane vectors write
 *
 * Bits, lowest first, in this order:
 *   io             [io][16][VALUE_BITS]    of x + 2^(VALUE_BITS - 1)
 *   reveal         [VALUE_BITS]            of lane 0
 *   group after group:
 *     back         [reads + lookups 16][BACK_BITS]  of groupStart + j A - 1 - address, of the reads and then of the look-ups
 *     lanes        [rows][16][SUM_BITS]    of accumulator + 2^(SUM_BITS - 1): rem has the low SHIFT ones, y + 2^(VALUE_BITS - 1) the others
 */
import { BACK_BITS, groupReads, type MachineShape, SHIFT, slotsPerStep, VALUE_BITS, VECTOR } from './shape.ts';

/** Bits of an accumulator. */
export const SUM_BITS = SHIFT + VALUE_BITS;

/** Where the parts of a group begin: among the small integers, and among the bits. */
export interface GroupTrace {
  readonly reads: number;
  readonly entries: number;
  readonly acc: number;
  readonly relu: number;
  readonly out: number;
  readonly backBits: number;
  readonly laneBits: number;
}

export interface TraceLayout {
  readonly multiplicities: number;
  readonly io: number;
  readonly reveal: number;
  readonly ioBits: number;
  readonly revealBits: number;
  readonly groups: readonly GroupTrace[];
  /** Small integers of a step. */
  readonly small: number;
  /** Bits of a step. */
  readonly bits: number;
}

export function traceLayout(shape: MachineShape): TraceLayout {
  const { rows, lookups } = shape;
  let small = 0;
  let bits = 0;
  const take = (n: number): number => {
    small += n;
    return small - n;
  };
  const takeBits = (n: number): number => {
    bits += n;
    return bits - n;
  };
  const head = {
    multiplicities: take(slotsPerStep(shape)),
    io: take(shape.io * VECTOR),
    reveal: take(VECTOR),
    ioBits: takeBits(shape.io * VECTOR * VALUE_BITS),
    revealBits: takeBits(VALUE_BITS),
  };
  const groups = Array.from({ length: shape.groups }, (_, g): GroupTrace => {
    const reads = groupReads(shape, g);
    return {
      reads: take(reads * VECTOR),
      entries: take(lookups * 2 * VECTOR),
      acc: take(rows * VECTOR),
      relu: take(rows * VECTOR),
      out: take(rows * VECTOR),
      backBits: takeBits((reads + lookups * VECTOR) * BACK_BITS),
      laneBits: takeBits(rows * VECTOR * SUM_BITS),
    };
  });
  return { ...head, groups, small, bits };
}
