/**
 * The field multiplications of one step, counted from the algorithms that stand: windows and tables as the kernels choose
 * them, products, terms and permutations as the compiled circuit has them. Squarings count as multiplications;
 * additions, copies and everything that the transcript and the integer layers do are left out. A lower bound.
 */

import { HALF_BITS } from '../src/algebra/kernels/curve/glv.ts';
import { GROUP } from '../src/algebra/module/bit-tables.ts';
import { storedWindowBits, windowBits, windowCount } from '../src/algebra/module/windows.ts';
import { R } from '../src/algebra/params.ts';
import { partialRounds } from '../src/algebra/poseidon/constants.ts';
import type { ConstraintMatrix } from '../src/circuit/compile.ts';
import { ShapeBuilder } from '../src/circuit/shape.ts';
import { ofChainBlock } from '../src/folding/blocks.ts';
import { rowShape } from '../src/folding/layout.ts';
import { chunksOf, errorChunks } from '../src/folding/row-chunks.ts';
import { stepCircuit } from '../src/folding/step-circuit.ts';
import type { StepSystem } from '../src/folding/step-system.ts';

/** A batched affine addition: slope (an inversion is three), its square, and y. */
const ADDITION = 6;
/** An S-box's row, and its part of the weighted sums: powers by their common factors. */
const BOX = 4;
const BOX_SUMS = 12;
/** A round of a ladder with its share of the batch inversion. */
const LADDER_ROUND = 26;
const GRUMPKIN_ROUNDS = 2 * 128;
const CYCLEFOLD_ROUNDS = 2 * 64;

/** Scalars of the fresh witness that are summed up, by kind: of P, and of the trace where there is one. */
function scalarsOf({ matrix, step }: StepSystem): Readonly<Record<'full' | 'small' | 'bits', number>> {
  const { bits, fields, traceBits = 0, traceFields = 0 } = matrix.sizes;
  const small = ofChainBlock(step.sizes).small;
  // the item check stays as it was where no item ends, and only what changes is summed
  const unchanged = matrix.scopeSizes[matrix.scopes.indexOf('item')]!.fields;
  return { full: fields - small - unchanged, small: small + traceFields, bits: bits + traceBits };
}

const sumsOf = ({ full, small, bits }: ReturnType<typeof scalarsOf>): ReturnType<typeof scalarsOf> => ({
  full: fullSum(full),
  bits: ADDITION * (bits / GROUP) * (1 - 2 ** -GROUP),
  small: windowed(small, 16),
});

/** Multiplications that a scalar of each kind costs in its sum. */
export function sumCosts(system: StepSystem): ReturnType<typeof scalarsOf> {
  const scalars = scalarsOf(system);
  const sums = sumsOf(scalars);
  return { full: sums.full / scalars.full, small: sums.small / scalars.small, bits: sums.bits / scalars.bits };
}

/** Multiplications by part. */
export function stepOperations(system: StepSystem): Readonly<Record<string, number>> {
  const { matrix, layout, cycleFold } = system;
  const { bits, fields, rows, boxes, traceFields = 0 } = matrix.sizes;
  const sums = sumsOf(scalarsOf(system));
  const side = cycleFold.matrix.sizes;
  const chunks = chunksOf({ layout, shape: rowShape(layout, matrix) });
  const low = layout.rowLog - chunks.chunkLog;
  const chunk = 2 ** low;
  const errors = errorChunks(chunks).length;
  return {
    'msm.full': sums.full,
    'msm.bits': sums.bits,
    'msm.small': sums.small,
    // <eq, E> along a line: level k halves a chunk and has k coefficients, two multiplications each
    line: errors * Array.from({ length: low }, (_, k) => 2 * (k + 1) * (chunk / 2 ** (k + 1))).reduce((a, b) => a + b),
    // beside the rows the table of eq for a chunk, and the inner product with T
    cross: crossOf(matrix) + BOX_SUMS * boxes + chunk + chunks.live.quadratic.length * chunk,
    update: fields + traceFields + matrix.sizes.forms + bits + rows + BOX * boxes,
    forms: formsOf(matrix),
    poseidon: permutationsOf(system).reduce((sum, t) => sum + poseidonOf(t), 0),
    cycleFold:
      2 * (fullSum(side.fields) + fullSum(side.rows + 1) + crossOf(cycleFold.matrix) + formsOf(cycleFold.matrix)),
    ladders: LADDER_ROUND * (GRUMPKIN_ROUNDS + CYCLEFOLD_ROUNDS),
  };
}

/** The keys' multiples are stored: one set of buckets. */
function fullSum(n: number): number {
  const c = storedWindowBits(HALF_BITS, 2 * n);
  return ADDITION * (windowCount(HALF_BITS, c) * 2 * n * (1 - 2 ** -c) + 2 ** (c - 1));
}

/** Digits are zero once in 2^c; a bucket's first point is free, but joining takes two additions. */
function windowed(n: number, bits: number): number {
  const c = windowBits(bits, n);
  return ADDITION * windowCount(bits, c) * (n * (1 - 2 ** -c) + 2 ** (c - 1));
}

/** A bit of the fresh witness needs no multiplication, and neither does a coefficient 1 or -1 (indices 0 and 1). */
function crossOf(matrix: ConstraintMatrix): number {
  return productCosts(matrix).reduce((sum, cost) => sum + cost, 0);
}

/** By product. */
export function productCosts({ matrix, offsets }: ConstraintMatrix): Uint8Array {
  const free = (operand: number): boolean =>
    operand === 0 ||
    (operand >= offsets.bits && operand < offsets.fields) ||
    (operand >= offsets.traceBits && operand < offsets.traceFields);
  return Uint8Array.from(matrix.prodA, (a, k) => {
    const scaled = matrix.prodCoef[k]! > 1 ? 1 : 0;
    return [a, matrix.prodB[k]!].reduce((cost, fresh) => cost + (free(fresh) ? 0 : 1 + scaled), 0);
  });
}

function formsOf({ matrix, offsets }: ConstraintMatrix): number {
  let count = 0;
  for (let k = 0; k < matrix.formVar.length; k++) {
    const variable = matrix.formVar[k]!;
    const bit = variable === 0 || (variable >= offsets.bits && variable < offsets.fields);
    if (!bit && matrix.formCoef[k]! > 1) count++;
  }
  return count;
}

/** Widths of all the permutations of a step, its layers included. */
function permutationsOf({ step, defaults }: StepSystem): number[] {
  const widths: number[] = [];
  const shape = new (class extends ShapeBuilder {
    override permute(state: Parameters<ShapeBuilder['permute']>[0]) {
      widths.push(state.length);
      return super.permute(state);
    }
  })(R);
  stepCircuit(shape, step.build(shape), { defaults, state: step.state }, () => {
    throw new Error('a shape has no advice');
  });
  return widths;
}

/** Eight full rounds, the partial ones with sparse matrices; three multiplications an S-box. */
const poseidonOf = (t: number): number => 8 * (3 * t + t * t) + partialRounds(t) * (3 + 2 * t);
