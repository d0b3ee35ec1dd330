/**
 * Kernels on single points of one curve y^2 = x^3 + b: the endomorphism, the curve equation, and Horner's rule on points
 * in homogeneous coordinates with the complete formulas of Renes, Costello and Batina (EUROCRYPT 2016, algorithms 8 and
 * 9, a = 0): no case is exceptional on a curve of odd order.
 */

import { FIELD_BYTES, POINT_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import type { CurveParams } from '../../params.ts';
import { type Assembler, type Kernel, offset } from '../assembly/assembler.ts';
import { type Code, control, i32 } from '../assembly/code.ts';
import { MONTGOMERY_BITS } from '../field/limbs.ts';
import { copy, isZero } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';
import { pairwise } from '../sweeps/vectors.ts';

const Y = FIELD_BYTES;

/** Adds `${g}_endomorphism`, `${g}_on_curve` and `${g}_horner`. */
export function addCurvePoints(
  asm: Assembler,
  g: string,
  pairs: PairField,
  inverse: Kernel,
  { base, b }: CurveParams,
  beta: bigint,
): void {
  const F = field(base);
  const montgomery = (value: bigint) => i32.const(asm.constant(F.toBytes(F.create(value << BigInt(MONTGOMERY_BITS)))));
  const { load, mul, square, add, sub } = pairs;
  const [x, y, z, t0, t1, t2, t3, t4, u, factor] = pairs.slots(10);
  const [betaAt, bAt, b3At] = [montgomery(beta), montgomery(b), montgomery(3n * b)];
  const [scratch, zero] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];

  // (points, out, n): (beta x, y)
  asm.define(`${g}_endomorphism`, 3, (s, points, out, n) => [
    load(betaAt, betaAt, factor),
    pairwise(
      s,
      n,
      [],
      (_, next) => [
        load(points.get, next(points), x),
        pairs.mulStore(x, factor, out.get, next(out)),
        copy(offset(points.get, Y), offset(out.get, Y)),
        copy(offset(next(points), Y), offset(next(out), Y)),
      ],
      [points, out],
    ),
  ]);

  // 1 when all n points are on the curve or infinity: y^2 - x^3 - b < 5.1 p, made small by a multiplication with 1.
  asm.defineResult(`${g}_on_curve`, 2, (s, points, n) => [
    load(bAt, bAt, factor),
    load(pairs.one, pairs.one, u),
    s.repeat(
      n.get,
      [[points, POINT_BYTES]],
      load(points.get, points.get, x),
      load(offset(points.get, Y), offset(points.get, Y), y),
      square(y, y),
      square(x, t0),
      mul(t0, x, t0),
      sub(y, t0, y),
      sub(y, factor, y),
      mul(y, u, y),
      pairs.store(y, scratch, scratch),
      control.if(i32.eqz(i32.or(isZero(scratch), isZero(points.get, POINT_BYTES))), control.return(i32.const(0))),
    ),
    control.return(i32.const(1)),
  ]);

  /*
   * Ranges in units of p (every product is < 1.4, its factors are < 10 and < 6): after `doubled` x, y < 3, z < 2; after
   * `added` x < 4, y, z < 3. Subtrahends are products, hence < 2.
   */
  const doubled: Code = [
    square(y, t0),
    add(t0, t0, u),
    add(u, u, u),
    add(u, u, u), // 8 y^2 < 9
    mul(y, z, t1),
    square(z, t2),
    mul(t2, factor, t2), // 3 b z^2
    mul(x, y, t4),
    mul(t2, u, x),
    add(t0, t2, y),
    mul(t1, u, z),
    sub(t0, t2, t0),
    sub(t0, t2, t0),
    sub(t0, t2, t0), // y^2 - 9 b z^2 < 8
    mul(t0, y, y),
    add(x, y, y),
    mul(t0, t4, x),
    add(x, x, x),
  ];
  const [x2, y2] = [pairs.slot(), pairs.slot()];
  const added: Code = [
    mul(x, x2, t0),
    mul(y, y2, t1),
    add(x2, y2, t3),
    add(x, y, t4), // < 6 here: x, y < 3
    mul(t3, t4, t3),
    sub(t3, t0, t3),
    sub(t3, t1, t3), // x y2 + x2 y < 6
    mul(y2, z, t4),
    add(t4, y, t4),
    mul(x2, z, y),
    add(y, x, y), // < 5
    add(t0, t0, x),
    add(x, t0, t0), // 3 x x2 < 5
    mul(factor, z, t2),
    add(t1, t2, z),
    sub(t1, t2, t1),
    mul(factor, y, y),
    mul(t4, y, x),
    mul(t3, t1, t2),
    sub(t2, x, x),
    mul(y, t0, y),
    mul(t1, z, t1),
    add(t1, y, y),
    mul(t0, t3, t0),
    mul(z, t4, z),
    add(z, t0, z),
  ];

  // (points, n, out): sum of 2^i points[i] as one affine point.
  asm.define(`${g}_horner`, 3, (s, points, n, out) => {
    const at = s.local('i32');
    return [
      load(b3At, b3At, factor),
      // (0 : 1 : 0) is infinity.
      load(zero, zero, x),
      load(pairs.one, pairs.one, y),
      load(zero, zero, z),
      at.set(i32.add(points.get, i32.shl(n.get, i32.const(6)))),
      s.repeat(
        n.get,
        [],
        at.set(offset(at.get, -POINT_BYTES)),
        doubled,
        control.if(i32.eqz(isZero(at.get, POINT_BYTES)), [
          load(at.get, at.get, x2),
          load(offset(at.get, Y), offset(at.get, Y), y2),
          added,
        ]),
      ),
      // The inverse of 0 is 0: infinity comes out as (0, 0).
      inverse(z, z),
      mul(x, z, x),
      mul(y, z, y),
      pairs.store(x, out.get, out.get),
      pairs.store(y, offset(out.get, Y), offset(out.get, Y)),
    ];
  });
}
