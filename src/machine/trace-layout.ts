/**
 * The trace block T of a step: what of the machine's witness depends on no challenge, in arrays arranged by places.ts
 * (V rowVectors, G groups, R rows).
 *
 * Small integers:
 *   multiplicities of the write slots: of constants, of i/o vectors, [G][R] of lane vectors, [G][lookups][2] of values and slopes
 *   io             [io][16]                the vectors that are absorbed: output reads, and what the input slots write
 *   reveal         [16]
 *   bank, residual, computed, 16 each      what is read, as the addresses stand in the model
 *   entries        [G][lookups][2][16]     for each index vector the values that it looks up, then the slopes
 *   acc            [G][R][16]              weighted sums of the tiles
 *   relu           [G][R][16]
 *   out            [G][R][16]              what the lane vectors write
 *
 * Bits, the elements of their arrays, lowest first:
 *   io             VALUE_BITS              of x + 2^(VALUE_BITS - 1)
 *   reveal         VALUE_BITS              of lane 0
 *   back           BACK_BITS               of groupStart + j A - 1 - address, of each read and look-up
 *   lanes          SUM_BITS                of accumulator + 2^(SUM_BITS - 1): rem has the low SHIFT ones, y + 2^(VALUE_BITS - 1) the others
 */
import { Arrangement, type Place } from './places.ts';
import { BACK_BITS, type MachineShape, SHIFT, VALUE_BITS, VECTOR } from './shape.ts';

/** Bits of an accumulator. */
export const SUM_BITS = SHIFT + VALUE_BITS;

/** One array for each kind of read that a group makes. */
export interface OfReads {
  readonly bank: Place;
  readonly residual: Place;
  readonly computed: Place;
}

/** One array for each kind of write slot. */
export interface OfSlots {
  readonly constants: Place;
  readonly io: Place;
  readonly lanes: Place;
  readonly entries: Place;
}

export interface TraceLayout extends OfReads {
  readonly multiplicities: OfSlots;
  readonly io: Place;
  readonly reveal: Place;
  readonly entries: Place;
  readonly acc: Place;
  readonly relu: Place;
  readonly out: Place;
  readonly bitsOf: {
    readonly io: Place;
    readonly reveal: Place;
    readonly back: OfReads & { readonly lookups: Place };
    readonly lanes: Place;
  };
  /** Small integers of a step. */
  readonly small: number;
  /** Bits of a step. */
  readonly bits: number;
}

export function traceLayout(shape: MachineShape): TraceLayout {
  const { io, groups, rows, rowVectors, lookups, computed } = shape;
  const small = new Arrangement();
  const ofLanes = () => small.array(groups, rows, VECTOR);
  const places = {
    multiplicities: slotArrays(shape, small),
    io: small.whole(io, VECTOR),
    reveal: small.array(1, VECTOR),
    bank: small.array(rowVectors, groups, rows, VECTOR),
    residual: small.array(2, groups, rows, VECTOR),
    computed: small.array(rowVectors, computed, VECTOR, VECTOR),
    entries: small.array(groups, lookups, 2, VECTOR),
    acc: ofLanes(),
    relu: ofLanes(),
    out: ofLanes(),
  };
  const bits = new Arrangement();
  const bitsOf = {
    io: bits.elements(VALUE_BITS, io, VECTOR),
    reveal: bits.elements(VALUE_BITS, 1),
    back: {
      bank: bits.elements(BACK_BITS, rowVectors, groups, rows),
      residual: bits.elements(BACK_BITS, 2, groups, rows),
      computed: bits.elements(BACK_BITS, rowVectors, computed, VECTOR),
      lookups: bits.elements(BACK_BITS, groups, lookups, VECTOR),
    },
    lanes: bits.elements(SUM_BITS, groups, rows, VECTOR),
  };
  return { ...places, bitsOf, small: small.arrange(), bits: bits.arrange() };
}

/** An entry for each write slot. */
export function slotArrays({ constants, io, groups, rows, lookups }: MachineShape, to: Arrangement): OfSlots {
  return {
    constants: to.array(constants),
    io: to.array(io),
    lanes: to.array(groups, rows),
    entries: to.array(groups, lookups, 2),
  };
}
