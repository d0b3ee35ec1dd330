/**
 * Fills Aux (layout.ts): the digits of all scalars, and the chain of 66,215 additions and 252 doublings from H0 to C + 8^84 H0.
 *
 * The chain is one, but its rows can be walked side by side: where each begins follows from the sums of the rows before it. So
 * one inversion serves the additions of all rows at one generator, and the engine does them on vectors of 85.
 *
 * Additions are incomplete, and no case is told apart. The chain starts at H0, the next point of the generators' own
 * hash-to-curve sequence, which no commitment uses: the accumulator is always 8^kappa H0 + (a combination of the G_i that the prover
 * knows), while the point added is a multiple of one G_i. Were they equal or opposite, the prover would know a linear
 * relation between H0 and the generators, that is solve discrete logarithms. So each sum is the true one.
 */
import { add, double, mul } from '../../algebra/curve.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { grumpkinGenerators } from '../../algebra/grumpkin-generators.ts';
import { type Affine, GRUMPKIN_PARAMS } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import type { Interruptible } from '../../turns.ts';
import { slice, zeros } from '../spartan/blocks.ts';
import { DIGIT_SIZES, DIGITS, oddRepresentative, signedDigits } from './digits.ts';
import { type AuxiliaryLayout, auxiliaryLayout, blindingAt, type Column, DOUBLINGS, rowOf } from './layout.ts';
import { type DigitTables, digitTables } from './tables.ts';

const F = field(GRUMPKIN_PARAMS.base);

/** Where the chain starts: a point of which nobody knows a relation to the first n generators. */
export function startingPoint(n: number): Affine {
  return grumpkinGenerators(n + 1)[n]!;
}

/** 8^84 H0: what the chain ends in beside the commitment. */
export function startAtEnd(n: number): Affine {
  return mul(GRUMPKIN_PARAMS, startingPoint(n), 8n ** BigInt(DIGITS - 1))!;
}

/** The slope of the tangent at p. */
export function tangent({ x, y }: Affine): bigint {
  return F.mul(3n * F.mul(x, x), F.inv(F.add(y, y)));
}

/**
 * Aux for these scalars, in [0, q), with its blinding entry.
 * Throws E_BUG when an addition is exceptional; none is but with negligible probability.
 */
export function* buildAuxiliary(
  engine: Engine,
  generators: readonly Affine[],
  scalars: readonly bigint[],
  blinding: bigint,
): Interruptible<Vec> {
  const { fr } = engine;
  invariant(scalars.length === generators.length, 'a scalar for each generator');
  const layout = auxiliaryLayout(generators.length);
  const byScalar = scalars.map((w) => signedDigits(oddRepresentative(w)));
  const digits = Array.from({ length: DIGITS }, (_, kappa) => byScalar.map((own) => Number(own[DIGITS - 1 - kappa]!)));
  const out = zeros(2 ** layout.log);
  const row = (column: Column, kappa: number): Vec => {
    const at = rowOf(column, kappa) * 2 ** layout.rowLog;
    return slice(out, at, at + 2 ** layout.rowLog);
  };
  for (const [kappa, own] of digits.entries()) row('value', kappa).set(fr.fromSmall(Float64Array.from(own)));
  out.set(fr.encode([blinding]), blindingAt(layout) * FIELD_BYTES);

  yield;
  const { starts, ends } = rowEnds(engine, generators, digits);
  for (const [kappa, end] of ends.entries()) writeEnd(engine, layout, row, kappa, end);
  yield;
  const last = yield* additions(engine, digitTables(generators), digits, starts, row);
  invariant(
    last.join() === ends.flatMap(({ x, y }) => [x, y]).join(),
    'an addition of the CycleFold chain is exceptional',
  );
  return out;
}

/** Where each row begins and where its additions end. */
function rowEnds(
  { grumpkin }: Engine,
  generators: readonly Affine[],
  digits: readonly (readonly number[])[],
): { readonly starts: readonly Affine[]; readonly ends: readonly Affine[] } {
  const key = grumpkin.encodePoints(generators);
  let start: Affine = startingPoint(generators.length);
  const starts: Affine[] = [];
  const ends: Affine[] = [];
  for (const own of digits) {
    const sum = grumpkin.msm(key, { kind: 'small', values: Float64Array.from(own) });
    const end = add(GRUMPKIN_PARAMS, start, sum)!;
    starts.push(start);
    ends.push(end);
    start = eightfold(end);
  }
  return { starts, ends };
}

function eightfold(p: Affine): Affine {
  let point: Affine = p;
  for (let k = 0; k < DOUBLINGS; k++) point = double(GRUMPKIN_PARAMS, point)!;
  return point;
}

/** The doublings after a row's additions; of the last row the end of the chain. */
function writeEnd(
  { fr }: Engine,
  { scalars }: AuxiliaryLayout,
  row: (column: Column, kappa: number) => Vec,
  kappa: number,
  end: Affine,
): void {
  let point = end;
  for (let k = 0; k < (kappa < DIGITS - 1 ? DOUBLINGS : 1); k++) {
    const at = (scalars + k) * FIELD_BYTES;
    row('value', kappa).set(fr.encode([point.y]), at);
    row('x', kappa).set(fr.encode([point.x]), at);
    if (kappa < DIGITS - 1) row('slope', kappa).set(fr.encode([tangent(point)]), at);
    point = double(GRUMPKIN_PARAMS, point)!;
  }
}

/** x and slope of every addition; returns x and y behind the last one, row after row. */
function* additions(
  { fr }: Engine,
  { multiples }: DigitTables,
  digits: readonly (readonly number[])[],
  starts: readonly Affine[],
  row: (column: Column, kappa: number) => Vec,
): Interruptible<bigint[]> {
  // of every generator x of G, 3G, 5G, 7G, then y, then -y
  const coordinates = multiples[0]!.flatMap((_, i) => {
    const points = multiples.map((list) => list[i]!);
    return [...points.map((p) => p.x), ...points.map((p) => p.y), ...points.map((p) => F.neg(p.y))];
  });
  const table = fr.encode(coordinates);
  const sizes = DIGIT_SIZES.length;
  const [xs, slopes] = [digits.map((_, kappa) => row('x', kappa)), digits.map((_, kappa) => row('slope', kappa))];
  let [x, y] = [fr.encode(starts.map((p) => p.x)), fr.encode(starts.map((p) => p.y))];
  for (const i of multiples[0]!.keys()) {
    const [px, py] = [zeros(DIGITS), zeros(DIGITS)];
    for (const [kappa, own] of digits.entries()) {
      const d = own[i]!;
      const size = 3 * sizes * i + (Math.abs(d) - 1) / 2;
      px.set(slice(table, size, size + 1), kappa * FIELD_BYTES);
      const at = size + (d < 0 ? 2 : 1) * sizes;
      py.set(slice(table, at, at + 1), kappa * FIELD_BYTES);
    }
    const slope = fr.mul(fr.sub(py, y), fr.inverse(fr.sub(px, x)));
    for (const kappa of digits.keys()) {
      xs[kappa]!.set(slice(x, kappa, kappa + 1), i * FIELD_BYTES);
      slopes[kappa]!.set(slice(slope, kappa, kappa + 1), i * FIELD_BYTES);
    }
    const next = fr.sub(fr.mul(slope, slope), fr.add(x, px));
    y = fr.sub(fr.mul(slope, fr.sub(x, next)), y);
    x = next;
    if (i % 64 === 0) yield;
  }
  const [lastX, lastY] = [fr.decode(x), fr.decode(y)];
  return lastX.flatMap((v, kappa) => [v, lastY[kappa]!]);
}
