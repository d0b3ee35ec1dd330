/**
 * Many additions of affine points with one inversion ("batched affine"): the slope of P + Q needs 1 / (xQ - xP), and Montgomery's
 * trick makes thousands of inverses from one. An addition is then 5 multiplications and a squaring. The formula is valid for
 * xP != xQ only (curve-sums.ts sees to that). The field's arithmetic is a parameter: `pairSteps` are those on pairs.
 */
import { FIELD_BYTES } from '../engine.ts';
import { type Assembler, indexed, type Kernel, offset } from './assembler.ts';
import { type Code, type I32, i32 } from './code.ts';
import { SLOT_BYTES } from './limbs.ts';

/** Bytes of one entry of a work list: the addresses of P and Q. */
export const ADDITION_BYTES = 8;
/** Scratch memory for every two additions of one batch, and as much once more, times the degree of the field. */
export const BATCH_BYTES = 2 * SLOT_BYTES;

/** Addresses of two additions P += Q. */
interface TwoAdditions {
  readonly p: readonly [I32, I32];
  readonly q: readonly [I32, I32];
}

/** Slots: `difference` xQ - xP of two additions, `prefix` the product of all differences before, times what `start` puts there. */
export interface AdditionSteps {
  /** Degree of the coordinates' field over the prime field. */
  readonly degree: number;
  start(prefix: I32): Code;
  forward(points: TwoAdditions, prefix: I32, difference: I32, nextPrefix: I32): Code;
  /** Inverts the product of all. */
  turn(prefix: I32): Code;
  /** In reverse order: makes the sums. */
  backward(points: TwoAdditions, prefix: I32, difference: I32): Code;
}

/** Adds `${g}_add_batch`(list, n, scratch): P += Q for n regular additions; two of them make a pair, an odd last one is paired with itself. */
export function addAdditionBatch(asm: Assembler, g: string, steps: AdditionSteps): void {
  const [SLOT, STEP] = [SLOT_BYTES * steps.degree, BATCH_BYTES * steps.degree];
  asm.define(`${g}_add_batch`, 3, (s, list, n, scratch) => {
    const [at, p1, q1, p2, q2, step, difference, count] = s.locals('i32', 8);
    const points = { p: [p1.get, p2.get], q: [q1.get, q2.get] } as const;
    // Slots of `scratch`, alternating.
    const prefix = offset(difference.get, SLOT);
    const nextPrefix = offset(difference.get, SLOT + STEP);
    const readAddresses: Code = [
      step.set(i32.select(i32.const(0), i32.const(ADDITION_BYTES), i32.eq(offset(at.get, ADDITION_BYTES), list.get))),
      p1.set(i32.load(at.get)),
      q1.set(i32.load(at.get, 4)),
      p2.set(i32.load(i32.add(at.get, step.get))),
      q2.set(i32.load(i32.add(at.get, step.get), 4)),
    ];
    return [
      count.set(i32.shrU(offset(n.get, 1), i32.const(1))),
      at.set(list.get),
      // From here on `list` is the end of the list, which shows an odd last addition.
      list.set(indexed(list.get, n.get, ADDITION_BYTES)),
      difference.set(scratch.get),
      steps.start(prefix),
      s.repeat(
        count.get,
        [
          [at, 2 * ADDITION_BYTES],
          [difference, STEP],
        ],
        readAddresses,
        steps.forward(points, prefix, difference.get, nextPrefix),
      ),
      steps.turn(prefix),
      s.repeat(
        count.get,
        [],
        at.set(offset(at.get, -2 * ADDITION_BYTES)),
        difference.set(offset(difference.get, -STEP)),
        readAddresses,
        steps.backward(points, prefix, difference.get),
      ),
    ];
  });
}

/** Arithmetic of the coordinates: a prime field (pair-field.ts) or Fq2 (quadratic-field.ts). */
export interface CoordinateField {
  /** Over the prime field: an element is so many packed ones, a slot so many pairs. */
  readonly degree: number;
  readonly one: I32;
  slots(count: number): I32[];
  /** The first factor is tight and below 2p. */
  readonly mul: Kernel;
  readonly square: Kernel;
  readonly subLoose: Kernel;
  readonly load: Kernel;
  readonly storeWide: Kernel;
}

export function pairSteps(pairs: CoordinateField, inverse: Kernel): AdditionSteps {
  const Y = FIELD_BYTES * pairs.degree;
  const [x1, x2, y1, slope, x3, y3, chain] = pairs.slots(7) as [I32, I32, I32, I32, I32, I32, I32];
  const load = ([a, b]: readonly [I32, I32], at: number, out: I32) => pairs.load(offset(a, at), offset(b, at), out);
  const store = (x: I32, [a, b]: readonly [I32, I32], at: number) => pairs.storeWide(x, offset(a, at), offset(b, at));
  return {
    degree: pairs.degree,
    start: (prefix) => pairs.load(pairs.one, pairs.one, prefix),
    forward: ({ p, q }, prefix, difference, nextPrefix) => [
      load(p, 0, x1),
      load(q, 0, x2),
      pairs.subLoose(x2, x1, difference),
      pairs.mul(prefix, difference, nextPrefix),
    ],
    turn: (prefix) => inverse(prefix, chain),
    backward: ({ p, q }, prefix, difference) => [
      pairs.mul(chain, prefix, slope),
      pairs.mul(chain, difference, chain),
      load(p, Y, y1),
      load(q, Y, y3),
      pairs.subLoose(y3, y1, y3),
      // slope = (yQ - yP) / (xQ - xP) < 1.1p; x3 = slope^2 - xP - xQ < 5.1p, y3 = slope (xP - x3) - yP < 3.1p
      pairs.mul(slope, y3, slope),
      pairs.square(slope, x3),
      load(p, 0, x1),
      load(q, 0, x2),
      pairs.subLoose(x3, x1, x3),
      pairs.subLoose(x3, x2, x3),
      store(x3, p, 0),
      load(p, 0, x3),
      pairs.subLoose(x1, x3, y3),
      pairs.mul(slope, y3, y3),
      pairs.subLoose(y3, y1, y3),
      store(y3, p, Y),
    ],
  };
}
