/**
 * Scalar arithmetic on packed elements: canonical 256-bit integers as four 64-bit words. Additions cost less here than in
 * pairs, because nothing has to be unpacked. WebAssembly has no carry flag: a sum has wrapped exactly when it is below its
 * summand, a difference when the minuend is below the subtrahend.
 */
import { FIELD_BYTES } from '../../engine.ts';
import type { Assembler, Kernel, KernelWithResult, Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, type I64, i32, i64, type Local } from '../assembly/code.ts';

const WORDS = FIELD_BYTES / 8;
const NUMBERS = Array.from({ length: WORDS }, (_, w) => w);

type Words = (w: number) => I64;

export class PackedField {
  /** (a, b, out), canonical; out may be a or b, here and below. */
  readonly add: Kernel;
  readonly sub: Kernel;
  /** (a, out) */
  readonly neg: Kernel;
  /** (a): 1 when the 256-bit integer is below p. */
  readonly isCanonical: KernelWithResult;

  constructor(asm: Assembler, name: string, modulus: bigint) {
    const p: Words = (w) => i64.const(modulus >> BigInt(64 * w));

    // p < 2^254: the sum of two canonical integers needs no fifth word.
    this.add = asm.define(`${name}_add`, 3, (s, a, b, out) => {
      const [sum, reduced, carry, word] = [words(s), words(s), s.local('i64'), s.local('i64')];
      const add = NUMBERS.map((w) => [
        word.set(i64.add(i64.load(a.get, 8 * w), carry.get)),
        sum[w]!.set(i64.add(word.get, i64.load(b.get, 8 * w))),
        carry.set(i64.extend(i32.or(i64.ltU(word.get, carry.get), i64.ltU(sum[w]!.get, word.get)))),
      ]);
      const { code, borrow } = difference(s, (w) => sum[w]!.get, p, reduced);
      const result = NUMBERS.map((w) =>
        i64.store(out.get, 8 * w, i64.select(reduced[w]!.get, sum[w]!.get, i64.eqz(borrow.get))),
      );
      return [...add, code, ...result];
    });

    // x - y, plus p where that is negative.
    const subtract = (s: Scope, x: Words, y: Words, out: I32): Code => {
      const [result, carry, word] = [words(s), s.local('i64'), s.local('i64')];
      const { code, borrow } = difference(s, x, y, result);
      const back = NUMBERS.map((w) => [
        word.set(i64.add(result[w]!.get, carry.get)),
        carry.set(i64.extend(i64.ltU(word.get, carry.get))),
        result[w]!.set(i64.add(word.get, i64.and(p(w), borrow.get))),
        carry.set(i64.or(carry.get, i64.extend(i64.ltU(result[w]!.get, word.get)))),
        i64.store(out, 8 * w, result[w]!.get),
      ]);
      return [code, borrow.set(i64.sub(i64.const(0n), borrow.get)), ...back];
    };
    this.sub = asm.define(`${name}_sub`, 3, (s, a, b, out) => [
      subtract(
        s,
        (w) => i64.load(a.get, 8 * w),
        (w) => i64.load(b.get, 8 * w),
        out.get,
      ),
    ]);
    // p - a would not be canonical for a = 0; 0 - a is 0 without a borrow.
    this.neg = asm.define(`${name}_neg`, 2, (s, a, out) => [
      subtract(
        s,
        () => i64.const(0n),
        (w) => i64.load(a.get, 8 * w),
        out.get,
      ),
    ]);
    this.isCanonical = asm.defineResult(`${name}_is_canonical`, 1, (s, a) => {
      const { code, borrow } = difference(s, (w) => i64.load(a.get, 8 * w), p, words(s));
      return [code, control.return(i32.wrap(borrow.get))];
    });
  }
}

/** out = x - y modulo 2^256; borrow becomes 1 when x < y. */
function difference(s: Scope, x: Words, y: Words, out: readonly Local<'i64'>[]): { code: Code; borrow: Local<'i64'> } {
  const [borrow, word, wrapped] = [s.local('i64'), s.local('i64'), s.local('i32')];
  const code = NUMBERS.map((w) => [
    word.set(i64.sub(x(w), y(w))),
    wrapped.set(i64.ltU(x(w), y(w))),
    out[w]!.set(i64.sub(word.get, borrow.get)),
    borrow.set(i64.extend(i32.or(wrapped.get, i64.ltU(word.get, borrow.get)))),
  ]);
  return { code: [borrow.set(i64.const(0n)), code], borrow };
}

function words(s: Scope): Local<'i64'>[] {
  return NUMBERS.map(() => s.local('i64'));
}

/** 1 when the `bytes` bytes at a are those at b. */
export function isEqual(a: I32, b: I32, bytes = FIELD_BYTES): I32 {
  const words = Array.from({ length: bytes / 8 }, (_, w) => i64.xor(i64.load(a, 8 * w), i64.load(b, 8 * w)));
  return i64.eqz(words.reduce(i64.or));
}

/** 1 when the `bytes` bytes at a are zero. */
export function isZero(a: I32, bytes = FIELD_BYTES): I32 {
  return i64.eqz(Array.from({ length: bytes / 8 }, (_, w) => i64.load(a, 8 * w)).reduce((x, y) => i64.or(x, y)));
}

/** Copies `bytes` bytes, a multiple of 8. */
export function copy(from: I32, to: I32, bytes = FIELD_BYTES): Code {
  return Array.from({ length: bytes / 8 }, (_, w) => i64.store(to, 8 * w, i64.load(from, 8 * w)));
}

/** Writes zeros. */
export function clear(to: I32, bytes = FIELD_BYTES): Code {
  return Array.from({ length: bytes / 8 }, (_, w) => i64.store(to, 8 * w, i64.const(0n)));
}
