/**
 * Kernels over one RowMatrix (algebra/engine.ts): linear forms, rows and the cross term.
 * Operands stand in one table, z first and the forms behind it, so that an operand index is an address. All index arrays
 * are uint32. Coefficient 0 is 1 and coefficient 1 is -1: most of them are. A row is one sum of products, reduced once.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, indexed, type Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, type Local } from '../assembly/code.ts';
import { isEqual, isZero, type PackedField } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';
import type { ProductSums } from '../field/product-sums.ts';

const INDEX_BYTES = 4;
const ONE = 0;
const MINUS_ONE = 1;

/** Adds `${name}_forms`, `${name}_quadratic`, `${name}_cross`. */
export function addRowKernels(
  asm: Assembler,
  name: string,
  pairs: PairField,
  packed: PackedField,
  sums: ProductSums,
): void {
  const [scaled, x, y] = [i32.const(asm.reserve(FIELD_BYTES)), pairs.slot(), pairs.slot()];
  const at = (table: Local<'i32'>, index: I32): I32 => indexed(table.get, index, FIELD_BYTES);
  const isIndex = (coef: Local<'i32'>, index: number) => i32.eq(coef.get, i32.const(index));

  // (a, b): adds a b to the sum under way; a fresh witness consists mostly of zeros and ones, b is its part.
  const pushProduct = asm.define(`${name}_row_product`, 2, (_, a, b) => [
    control.if(i32.eqz(isZero(b.get)), [
      control.if(isEqual(b.get, pairs.one), sums.pushElement(a.get), sums.push(a.get, b.get)),
    ]),
  ]);
  // (coef, coefs, a, b): adds coefficient coef times a b.
  const pushScaled = asm.define(`${name}_row_term`, 4, (_, coef, coefs, a, b) => [
    control.if(isZero(b.get), control.return()),
    control.if(i32.eqz(isIndex(coef, ONE)), [
      control.if(isIndex(coef, MINUS_ONE), packed.neg(a.get, scaled), [
        pairs.load(a.get, a.get, x),
        pairs.load(at(coefs, coef.get), at(coefs, coef.get), y),
        pairs.mulStore(x, y, scaled, scaled),
      ]),
      a.set(scaled),
    ]),
    pushProduct(a.get, b.get),
  ]);

  const perRow = (
    s: Scope,
    start: Local<'i32'>,
    out: Local<'i32'>,
    n: Local<'i32'>,
    terms: readonly Local<'i32'>[],
    body: Code,
    end: Code = [],
  ): Code => {
    const length = i32.sub(i32.load(start.get, INDEX_BYTES), i32.load(start.get));
    return s.repeat(
      n.get,
      [
        [start, INDEX_BYTES],
        [out, FIELD_BYTES],
      ],
      s.repeat(
        length,
        terms.map((term) => [term, INDEX_BYTES] as const),
        body,
      ),
      end,
      sums.take(out.get),
    );
  };

  asm.define(`${name}_forms`, 7, (s, start, vars, ci, coefs, z, out, n) => {
    const [coef, value] = [s.local('i32'), s.local('i32')];
    const notOne = control.if(
      isIndex(coef, MINUS_ONE),
      [packed.neg(value.get, scaled), sums.pushElement(scaled)],
      pushProduct(at(coefs, coef.get), value.get),
    );
    const term = [
      coef.set(i32.load(ci.get)),
      value.set(at(z, i32.load(vars.get))),
      control.if(i32.eqz(isZero(value.get)), control.if(isIndex(coef, ONE), sums.pushElement(value.get), notOne)),
    ];
    return [perRow(s, start, out, n, [vars, ci], term)];
  });

  asm.define(`${name}_quadratic`, 8, (s, start, a, b, ci, coefs, ops, out, n) => {
    const operand = (index: Local<'i32'>) => at(ops, i32.load(index.get));
    return [perRow(s, start, out, n, [a, b, ci], pushScaled(i32.load(ci.get), coefs.get, operand(a), operand(b)))];
  });

  // c (A1 + X A2)(B1 + X B2): the part linear in X is c (A1 B2 + A2 B1). The second witness is the fresh one. Nearly all
  // coefficients are 1: of their products two are added at a time, where they stand.
  asm.define(`${name}_cross`, 9, (s, start, a, b, ci, coefs, ops1, ops2, out, n) => {
    const [x, y, waitingX, waitingY] = s.locals('i32', 4);
    const operand = (ops: Local<'i32'>, index: Local<'i32'>) => at(ops, i32.load(index.get));
    const pair = control.if(
      waitingX.get,
      [sums.pushTwo(waitingX.get, waitingY.get, x.get, y.get), waitingX.set(i32.const(0))],
      [waitingX.set(x.get), waitingY.set(y.get)],
    );
    const product = (first: Local<'i32'>, second: Local<'i32'>): Code => [
      y.set(operand(ops2, second)),
      control.if(i32.eqz(isZero(y.get)), [
        x.set(operand(ops1, first)),
        control.if(isEqual(y.get, pairs.one), sums.pushElement(x.get), pair),
      ]),
    ];
    const scaledProduct = (first: Local<'i32'>, second: Local<'i32'>): Code =>
      pushScaled(i32.load(ci.get), coefs.get, operand(ops1, first), operand(ops2, second));
    const term = control.if(
      i32.eq(i32.load(ci.get), i32.const(ONE)),
      [product(a, b), product(b, a)],
      [scaledProduct(a, b), scaledProduct(b, a)],
    );
    const last = control.if(waitingX.get, [sums.push(waitingX.get, waitingY.get), waitingX.set(i32.const(0))]);
    return [perRow(s, start, out, n, [a, b, ci], term, last)];
  });
}
