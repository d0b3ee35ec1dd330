/**
 * Typed WebAssembly instructions: an `Expr<T>` is code that leaves one value of type T, a `Code` leaves nothing.
 * Lane names follow the specification: i64x2 are two 64-bit lanes of a v128, i32x4 four of 32 bits.
 */
import { type Bytes, signed, unsigned, type ValueType } from './encoding.ts';

export interface Expr<T extends ValueType> {
  readonly type: T;
  readonly bytes: Bytes;
}
export type I32 = Expr<'i32'>;
export type I64 = Expr<'i64'>;
export type V128 = Expr<'v128'>;

/** Statements in order. */
export type Code = Bytes;

const make = <T extends ValueType>(type: T, ...bytes: Bytes): Expr<T> => ({ type, bytes });
const op2 =
  <A extends ValueType, R extends ValueType>(result: R, ...opcode: Bytes) =>
  (a: Expr<A>, b: Expr<A>): Expr<R> =>
    make(result, a.bytes, b.bytes, ...opcode);

/** SIMD opcodes stand behind the prefix 0xfd. */
const simd = (code: number): Bytes => [0xfd, unsigned(code)];
/** Alignment is a hint to the engine and not needed; 0 is always valid. */
const address = (offset: number): Bytes => [0, unsigned(offset)];

export const i32 = {
  const: (value: number): I32 => make('i32', 0x41, signed(BigInt(value | 0))),
  load: (at: I32, offset = 0): I32 => make('i32', at.bytes, 0x28, address(offset)),
  load8: (at: I32, offset = 0): I32 => make('i32', at.bytes, 0x2d, address(offset)),
  store: (at: I32, offset: number, value: I32): Code => [at.bytes, value.bytes, 0x36, address(offset)],
  store8: (at: I32, offset: number, value: I32): Code => [at.bytes, value.bytes, 0x3a, address(offset)],
  eqz: (a: I32): I32 => make('i32', a.bytes, 0x45),
  /** Number of zero bits below the lowest one. */
  ctz: (a: I32): I32 => make('i32', a.bytes, 0x68),
  eq: op2<'i32', 'i32'>('i32', 0x46),
  ltU: op2<'i32', 'i32'>('i32', 0x49),
  add: op2<'i32', 'i32'>('i32', 0x6a),
  sub: op2<'i32', 'i32'>('i32', 0x6b),
  mul: op2<'i32', 'i32'>('i32', 0x6c),
  and: op2<'i32', 'i32'>('i32', 0x71),
  or: op2<'i32', 'i32'>('i32', 0x72),
  xor: op2<'i32', 'i32'>('i32', 0x73),
  shl: op2<'i32', 'i32'>('i32', 0x74),
  shrU: op2<'i32', 'i32'>('i32', 0x76),
  select: (ifTrue: I32, ifFalse: I32, condition: I32): I32 =>
    make('i32', ifTrue.bytes, ifFalse.bytes, condition.bytes, 0x1b),
  wrap: (a: I64): I32 => make('i32', a.bytes, 0xa7),
};

export const i64 = {
  const: (value: bigint): I64 => make('i64', 0x42, signed(BigInt.asIntN(64, value))),
  load: (at: I32, offset = 0): I64 => make('i64', at.bytes, 0x29, address(offset)),
  load32: (at: I32, offset = 0): I64 => make('i64', at.bytes, 0x35, address(offset)),
  store: (at: I32, offset: number, value: I64): Code => [at.bytes, value.bytes, 0x37, address(offset)],
  store32: (at: I32, offset: number, value: I64): Code => [at.bytes, value.bytes, 0x3e, address(offset)],
  eqz: (a: I64): I32 => make('i32', a.bytes, 0x50),
  eq: op2<'i64', 'i32'>('i32', 0x51),
  ltS: op2<'i64', 'i32'>('i32', 0x53),
  ltU: op2<'i64', 'i32'>('i32', 0x54),
  add: op2<'i64', 'i64'>('i64', 0x7c),
  sub: op2<'i64', 'i64'>('i64', 0x7d),
  mul: op2<'i64', 'i64'>('i64', 0x7e),
  and: op2<'i64', 'i64'>('i64', 0x83),
  or: op2<'i64', 'i64'>('i64', 0x84),
  xor: op2<'i64', 'i64'>('i64', 0x85),
  shl: op2<'i64', 'i64'>('i64', 0x86),
  shrS: op2<'i64', 'i64'>('i64', 0x87),
  shrU: op2<'i64', 'i64'>('i64', 0x88),
  extend: (a: I32): I64 => make('i64', a.bytes, 0xad),
  select: (ifTrue: I64, ifFalse: I64, condition: I32): I64 =>
    make('i64', ifTrue.bytes, ifFalse.bytes, condition.bytes, 0x1b),
  /** The double at an address, truncated; exact for integers below 2^63. */
  ofDouble: (at: I32): I64 => make('i64', at.bytes, 0x2b, address(0), 0xb0),
};

export const v128 = {
  load: (at: I32, offset = 0): V128 => make('v128', at.bytes, simd(0), address(offset)),
  /** Two 32-bit words of memory, each extended to a 64-bit lane. */
  loadWords: (at: I32, offset = 0): V128 => make('v128', at.bytes, simd(6), address(offset)),
  /** The lower 64-bit lane from memory, the upper one zero. */
  loadZero64: (at: I32, offset = 0): V128 => make('v128', at.bytes, simd(93), address(offset)),
  /** Both 64-bit lanes from one 64-bit word of memory. */
  loadSplat64: (at: I32, offset = 0): V128 => make('v128', at.bytes, simd(10), address(offset)),
  store: (at: I32, offset: number, value: V128): Code => [at.bytes, value.bytes, simd(11), address(offset)],
  and: op2<'v128', 'v128'>('v128', simd(78)),
  or: op2<'v128', 'v128'>('v128', simd(80)),
  anyTrue: (a: V128): I32 => make('i32', a.bytes, simd(83)),
  /** Bits of a where mask is 1, else of b. */
  select: (a: V128, b: V128, mask: V128): V128 => make('v128', a.bytes, b.bytes, mask.bytes, simd(82)),
  /** i32 lanes picked from the eight lanes of a (0..3) and b (4..7). */
  pick: (a: V128, b: V128, lanes: readonly [number, number, number, number]): V128 =>
    make(
      'v128',
      a.bytes,
      b.bytes,
      simd(13),
      lanes.map((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
    ),
};

export const i32x4 = {
  add: op2<'v128', 'v128'>('v128', simd(174)),
  sub: op2<'v128', 'v128'>('v128', simd(177)),
  /** Lanes of ones where a >= b, unsigned. */
  geU: op2<'v128', 'v128'>('v128', simd(64)),
  mul: op2<'v128', 'v128'>('v128', simd(181)),
};

const shift =
  (code: number) =>
  (a: V128, bits: number): V128 =>
    make('v128', a.bytes, i32.const(bits).bytes, simd(code));

export const i64x2 = {
  splat: (a: I64): V128 => make('v128', a.bytes, simd(18)),
  add: op2<'v128', 'v128'>('v128', simd(206)),
  sub: op2<'v128', 'v128'>('v128', simd(209)),
  shl: shift(203),
  shrU: shift(205),
  /** 64-bit products of i32 lanes 0 and 1 (unsigned). */
  mulLow: op2<'v128', 'v128'>('v128', simd(222)),
  /** 64-bit products of i32 lanes 2 and 3 (unsigned). */
  mulHigh: op2<'v128', 'v128'>('v128', simd(223)),
  /** 64-bit products of i32 lanes 0 and 1 (signed). */
  mulLowSigned: op2<'v128', 'v128'>('v128', simd(220)),
  /** Lanes of ones where a > b, signed. */
  gtS: op2<'v128', 'v128'>('v128', simd(217)),
};

export const f64x2 = {
  add: op2<'v128', 'v128'>('v128', simd(240)),
  sub: op2<'v128', 'v128'>('v128', simd(241)),
  mul: op2<'v128', 'v128'>('v128', simd(242)),
  floor: (a: V128): V128 => make('v128', a.bytes, simd(117)),
  /** a b + c, relaxed SIMD: rounded once or twice, as the machine likes. */
  relaxedMadd: (a: V128, b: V128, c: V128): V128 => make('v128', a.bytes, b.bytes, c.bytes, simd(0x107)),
};

/** A local variable or parameter. */
export interface Local<T extends ValueType> {
  readonly get: Expr<T>;
  set(value: Expr<T>): Code;
  /** Sets and leaves the value. */
  tee(value: Expr<T>): Expr<T>;
}

export function localAt<T extends ValueType>(type: T, index: number): Local<T> {
  return {
    get: make(type, 0x20, unsigned(index)),
    set: (value) => [value.bytes, 0x21, unsigned(index)],
    tee: (value) => make(type, value.bytes, 0x22, unsigned(index)),
  };
}

const NO_RESULT = 0x40;

/** Structured control; `br(0)` leaves or repeats the innermost block. */
export const control = {
  block: (...body: Code[]): Code => [0x02, NO_RESULT, body, 0x0b],
  loop: (...body: Code[]): Code => [0x03, NO_RESULT, body, 0x0b],
  if: (condition: I32, then: Code, otherwise?: Code): Code => [
    condition.bytes,
    0x04,
    NO_RESULT,
    then,
    otherwise ? [0x05, otherwise] : [],
    0x0b,
  ],
  br: (depth: number): Code => [0x0c, unsigned(depth)],
  brIf: (depth: number, condition: I32): Code => [condition.bytes, 0x0d, unsigned(depth)],
  return: (value?: Expr<ValueType>): Code => [value?.bytes ?? [], 0x0f],
  callCode: (index: number, args: readonly Expr<ValueType>[]): Code => [
    args.map((a) => a.bytes),
    0x10,
    unsigned(index),
  ],
  callExpr: <T extends ValueType>(type: T, index: number, args: readonly Expr<ValueType>[]): Expr<T> =>
    make(
      type,
      args.map((a) => a.bytes),
      0x10,
      unsigned(index),
    ),
};
