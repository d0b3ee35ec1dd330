/**
 * The rounds acc <- (acc + Q) + acc of a scalar multiplication with all that a circuit's witness needs of them: the slopes of
 * both additions and the x-coordinates of both sums (src/circuit/gadgets/ladder.ts).
 *
 * The first sweep runs in Jacobian coordinates (x = X / Z^2, y = Y / Z^3). Adding the affine Q gives R = acc + Q, and acc itself
 * with the Z of R, so that R + acc is an addition with a common Z. Both slopes are quotients of what this makes anyway, with the
 * Z of the sum as the denominator; one inversion serves all. The second sweep makes slopes and coordinates.
 */
import { FIELD_BYTES, POINT_BYTES } from '../../engine.ts';
import { type Assembler, type Kernel, offset } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32 } from '../assembly/code.ts';
import { isZero, type PackedField } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';

const Y = FIELD_BYTES;
/** Bytes of a round's result: l1, l2, xR, x. */
export const ROUND_BYTES = 4 * FIELD_BYTES;

/** Adds `${g}_ladder`. */
export function addLadder(
  asm: Assembler,
  g: string,
  pairs: PairField,
  packed: PackedField,
  batchInverse: Kernel,
): void {
  const { load, mul, square, add, sub } = pairs;
  const [x, y, z, h, rise, hh, hhh, bx, by, t, rx, d] = pairs.slots(12);
  const [e, ee, dd, qx, qy] = pairs.slots(5);
  const element = () => i32.const(asm.reserve(FIELD_BYTES));
  const [spare, square1, square2] = [element(), element(), element()];
  const stored = (slot: I32, at: I32): Code => pairs.storeWide(slot, at, spare);

  /*
   * Ranges in units of p: x, y < 6 and z < 2 before and after; every product of what stands here is < 1.4 (factors < 8),
   * subtrahends must be < 2. h and rise have the opposite sign of the usual formulas, hence Y and Z too: the same point.
   */
  const added: Code = [
    square(z, t),
    mul(t, z, hh), // z^3
    mul(qx, t, t),
    sub(x, t, h), // X - x z^2 < 8
    mul(qy, hh, t),
    sub(y, t, rise), // Y - y z^3 < 8
    mul(z, h, z),
    square(h, hh),
    mul(h, hh, hhh),
    mul(x, hh, bx),
    mul(y, hhh, by),
    square(rise, t),
    add(t, hhh, rx),
    sub(rx, bx, rx),
    sub(rx, bx, rx), // X of R: rise^2 + h^3 - 2 X h^2 < 7
    add(bx, bx, d),
    add(d, bx, d),
    sub(d, t, d),
    sub(d, hhh, d), // X h^2 minus that, < 8
  ];
  const doubled: Code = [
    mul(rise, d, t),
    add(by, by, e),
    sub(e, t, e), // 2 Y h^3 - rise d < 5: of acc minus of R
    square(d, dd),
    mul(bx, dd, bx),
    mul(rx, dd, rx),
    square(e, ee),
    sub(ee, bx, x),
    sub(x, rx, x), // e^2 - (X h^2 + X of R) d^2 < 6
    add(bx, bx, t),
    add(t, rx, t),
    sub(t, ee, t), // X h^2 d^2 - x < 6
    mul(e, t, y),
    mul(d, dd, dd),
    mul(dd, by, dd),
    sub(y, dd, y), // < 4
    mul(z, d, z),
  ];

  // (start, points, n, zs, rises, out): n > 0 rounds from the affine start; zs and rises are room for 2 n elements, and the batch
  // inversion takes its own behind the heap pointer. 0 when an addition was exceptional: Z is zero from there on.
  asm.defineResult(`${g}_ladder`, 6, (s, start, points, n, zs, rises, out) => {
    const [point, denominator, numerator, before] = s.locals('i32', 4);
    return [
      load(start.get, start.get, x),
      load(offset(start.get, Y), offset(start.get, Y), y),
      load(pairs.one, pairs.one, z),
      point.set(points.get),
      denominator.set(zs.get),
      numerator.set(rises.get),
      s.repeat(
        n.get,
        [
          [point, POINT_BYTES],
          [denominator, 2 * FIELD_BYTES],
          [numerator, 2 * FIELD_BYTES],
        ],
        load(point.get, point.get, qx),
        load(offset(point.get, Y), offset(point.get, Y), qy),
        added,
        stored(rise, numerator.get),
        stored(z, denominator.get),
        doubled,
        stored(e, offset(numerator.get, FIELD_BYTES)),
        stored(z, offset(denominator.get, FIELD_BYTES)),
      ),
      control.if(isZero(offset(denominator.get, -FIELD_BYTES)), control.return(i32.const(0))),
      batchInverse(zs.get, i32.shl(n.get, i32.const(1))),
      before.set(start.get),
      s.repeat(
        n.get,
        [
          [points, POINT_BYTES],
          [zs, 2 * FIELD_BYTES],
          [rises, 2 * FIELD_BYTES],
          [out, ROUND_BYTES],
        ],
        load(zs.get, offset(zs.get, FIELD_BYTES), x),
        load(rises.get, offset(rises.get, FIELD_BYTES), y),
        mul(x, y, x),
        pairs.store(x, out.get, offset(out.get, FIELD_BYTES)),
        square(x, x),
        pairs.store(x, square1, square2),
        packed.sub(square1, before.get, square1),
        packed.sub(square1, points.get, offset(out.get, 2 * FIELD_BYTES)),
        packed.sub(square2, before.get, square2),
        packed.sub(square2, offset(out.get, 2 * FIELD_BYTES), offset(out.get, 3 * FIELD_BYTES)),
        before.set(offset(out.get, 3 * FIELD_BYTES)),
      ),
      control.return(i32.const(1)),
    ];
  });
}
