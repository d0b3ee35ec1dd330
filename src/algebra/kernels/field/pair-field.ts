/**
 * Field multiplication two at a time. A PAIR holds two elements a, b of one field side by side in a slot of memory: limb i,
 * 29 bits, of a and of b as two 32-bit words, so that i64x2.extmul makes both products a_i a'_j, b_i b'_j at once.
 * Packed elements (32 bytes, the engine's Vec) become pairs by `load` and come back, canonical, by `store`.
 *
 * Values are in Montgomery form with R = 2^261 (nine limbs). 2^253.5 < p < 2^253.6 leaves 2^261 > 168 p, hence the rule:
 *     a < alpha p, b < beta p   ==>   mul(a, b) < (1 + alpha beta / 168) p,
 * since (a b + m p) / R with m < R. All additions are therefore unreduced as long as alpha beta <= 168.
 *
 * INVARIANT of a slot: all limbs < 2^29 ("tight"), so that the value is < 2^261; limb 9 (padding) is ignored. Only `subLoose`
 * gives loose limbs, up to 3 2^29, or 5 2^29 where it is done twice; ONE factor of a product may be loose. Each function states in units of p what values
 * it takes and gives.
 */
import { field } from '../../field.ts';
import type { Assembler, Kernel, Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, i32x4, i64x2, type Local, type V128, v128 } from '../assembly/code.ts';
import { LIMB, LIMB_BITS, LIMBS, limbsOf, MONTGOMERY_BITS, SLOT_BYTES, slotOf, spread } from './limbs.ts';
import { packLimbs, unpackWords } from './packing.ts';
import { addProducts, limbLocals, limbsAt, type Row, storeTight, subtractIfAbove } from './pair-limbs.ts';

const QUOTIENT_SCALE = 45;

export class PairField {
  /** A prime field: see PairArithmetic in addition-batch.ts. */
  readonly degree = 1;
  readonly modulus: bigint;
  readonly asm: Assembler;
  /** Address of the packed element 1. */
  readonly one: I32;
  /** (x, y, out): x y / R by the rule above. `out` may be x or y, here and below. */
  readonly mul: Kernel;
  /** (x, y, x', y', out): (x y + x' y') / R with one reduction, tight x and x': below (1 + (alpha beta + alpha' beta') / 168) p. */
  readonly mulTwo: Kernel;
  /** (x, out): x x / R. */
  readonly square: Kernel;
  /** (x, y, out): x + y. */
  readonly add: Kernel;
  /** (x, y, out): x - y + 2p, for y < 2p. */
  readonly sub: Kernel;
  /** (a, b, out): the packed elements at a and b as a pair. */
  readonly load: Kernel;
  /** (x, y, out): x - y + 2p with limbs < limbs of x + 2^30, for canonical y; x may be its result: the one operation that leaves them loose. */
  readonly subLoose: Kernel;
  /** (x, a, b): the pair x < 2p as packed canonical elements at a and b. */
  readonly store: Kernel;
  /** (x, y, a, b): the product, below 2p, as packed canonical elements at a and b: mul and store without the way through memory. */
  readonly mulStore: Kernel;
  /** As `store`, for x < 16p with loose limbs. */
  readonly storeWide: Kernel;
  private readonly modulusSlot: I32;
  private readonly inverse: I32;
  /** 2^29 - 1 in every 32-bit word. */
  readonly mask: I32;
  /** 2^29 - 1 in every 64-bit lane. */
  readonly wideMask: I32;

  constructor(asm: Assembler, name: string, modulus: bigint) {
    this.asm = asm;
    this.modulus = modulus;
    const constant = (limbs: readonly bigint[]) => i32.const(asm.constant(slotOf(limbs)));
    const wordsConstant = (words: readonly number[]) =>
      i32.const(asm.constant(new Uint8Array(Uint32Array.from(words).buffer)));
    const everyWord = (word: bigint) => wordsConstant(new Array<number>(4).fill(Number(word)));
    const low = Number(LIMB - 1n);
    this.modulusSlot = constant(limbsOf(modulus));
    this.inverse = everyWord(LIMB - field(LIMB).inv(modulus % LIMB));
    this.mask = everyWord(LIMB - 1n);
    this.wideMask = wordsConstant([low, 0, low, 0]);
    const R = 2n ** BigInt(MONTGOMERY_BITS);
    this.one = i32.const(asm.constant(field(modulus).toBytes(R % modulus)));
    const minusP = constant(limbsOf(R - modulus));
    const twoP = constant(spread(2n * modulus));

    // A column gets at most 9 products x_i y_j < 2^29 5 2^29 here: less than 2^63.8 with those of the reduction.
    const productRow = (s: Scope, x: Local<'i32'>, y: Local<'i32'>): Row => {
      const [factor, operand] = s.locals('v128', 2);
      return (columns, i) => [
        factor.set(v128.loadSplat64(x.get, 8 * i)),
        addProducts(columns, factor, operand, y.get, { fresh: i === 0 ? 0 : LIMBS - 1 }),
      ];
    };
    this.mul = asm.define(`${name}_pair_mul`, 3, (s, x, y, out) =>
      this.reduce(s, out, productRow(s, x, y), s.local('v128').get),
    );
    // Row i: x_i x_i once, then 2 x_i (< 2^30) by the limbs above it: the total of a column is that of the plain product.
    this.square = asm.define(`${name}_pair_square`, 2, (s, x, out) => {
      const [factor, operand, zero] = s.locals('v128', 3);
      const row = (columns: readonly Local<'v128'>[], i: number): Code => {
        const fresh = i === 0 ? 0 : LIMBS - 1;
        const diagonal = i64x2.mulLow(factor.get, factor.get);
        return [
          factor.set(v128.loadSplat64(x.get, 8 * i)),
          columns[i]!.set(i >= fresh ? diagonal : i64x2.add(columns[i]!.get, diagonal)),
          factor.set(i64x2.shl(factor.get, 1)),
          addProducts(columns, factor, operand, x.get, { from: i + 1, fresh }),
        ];
      };
      return this.reduce(s, out, row, zero.get);
    });
    // Twice the columns of one product: tight x, x' and loose y, y' stay below 54 2^58, and with the reduction below 2^64.
    this.mulTwo = asm.define(`${name}_pair_mul_two`, 5, (s, x, y, x2, y2, out) => {
      const [factor, operand, zero] = s.locals('v128', 3);
      const row = (columns: readonly Local<'v128'>[], i: number): Code => [
        factor.set(v128.loadSplat64(x.get, 8 * i)),
        addProducts(columns, factor, operand, y.get, { fresh: i === 0 ? 0 : LIMBS - 1 }),
        factor.set(v128.loadSplat64(x2.get, 8 * i)),
        addProducts(columns, factor, operand, y2.get),
      ];
      return this.reduce(s, out, row, zero.get);
    });
    this.add = asm.define(`${name}_pair_add`, 3, (s, x, y, out) => {
      const b = limbsAt(y.get);
      return storeTight(
        s,
        limbsAt(x.get).map((limb, i) => i64x2.add(limb, b[i]!)),
        out,
        this.mask,
      );
    });
    this.sub = asm.define(`${name}_pair_sub`, 3, (s, x, y, out) => {
      const [b, k] = [limbsAt(y.get), limbsAt(twoP)];
      const differences = limbsAt(x.get).map((limb, i) => i64x2.sub(i64x2.add(limb, k[i]!), b[i]!));
      return storeTight(s, differences, out, this.mask);
    });
    // A slot as five vectors of four words. No word wraps: the spread limbs of 2p are above those of a canonical y.
    this.subLoose = asm.define(`${name}_pair_sub_loose`, 3, (_, x, y, out) =>
      [0, 16, 32, 48, 64].map((at) => {
        const lifted = i32x4.add(v128.load(x.get, at), v128.load(twoP, at));
        return v128.store(out.get, at, i32x4.sub(lifted, v128.load(y.get, at)));
      }),
    );
    this.load = asm.define(`${name}_pair_load`, 3, (s, a, b, out) => [
      unpackWords(s, v128.load(this.mask), a.get, b.get, out.get),
    ]);

    const topLimb = modulus >> BigInt(LIMB_BITS * (LIMBS - 1));
    // The upper words of the lanes are 0 and never reach 1.
    const top = wordsConstant([Number(topLimb), 1, Number(topLimb), 1]);
    const finish = (s: Scope, limbs: readonly Local<'v128'>[], a: I32, b: I32): Code => [
      // Products are spread over [0, (1 + alpha beta / 168) p): few reach even the top limb of p.
      control.if(
        v128.anyTrue(i32x4.geU(limbs[LIMBS - 1]!.get, v128.load(top))),
        subtractIfAbove(s, limbs, minusP, this.wideMask),
      ),
      packLimbs(s, limbs, a, b),
    ];
    this.store = asm.define(`${name}_pair_store`, 3, (s, x, a, b) => {
      const limbs = limbLocals(s);
      return [...limbsAt(x.get).map((limb, i) => limbs[i]!.set(limb)), finish(s, limbs, a.get, b.get)];
    });

    this.mulStore = asm.define(`${name}_pair_mul_store`, 4, (s, x, y, a, b) => {
      const { code, sums } = this.reduceColumns(s, productRow(s, x, y), s.local('v128').get);
      const [mask, sum] = s.locals('v128', 2);
      const limbs = limbLocals(s);
      const carried = sums.map((column, i) => [
        sum.set(i === 0 ? column : i64x2.add(column, i64x2.shrU(sum.get, LIMB_BITS))),
        limbs[i]!.set(v128.and(sum.get, mask.get)),
      ]);
      return [...code, mask.set(v128.load(this.wideMask)), carried, finish(s, limbs, a.get, b.get)];
    });

    // q = floor(x_8 floor(2^45 / (p_8 + 1)) / 2^45): every rounding makes it smaller, and for x < 16p with limbs < 2^32 all of
    // them together take less than 2^-16 from x / p. So x - q p < (1 + 2^-16) p, and never negative. It is made as
    // x + q (R - p): the multiples of R fall out of limb 8.
    const reciprocal = everyWord((1n << BigInt(QUOTIENT_SCALE)) / (topLimb + 1n));
    this.storeWide = asm.define(`${name}_pair_store_wide`, 3, (s, x, a, b) => {
      const [limbs, loose] = [limbLocals(s), limbsAt(x.get)];
      const [q, mask, sum] = s.locals('v128', 3);
      const top = v128.load(x.get, 8 * (LIMBS - 1));
      const quotient = i64x2.shrU(i64x2.mulLow(top, v128.load(reciprocal)), QUOTIENT_SCALE);
      const code: Code[] = [
        mask.set(v128.load(this.wideMask)),
        q.set(quotient),
        q.set(v128.pick(q.get, q.get, [0, 2, 0, 2])),
      ];
      limbs.forEach((limb, i) => {
        const multiple = i64x2.mulLow(q.get, v128.loadZero64(minusP, 8 * i));
        const plain = i64x2.add(loose[i]!, multiple);
        code.push(sum.set(i === 0 ? plain : i64x2.add(plain, i64x2.shrU(sum.get, LIMB_BITS))));
        code.push(limb.set(v128.and(sum.get, mask.get)));
      });
      return [...code, finish(s, limbs, a.get, b.get)];
    });
  }

  /** Address of a fresh slot. */
  slot(): I32 {
    return i32.const(this.asm.reserve(SLOT_BYTES));
  }

  slots(count: number): I32[] {
    return Array.from({ length: count }, () => this.slot());
  }

  /**
   * Montgomery's reduction of the columns that `row` provides turn by turn: turn i adds to columns i .. i + 8 (they stand in
   * columns[0..8], the last one new), then the multiple q p (q < 2^29) that clears column i is added and column i carried on.
   * Range: with columns < C before, they stay < C + 9 2^58 + 2^35, which must be below 2^64.
   */
  reduce(s: Scope, out: Local<'i32'>, row: Row, last: V128): Code[] {
    const { code, sums } = this.reduceColumns(s, row, last);
    return [...code, ...storeTight(s, sums, out, this.mask)];
  }

  /** As `reduce`; the result is left as sums of limbs. */
  private reduceColumns(s: Scope, row: Row, last: V128): { readonly code: Code[]; readonly sums: readonly V128[] } {
    const columns = limbLocals(s);
    const [mask, inverse, factor, operand] = s.locals('v128', 4);
    const code: Code[] = [mask.set(v128.load(this.mask)), inverse.set(v128.load(this.inverse))];
    for (let i = 0; i < LIMBS; i++) {
      const [column, next] = [columns[0]!, columns[1]!];
      code.push(row(columns, i));
      const low = v128.pick(column.get, column.get, [0, 2, 0, 2]);
      code.push(factor.set(v128.and(i32x4.mul(low, inverse.get), mask.get)));
      code.push(addProducts(columns, factor, operand, this.modulusSlot));
      code.push(next.set(i64x2.add(next.get, i64x2.shrU(column.get, LIMB_BITS))));
      columns.push(columns.shift()!);
    }
    return { code, sums: [...columns.slice(0, LIMBS - 1).map((column) => column.get), last] };
  }
}
