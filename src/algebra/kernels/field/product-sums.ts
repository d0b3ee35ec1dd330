/**
 * Sums of products with one reduction for many products: the columns of 81 limb products are kept in memory unreduced,
 * and Montgomery's reduction (as much work as the product itself) is done once at the end.
 *
 * Products are pushed one by one; two of them make a pair, so the two lanes hold two partial sums, added at the end.
 *
 * Ranges: a product adds less than 9 2^58 to a column. After four of them the columns are carried (to < 2^29 + 2^35), so
 * that before a reduction they are below 36 2^58 + 2^36 and within it below 45 2^58 + 2^37 < 2^63.6. A sum of k products of
 * canonical elements reduces to less than (1 + k / 168) p; it is reduced after 64 at the latest: below 1.4 p.
 */
import { FIELD_BYTES } from '../../engine.ts';
import type { Assembler, Kernel } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, i64x2, type Local, v128 } from '../assembly/code.ts';
import { LIMB_BITS, LIMBS } from './limbs.ts';
import { clear, copy, type PackedField } from './packed-field.ts';
import type { PairField } from './pair-field.ts';
import { addProducts, limbLocals } from './pair-limbs.ts';

/** Columns 0 .. 16 of the product and one for the last carry. */
const COLUMNS = 2 * LIMBS;
const COLUMN_BYTES = 16;
const CARRY_AFTER = 4;
const REDUCE_AFTER = 64;

export class ProductSums {
  /** (a, b): adds the product of two packed canonical elements. The elements may change afterwards. */
  readonly push: Kernel;
  /** (a, b, a', b'): adds a b + a' b', which is what a push waits for. */
  readonly pushTwo: Kernel;
  /** (a): adds a packed canonical element. */
  readonly pushElement: Kernel;
  /** (out): the sum so far, packed and canonical; starts a new sum. */
  readonly take: Kernel;
  /** (a, b, out, n): adds the sum of a[i] b[i] to the sum so far and takes it. */
  readonly dot: Kernel;

  constructor(asm: Assembler, name: string, pairs: PairField, packed: PackedField) {
    const columns = i32.const(asm.reserve(COLUMNS * COLUMN_BYTES));
    const column = (i: number) => v128.load(columns, COLUMN_BYTES * i);
    const setColumn = (i: number, value: ReturnType<typeof column>) => v128.store(columns, COLUMN_BYTES * i, value);
    const [x, y] = [pairs.slot(), pairs.slot()];
    const word = () => i32.const(asm.reserve(4));
    const element = () => i32.const(asm.reserve(FIELD_BYTES));
    const [total, a1, a2, waitingA, waitingB, zero] = Array.from({ length: 6 }, element);
    const [waiting, count] = [word(), word()];
    const store = (at: I32, value: I32) => i32.store(at, 0, value);

    const multiplyAdd = asm.define(`${name}_sum_multiply`, 0, (s) => {
      const [factor, operand] = s.locals('v128', 2);
      const window = limbLocals(s);
      const code: Code[] = window.map((local, j) => (j < LIMBS - 1 ? local.set(column(j)) : []));
      for (let i = 0; i < LIMBS; i++) {
        code.push(window[LIMBS - 1]!.set(column(i + LIMBS - 1)), factor.set(v128.loadSplat64(x, 8 * i)));
        code.push(addProducts(window, factor, operand, y), setColumn(i, window[0]!.get));
        window.push(window.shift()!);
      }
      return [...code, ...window.slice(0, LIMBS - 1).map((local, j) => setColumn(LIMBS + j, local.get))];
    });

    const carry = asm.define(`${name}_sum_carry`, 0, (s) => {
      const [mask, sum, over] = s.locals('v128', 3);
      const code: Code[] = [mask.set(v128.load(pairs.wideMask))];
      for (let i = 0; i < COLUMNS - 1; i++) {
        code.push(sum.set(i64x2.add(column(i), over.get)), over.set(i64x2.shrU(sum.get, LIMB_BITS)));
        code.push(setColumn(i, v128.and(sum.get, mask.get)));
      }
      return [...code, setColumn(COLUMNS - 1, i64x2.add(column(COLUMNS - 1), over.get))];
    });

    const reduceColumns = asm.define(`${name}_sum_reduce`, 1, (s, out) => {
      const row = (window: readonly Local<'v128'>[], i: number): Code =>
        window.map((local, j) => (i === 0 || j === LIMBS - 1 ? local.set(column(i + j)) : []));
      return pairs.reduce(s, out, row, column(COLUMNS - 1));
    });

    // Reduces what stands in the columns into `total`.
    const flush = asm.define(`${name}_sum_flush`, 0, () => [
      reduceColumns(x),
      pairs.store(x, a1, a2),
      packed.add(total, a1, total),
      packed.add(total, a2, total),
      clear(columns, COLUMNS * COLUMN_BYTES),
      store(count, i32.const(0)),
    ]);

    const addTwo = asm.define(`${name}_sum_two`, 4, (_, firstA, firstB, secondA, secondB) => [
      pairs.load(firstA.get, secondA.get, x),
      pairs.load(firstB.get, secondB.get, y),
      multiplyAdd(),
      store(count, i32.add(i32.load(count), i32.const(1))),
      control.if(i32.eqz(i32.and(i32.load(count), i32.const(CARRY_AFTER - 1))), carry()),
      control.if(i32.eq(i32.load(count), i32.const(REDUCE_AFTER)), flush()),
    ]);

    this.pushTwo = addTwo;
    this.push = asm.define(`${name}_sum_push`, 2, (_, a, b) => [
      control.if(
        i32.load(waiting),
        [addTwo(waitingA, waitingB, a.get, b.get), store(waiting, i32.const(0))],
        [copy(a.get, waitingA), copy(b.get, waitingB), store(waiting, i32.const(1))],
      ),
    ]);

    this.pushElement = asm.define(`${name}_sum_push_element`, 1, (_, a) => [packed.add(total, a.get, total)]);

    this.take = asm.define(`${name}_sum_take`, 1, (_, out) => [
      control.if(i32.load(waiting), [addTwo(waitingA, waitingB, zero, zero), store(waiting, i32.const(0))]),
      control.if(i32.load(count), flush()),
      copy(total, out.get),
      clear(total),
    ]);

    this.dot = asm.define(`${name}_dot`, 4, (s, a, b, out, n) => [
      s.repeat(
        i32.shrU(n.get, i32.const(1)),
        [
          [a, 2 * FIELD_BYTES],
          [b, 2 * FIELD_BYTES],
        ],
        addTwo(a.get, b.get, i32.add(a.get, i32.const(FIELD_BYTES)), i32.add(b.get, i32.const(FIELD_BYTES))),
      ),
      control.if(i32.and(n.get, i32.const(1)), this.push(a.get, b.get)),
      this.take(out.get),
    ]);
  }
}
