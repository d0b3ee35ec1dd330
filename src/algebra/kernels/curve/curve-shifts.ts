/**
 * Kernels that make stored multiples 2^k P of many points: k doublings in Jacobian coordinates (x = X / Z^2, y = Y / Z^3) on
 * y^2 = x^3 + b, two points at a time, and then affine points again with one inversion for all of them. Infinity has Z = 0,
 * and since the inverse of 0 is 0, it comes out as (0, 0). No point has order 2 on a curve of odd order.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, type Kernel, offset } from '../assembly/assembler.ts';
import type { Code } from '../assembly/code.ts';
import type { PairField } from '../field/pair-field.ts';
import { pairwise } from '../sweeps/vectors.ts';

const Y = FIELD_BYTES;

/** Adds `${g}_shift` and `${g}_normalize`. */
export function addCurveShifts(asm: Assembler, g: string, pairs: PairField, batchInverse: Kernel): void {
  const { load, mul, square, add, sub, store, storeWide, mulStore } = pairs;
  const [x, y, z, t, fourB, eightC, e, d] = pairs.slots(8);

  /*
   * With B = y^2, D = 4 x B, E = 3 x^2: X = E^2 - 2 D, Y = E (D - X) - 8 B^2, Z = 2 y z. Ranges in units of p: x < 6,
   * y < 4, z < 2 before and after; every product is < 1.4, subtrahends must be < 2.
   */
  const doubled: Code = [
    square(y, t),
    add(t, t, t),
    add(t, t, fourB), // 4 B < 5
    mul(fourB, t, eightC), // 8 B^2
    mul(x, fourB, d),
    square(x, e),
    add(e, e, t),
    add(e, t, e), // E < 4
    add(y, y, y),
    mul(y, z, z),
    square(e, x),
    add(d, d, t),
    add(t, d, t),
    sub(t, x, t), // 3 D - E^2 = D - X < 6
    sub(x, d, x),
    sub(x, d, x), // X < 6
    mul(e, t, y),
    sub(y, eightC, y), // Y < 4
  ];

  // (points, out, z, n, times): X and Y of 2^times points[i] to out[i], Z to z[i].
  asm.define(`${g}_shift`, 5, (s, points, out, zs, n, times) => [
    pairwise(
      s,
      n,
      [zs],
      (next, nextPoint) => [
        load(points.get, nextPoint(points), x),
        load(offset(points.get, Y), offset(nextPoint(points), Y), y),
        load(pairs.one, pairs.one, z),
        s.repeat(times.get, [], doubled),
        storeWide(x, out.get, nextPoint(out)),
        storeWide(y, offset(out.get, Y), offset(nextPoint(out), Y)),
        store(z, zs.get, next(zs)),
      ],
      [points, out],
    ),
  ]);

  // (points, z, n): X and Y of points[i] become affine, given Z, which is lost. Takes free memory as the batch inversion does.
  asm.define(`${g}_normalize`, 3, (s, points, zs, n) => [
    batchInverse(zs.get, n.get),
    pairwise(
      s,
      n,
      [zs],
      (next, nextPoint) => [
        load(zs.get, next(zs), z),
        square(z, t),
        load(points.get, nextPoint(points), x),
        load(offset(points.get, Y), offset(nextPoint(points), Y), y),
        mulStore(x, t, points.get, nextPoint(points)),
        mul(t, z, t),
        mulStore(y, t, offset(points.get, Y), offset(nextPoint(points), Y)),
      ],
      [points],
    ),
  ]);
}
