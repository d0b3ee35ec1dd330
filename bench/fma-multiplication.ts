/**
 * A prototype of the field multiplication on doubles with fused multiply-add (relaxed SIMD), two elements at a time: five limbs of
 * 51 bits, R = 2^255. It is measured against our pairs, not used by the engine; docs/benchmarks.md says why.
 *
 * A product a b of limbs < 2^51 is split exactly (Emmart's trick): hi = fma(a, b, 3 2^102) rounds it to a multiple of 2^51,
 * lo = fma(a, b, (3 2^102 + 3 2^51) - hi) is what is left, in -2^50 .. 2^50, and the bits of both doubles minus those of
 * 3 2^102 and 3 2^51 are the integers, which columns add up as 64-bit lanes. All such offsets of a column are one constant.
 *
 * The reduction is not limb by limb, whose chain of dependent steps would be three times as long as the work: q = -T / p mod R
 * is made of the 15 products below R, and of q p only what reaches R and one column below. T + q p is a multiple of R, and
 * what is left out is below 2^-40 R, so that rounding the column below R gives the exact carry.
 */
import { field } from '../src/algebra/field.ts';
import { Assembler, type Scope } from '../src/algebra/kernels/assembler.ts';
import { type Code, type I32, i32, i64x2, type Local, type V128, v128 } from '../src/algebra/kernels/code.ts';
import { unsigned } from '../src/algebra/kernels/encoding.ts';
import { Q } from '../src/algebra/params.ts';
import type { Loop } from './multiplication.ts';

const LIMBS = 5;
const BITS = 51n;
const MASK = (1n << BITS) - 1n;
const R = 1n << (BITS * BigInt(LIMBS));
/** Keeps columns positive, so that they can be shifted; paid back in the column above. */
const LIFT = 1n << 60n;
const [HIGH, LOW, TWO_52] = [3 * 2 ** 102, 3 * 2 ** 51, 2 ** 52];
const SLOT_BYTES = 16 * LIMBS;

const simd = (code: number, ...operands: V128[]): V128 => ({
  type: 'v128',
  bytes: [operands.map((operand) => operand.bytes), 0xfd, unsigned(code)],
});
const subtract = (a: V128, b: V128): V128 => simd(241, a, b);
/** a b + c, rounded once where the machine has it: the results are checked. */
const fused = (a: V128, b: V128, c: V128): V128 => simd(0x107, a, b, c);

/** The order of the products: `columns` keeps few values alive, `rows` reads operands less often. */
export type Order = 'columns' | 'rows';

interface Products {
  /** Columns that are made; of products below `from` only the high part counts. */
  readonly from: number;
  readonly to: number;
  /** Smallest i + j of the products a_i b_j. */
  readonly lowest: number;
  readonly a: (i: number) => V128;
  readonly b: (j: number) => V128;
  /** What a column starts with: a constant integer, and maybe a value. */
  readonly lift: (column: number) => bigint;
  readonly init?: (column: number) => V128;
  /** What is done with a complete column, and whether the next one gets its carry. */
  readonly finish: (column: number, value: V128) => Code;
  readonly carries: (column: number) => boolean;
}

class Multiplication {
  private readonly asm: Assembler;
  private readonly s: Scope;
  private readonly order: Order;
  private readonly kept = new Map<bigint, Local<'v128'>>();

  constructor(asm: Assembler, s: Scope, order: Order) {
    this.asm = asm;
    this.s = s;
    this.order = order;
  }

  /** out = x y / R, below (1 + alpha beta / 2.6) p. */
  code(x: I32, y: I32, out: I32): Code {
    const prologue = [bitsOf(HIGH), bitsOf(HIGH + LOW), bitsOf(LOW), bitsOf(TWO_52), MASK].map((bits) => {
      const local = this.s.local('v128');
      const code = local.set(this.constant(bits));
      this.kept.set(bits, local);
      return code;
    });
    const [t, u, q] = [0, 1, 2].map(() => this.s.locals('v128', LIMBS)) as [Vectors, Vectors, Vectors];
    const limb4 = this.s.local('v128');
    const limbs = (value: bigint) => limbsOf(value).map((limb) => this.constant(bitsOf(Number(limb))));
    const [p, inverse] = [limbs(Q), limbs(R - field(R).inv(Q))];
    const carry = LIFT >> BITS;
    const lifted = (c: number) => (c === 0 ? LIFT : LIFT - carry);
    const product = this.products({
      from: 0,
      to: 2 * LIMBS - 1,
      lowest: 0,
      a: (i) => v128.load(x, 16 * i),
      b: (j) => v128.load(y, 16 * j),
      lift: (c) => (c < LIMBS ? lifted(c) : c === LIMBS ? -carry : 0n),
      finish: (c, value) => {
        if (c >= LIMBS) return t[c - LIMBS]!.set(value);
        return [u[c]!.set(this.double(value)), c === LIMBS - 1 ? limb4.set(v128.and(value, this.constant(MASK))) : []];
      },
      carries: (c) => c < LIMBS,
    });
    const quotient = this.products({
      from: 0,
      to: LIMBS - 1,
      lowest: 0,
      a: (i) => u[i]!.get,
      b: (j) => inverse[j]!,
      lift: lifted,
      finish: (c, value) => q[c]!.set(this.double(value)),
      carries: (c) => c < LIMBS - 1,
    });
    const last = 2 * LIMBS - 1;
    const low = this.constant(bitsOf(LOW));
    const reduced = this.products({
      from: LIMBS - 1,
      to: last,
      lowest: LIMBS - 2,
      a: (i) => q[i]!.get,
      b: (j) => p[j]!,
      init: (c) => (c < LIMBS ? limb4.get : t[c - LIMBS]!.get),
      lift: (c) => (c < LIMBS ? LIFT + (1n << (BITS - 1n)) : c < last ? LIFT - carry : -carry),
      finish: (c, value) => {
        if (c < LIMBS) return [];
        const limb = c < last ? this.double(value) : subtract(i64x2.add(value, low), low);
        return v128.store(out, 16 * (c - LIMBS), limb);
      },
      carries: (c) => c < last,
    });
    return [prologue, product, quotient, reduced];
  }

  private products({ from, to, lowest, a, b, lift, init, finish, carries }: Products): Code {
    const wanted: [number, number][] = [];
    for (let i = 0; i < LIMBS; i++) {
      for (let j = 0; j < LIMBS; j++) if (i + j >= lowest && i + j <= to) wanted.push([i, j]);
    }
    if (this.order === 'columns') wanted.sort(([i, j], [k, l]) => i + j - (k + l));
    const [hi, left, right] = this.s.locals('v128', 3);
    const columns = new Map<number, Local<'v128'>>();
    const code: Code[] = [];
    const addTo = (c: number, value: V128): void => {
      const known = columns.get(c);
      const column = known ?? this.s.local('v128');
      columns.set(c, column);
      const [lows, highs] = [c, c - 1].map((sum) => BigInt(wanted.filter(([i, j]) => i + j === sum).length));
      const offset = this.constant(lift(c) - lows! * bitsOf(LOW) - highs! * bitsOf(HIGH));
      const start = known ? known.get : init ? i64x2.add(offset, init(c)) : offset;
      code.push(column.set(i64x2.add(start, value)));
    };
    let open = from;
    const closeBelow = (end: number): void => {
      for (; open < end; open++) {
        const value = columns.get(open)!.get;
        code.push(finish(open, value));
        if (carries(open)) addTo(open + 1, i64x2.shrU(value, Number(BITS)));
      }
    };
    wanted.forEach(([i, j], k) => {
      if (this.order === 'columns') closeBelow(i + j);
      if (wanted[k - 1]?.[0] !== i) code.push(left.set(a(i)));
      code.push(right.set(b(j)), hi.set(fused(left.get, right.get, this.constant(bitsOf(HIGH)))));
      if (i + j < to) addTo(i + j + 1, hi.get);
      const rest = subtract(this.constant(bitsOf(HIGH + LOW)), hi.get);
      if (i + j >= from) addTo(i + j, fused(left.get, right.get, rest));
    });
    closeBelow(to + 1);
    return code;
  }

  /** The lower 51 bits of an integer as a double. */
  private double(value: V128): V128 {
    const base = this.constant(bitsOf(TWO_52));
    return subtract(v128.or(v128.and(value, this.constant(MASK)), base), base);
  }

  private constant(bits: bigint): V128 {
    const word = BigInt.asUintN(64, bits);
    const local = this.kept.get(word);
    if (local) return local.get;
    return v128.load(i32.const(this.asm.constant(new Uint8Array(BigUint64Array.of(word, word).buffer))));
  }
}

/** Loops of one multiplication, checked before; undefined where the machine has no relaxed SIMD or does not fuse. */
export async function fmaLoop(order: Order): Promise<Loop | undefined> {
  const asm = new Assembler();
  const [x, y, z] = [0, 1, 2].map(() => asm.reserve(SLOT_BYTES)) as [number, number, number];
  const multiply = asm.define('multiply', 3, (s, a, b, out) => [
    new Multiplication(asm, s, order).code(a.get, b.get, out.get),
  ]);
  const slots = [x, y, z].map((at) => i32.const(at));
  asm.define('loop', 1, (s, n) => [s.repeat(n.get, [], multiply(...slots))]);
  const code = asm.build();
  if (!WebAssembly.validate(code)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { instance } = await WebAssembly.instantiate(code, { env: { memory } });
  const slot = (at: number) => new Float64Array(memory.buffer, at, 2 * LIMBS);
  const write = (at: number, lane: number, value: bigint): void => {
    limbsOf(value).forEach((limb, i) => {
      slot(at)[2 * i + lane] = Number(limb);
    });
  };
  const read = (at: number, lane: number): bigint =>
    limbsOf(0n).reduce((sum, _, i) => sum + (BigInt(slot(at)[2 * i + lane]!) << (BITS * BigInt(i))), 0n);
  const F = field(Q);
  const edges = [0n, 1n, 2n, Q - 1n, Q - 2n, Q / 2n, MASK, MASK << BITS, (1n << 253n) - 1n, 3n ** 150n % Q, 7n ** 90n];
  for (const a of edges) {
    for (const b of edges) {
      write(x, 0, a);
      write(y, 0, b);
      write(x, 1, b);
      write(y, 1, b);
      (instance.exports.multiply as (...slots: number[]) => void)(x, y, z);
      const right = [0, 1].every((lane) => {
        const product = read(z, lane);
        return product >= 0n && product < 2n * Q && F.mul(product, R) === F.mul(lane ? b : a, b);
      });
      if (!right) return undefined;
    }
  }
  return (n) => (instance.exports.loop as Loop)(n / 2);
}

type Vectors = Local<'v128'>[];

function limbsOf(value: bigint): bigint[] {
  return Array.from({ length: LIMBS }, (_, i) => (value >> (BITS * BigInt(i))) & MASK);
}

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!;
}
