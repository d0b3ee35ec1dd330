/**
 * Chains in Aux that a malicious prover may write, by plain formulas: any digits, any start, positions skipped, slopes of other
 * additions, tables of other generators. Everything after a lie follows from it.
 */
import { field } from '../../../src/algebra/field.ts';
import type { Affine } from '../../../src/algebra/params.ts';
import { R } from '../../../src/algebra/params.ts';
import { startAtEnd, startingPoint, tangent } from '../../../src/wrap/auxiliary/chain.ts';
import { DIGITS, oddRepresentative, signedDigits } from '../../../src/wrap/auxiliary/digits.ts';
import { auxiliaryLayout, blindingAt, type Column, rowOf } from '../../../src/wrap/auxiliary/layout.ts';
import { digitTables } from '../../../src/wrap/auxiliary/tables.ts';

const F = field(R);

export interface ChainLie {
  readonly digits: readonly (readonly bigint[])[];
  readonly generators: readonly Affine[];
  readonly start?: Affine;
  /** Positions (kappa, i) that leave the accumulator as it is. */
  readonly skip?: (kappa: number, i: number) => boolean;
  /** Another slope than the one of the position's addition or doubling. */
  readonly slope?: (kappa: number, i: number, honest: bigint) => bigint;
}

/** Digits by row and scalar. */
export function digitsOf(scalars: readonly bigint[]): bigint[][] {
  return digitRows(scalars.map(oddRepresentative));
}

/** The same of odd integers below 2^255. */
export function digitRows(integers: readonly bigint[]): bigint[][] {
  const byScalar = integers.map(signedDigits);
  return Array.from({ length: DIGITS }, (_, kappa) => byScalar.map((own) => own[DIGITS - 1 - kappa]!));
}

/** Entries of Aux, and the commitment for which this chain ends where it should. */
export function chainOf({ digits, generators, start, skip, slope }: ChainLie): { entries: bigint[]; c: Affine } {
  const n = generators.length;
  const layout = auxiliaryLayout(n);
  const tables = digitTables(generators);
  const entries = new Array<bigint>(2 ** layout.log).fill(0n);
  entries[blindingAt(layout)] = 4711n;
  const put = (column: Column, kappa: number, i: number, value: bigint): void => {
    entries[rowOf(column, kappa) * 2 ** layout.rowLog + i] = F.create(value);
  };
  let acc = start ?? startingPoint(n);
  const step = (kappa: number, i: number, other: { x: bigint }, honest: bigint): void => {
    const s = F.create(slope?.(kappa, i, honest) ?? honest);
    put('x', kappa, i, acc.x);
    put('slope', kappa, i, s);
    if (skip?.(kappa, i)) return;
    const x = F.create(s * s - acc.x - other.x);
    acc = { x, y: F.create(s * (acc.x - x) - acc.y) };
  };
  for (let kappa = 0; kappa < DIGITS; kappa++) {
    for (let i = 0; i < n; i++) {
      const d = digits[kappa]![i]!;
      const at = (lists: readonly (readonly bigint[])[]): bigint =>
        F.create(lists.reduceRight((sum, list) => F.create(sum * d * d + list[i]!), 0n));
      const point = { x: at(tables.x), y: F.create(d * at(tables.y)) };
      put('value', kappa, i, d);
      step(kappa, i, point, F.mul(F.sub(point.y, acc.y), F.inv(F.sub(point.x, acc.x))));
    }
    for (let k = 0; k < (kappa < DIGITS - 1 ? 3 : 1); k++) {
      put('value', kappa, n + k, acc.y);
      if (kappa < DIGITS - 1) step(kappa, n + k, acc, tangent(acc));
      else put('x', kappa, n, acc.x);
    }
  }
  return { entries, c: chord(acc, startAtEnd(n)) };
}

/** The third point of the line through e and -h, mirrored: e - h, on the curve or not. */
function chord(e: Affine, h: Affine): Affine {
  const s = F.mul(F.create(-h.y - e.y), F.inv(F.sub(h.x, e.x)));
  const x = F.create(s * s - h.x - e.x);
  return { x, y: F.create(s * (e.x - x) - e.y) };
}
