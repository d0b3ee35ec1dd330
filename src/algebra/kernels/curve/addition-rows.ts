/**
 * Additions and doublings of whole rows of affine points, one inversion for a row: as addition-batch.ts, but the points lie one
 * after another, and nobody has looked at them before. Neither formula holds where the denominator of a slope is 0; then nothing is
 * changed, and the caller does the row otherwise. No point may be infinity.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, indexed, offset, type Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, type Local } from '../assembly/code.ts';
import { SLOT_BYTES } from '../field/limbs.ts';
import { isZero } from '../field/packed-field.ts';
import { BATCH_BYTES, type DoublingField } from './addition-batch.ts';

const POINT = 2 * FIELD_BYTES;

/** Two points of a row: the addresses of their coordinates that begin `at` bytes behind their start. */
type Two = (at?: number) => readonly [I32, I32];

/** A way along a row of n points, two by two, an odd last one with itself. */
export interface RowPairs {
  /** How many pairs. */
  readonly count: Local<'i32'>;
  readonly start: Code;
  /** Where the row's pointers stand: its pair. */
  readonly look: Code;
  readonly two: (point: Local<'i32'>) => Two;
}

/** `p`: pointer to the row. */
export function rowPairs(s: Scope, p: Local<'i32'>, n: I32): RowPairs {
  const [count, end, step] = s.locals('i32', 3) as [Local<'i32'>, Local<'i32'>, Local<'i32'>];
  return {
    count,
    start: [end.set(indexed(p.get, n, POINT)), count.set(i32.shrU(offset(n, 1), i32.const(1)))],
    look: step.set(i32.select(i32.const(0), i32.const(POINT), i32.eq(offset(p.get, POINT), end.get))),
    two:
      (point) =>
      (at = 0) => [offset(point.get, at), offset(i32.add(point.get, step.get), at)],
  };
}

/** Moves pointers to rows on, or back, by so many pairs. */
export function moved(rows: readonly Local<'i32'>[], pairs: number): Code {
  return rows.map((at) => at.set(offset(at.get, 2 * POINT * pairs)));
}

/** Leaves with 0 where the product of all denominators, a prefix, is 0 in one of its lanes. */
export function unlessZero(field: DoublingField, prefix: I32, a: I32, b: I32): Code {
  return [field.store(prefix, a, b), control.if(i32.or(isZero(a), isZero(b)), control.return(i32.const(0)))];
}

interface Formula {
  /** Writes the denominator of the slope. */
  readonly denominator: (p: Two, q: Two, out: I32) => Code;
  /** (chain times prefix) -> slope, in place. Loads the x of P to x1. */
  readonly slope: (p: Two, q: Two) => Code;
  /** Where the x of Q is then, and the y of P. */
  readonly otherX: I32;
  readonly y: (denominator: I32) => I32;
  readonly invert: (x: I32, out: I32) => Code;
}

/**
 * Adds `${g}_add_rows`(p, q, n, scratch), P += Q, and `${g}_double_rows`(p, n, scratch), P += P, for n > 0 points: 1, or 0 where
 * nothing was done.
 */
export function addAdditionRows(asm: Assembler, g: string, field: DoublingField): void {
  const [slope, x1, x2, y1, x3, y3, chain] = field.slots(7) as [I32, I32, I32, I32, I32, I32, I32];
  const [a, b] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];

  const rows = (s: Scope, p: Local<'i32'>, q: Local<'i32'>, n: I32, scratch: I32, formula: Formula): Code[] => {
    const denominator = s.local('i32');
    const prefix = offset(denominator.get, SLOT_BYTES);
    const nextPrefix = offset(denominator.get, SLOT_BYTES + BATCH_BYTES);
    const { count, start, look, two } = rowPairs(s, p, n);
    const [ps, qs] = [two(p), two(q)];
    const pointers = p === q ? [p] : [p, q];
    return [
      start,
      denominator.set(scratch),
      field.load(field.one, field.one, prefix),
      s.repeat(
        count.get,
        [[denominator, BATCH_BYTES]],
        look,
        formula.denominator(ps, qs, denominator.get),
        field.mul(prefix, denominator.get, nextPrefix),
        moved(pointers, 1),
      ),
      unlessZero(field, prefix, a, b),
      formula.invert(prefix, chain),
      s.repeat(
        count.get,
        [],
        moved(pointers, -1),
        denominator.set(offset(denominator.get, -BATCH_BYTES)),
        look,
        field.mul(chain, prefix, slope),
        field.mul(chain, denominator.get, chain),
        formula.slope(ps, qs),
        field.square(slope, x3),
        field.storeX(x3, x1, formula.otherX, ...ps()),
        field.load(...ps(), x3),
        field.sub(x1, x3, y3),
        field.mul(slope, y3, y3),
        field.storeY(y3, formula.y(denominator.get), ...ps(FIELD_BYTES)),
      ),
      control.return(i32.const(1)),
    ];
  };

  asm.defineResult(`${g}_add_rows`, 4, (s, p, q, n, scratch) =>
    rows(s, p, q, n.get, scratch.get, {
      denominator: (p, q, out) => [field.load(...p(), x1), field.load(...q(), x2), field.sub(x2, x1, out)],
      slope: (p, q) => [
        field.load(...p(FIELD_BYTES), y1),
        field.load(...q(FIELD_BYTES), y3),
        field.sub(y3, y1, y3),
        field.mul(slope, y3, slope),
        field.load(...p(), x1),
        field.load(...q(), x2),
      ],
      otherX: x2,
      y: () => y1,
      invert: field.invert,
    }),
  );
  // what stands in the scratch memory is y itself
  asm.defineResult(`${g}_double_rows`, 3, (s, p, n, scratch) =>
    rows(s, p, p, n.get, scratch.get, {
      denominator: (p, _, out) => field.load(...p(FIELD_BYTES), out),
      slope: (p) => [field.load(...p(), x1), field.square(x1, x3), field.mul(slope, x3, slope)],
      otherX: x1,
      y: (denominator) => denominator,
      invert: field.invertDoubling,
    }),
  );
}
