/**
 * The endomorphism trick of Gallant, Lambert and Vanstone (CRYPTO 2001): phi(x, y) = (beta x, y) is multiplication by lambda
 * on a curve with j = 0, so that k P = k1 P + k2 phi(P) with halves k1, k2 of half the length.
 *
 * The integers (u, v) with u + v lambda = 0 modulo the order n form a lattice; on both our curves it is spanned by the
 * short vectors (A, -B) and (B, A + B) with A^2 + A B + B^2 = n. (k, 0) lies near c1 (A, -B) + c2 (B, A + B) with
 * c1 = (A + B) k / n and c2 = B k / n rounded; the difference is (k1, k2). Rounding is off by at most 1/2 + 1/8 (the
 * quotients are multiplications by constants of 256 fractional bits), so that |k1|, |k2| <= 5/8 (A + 2 B) < 2^127.
 */
import { BETA, type CurveParams, LAMBDA } from '../../params.ts';
import type { Assembler, Scope } from '../assembly/assembler.ts';
import { type Code, type I64, i32, i64, type Local } from '../assembly/code.ts';

export const HALF_BYTES = 16;
/** Halves are below 2^127. */
export const HALF_BITS = 127;
const FRACTION_BITS = 256;
const LIMB_BITS = 32;
const SCALAR_LIMBS = 8;
/** Results are computed modulo 2^160: sign and 127 bits have room. */
const RESULT_LIMBS = 5;

export interface Endomorphism {
  /** Cube root of unity in the field of the coordinates. */
  readonly beta: bigint;
  /** Cube root of unity modulo the order. */
  readonly lambda: bigint;
  readonly A: bigint;
  readonly B: bigint;
}

/** The curves form a cycle: the roots of unity change roles with the fields. */
export const ENDOMORPHISMS: Record<CurveParams['name'], Endomorphism> = {
  g1: { beta: BETA, lambda: LAMBDA, A: 147946756881789319000765030803803410728n, B: 9931322734385697763n },
  grumpkin: { beta: LAMBDA, lambda: BETA, A: 147946756881789319000765030803803410729n, B: 9931322734385697762n },
};

/**
 * Adds `${name}_split`(scalars, halves, signs, n): canonical scalars of 32 bytes to magnitudes of 16 bytes, all n of k1
 * and then all n of k2, and a byte each that is 1 where the half is negative.
 */
export function addScalarSplit(asm: Assembler, name: string, { A, B }: Endomorphism): void {
  const order = A * A + A * B + B * B;
  const quotient = (x: bigint) => (x * 2n ** BigInt(FRACTION_BITS + 1) + order) / (2n * order);

  asm.define(`${name}_split`, 4, (s, scalars, halves, signs, n) => {
    const [otherHalves, otherSigns] = [s.local('i32'), s.local('i32')];
    const k = Array.from({ length: SCALAR_LIMBS }, () => s.local('i64'));
    const limbs = (locals: readonly Local<'i64'>[]) => locals.map((local) => local.get);
    const half = 1n << BigInt(FRACTION_BITS - 1);
    const scaled = (factor: bigint, size: number) => {
      const length = FRACTION_BITS / LIMB_BITS + size;
      const { code, result } = multiplied(s, limbs(k), constantLimbs(quotient(factor), size + 1), length, half);
      return { code, c: limbs(result.slice(FRACTION_BITS / LIMB_BITS)) };
    };
    const [first, second] = [scaled(A + B, 4), scaled(B, 2)];
    const times = (c: readonly I64[], factor: bigint) =>
      multiplied(s, c, constantLimbs(factor, Math.ceil(factor.toString(2).length / LIMB_BITS)), RESULT_LIMBS, 0n);
    const [c1A, c2B, c1B, c2D] = [times(first.c, A), times(second.c, B), times(first.c, B), times(second.c, A + B)];
    const k1 = minus(s, limbs(k).slice(0, RESULT_LIMBS), [limbs(c1A.result), limbs(c2B.result)]);
    const k2 = minus(s, limbs(c1B.result), [limbs(c2D.result)]);
    return [
      otherHalves.set(i32.add(halves.get, i32.shl(n.get, i32.const(4)))),
      otherSigns.set(i32.add(signs.get, n.get)),
      s.repeat(
        n.get,
        [
          [scalars, 32],
          [halves, HALF_BYTES],
          [otherHalves, HALF_BYTES],
          [signs, 1],
          [otherSigns, 1],
        ],
        ...k.map((limb, i) => limb.set(i64.load32(scalars.get, 4 * i))),
        ...[first, second, c1A, c2B, c1B, c2D, k1, k2].map(({ code }) => code),
        storeMagnitude(s, k1.result, halves, signs),
        storeMagnitude(s, k2.result, otherHalves, otherSigns),
      ),
    ];
  });
}

const MASK = i64.const(2n ** BigInt(LIMB_BITS) - 1n);
const shifted = (x: I64): I64 => i64.shrU(x, i64.const(BigInt(LIMB_BITS)));

function constantLimbs(value: bigint, count: number): I64[] {
  return Array.from({ length: count }, (_, i) => i64.const((value >> BigInt(LIMB_BITS * i)) & 0xffffffffn));
}

/** start + a b modulo 2^(32 length), all in 32-bit limbs; x y + z + carry never exceeds 64 bits. */
function multiplied(s: Scope, a: readonly I64[], b: readonly I64[], length: number, start: bigint) {
  const result = Array.from({ length }, () => s.local('i64'));
  const [carry, sum] = [s.local('i64'), s.local('i64')];
  const initial = constantLimbs(start, length);
  const code: Code[] = result.map((limb, i) => limb.set(initial[i]!));
  b.forEach((y, j) => {
    code.push(carry.set(i64.const(0n)));
    for (let i = 0; i + j < length; i++) {
      const limb = result[i + j]!;
      const product = a[i] ? [i64.mul(a[i], y)] : [];
      code.push(sum.set([limb.get, carry.get, ...product].reduce((x, z) => i64.add(x, z))));
      code.push(limb.set(i64.and(sum.get, MASK)), carry.set(shifted(sum.get)));
    }
  });
  return { code, result };
}

/** x - y - ... modulo 2^160. Limbs are made up to 2^36 high, so that no step is negative. */
function minus(s: Scope, x: readonly I64[], subtrahends: readonly (readonly I64[])[]) {
  const result = x.map(() => s.local('i64'));
  const [sum, carry] = [s.local('i64'), s.local('i64')];
  const lift = 16n;
  const code: Code[] = [carry.set(i64.const(0n))];
  x.forEach((limb, i) => {
    // + 16 2^32 here is paid back by - 16 in the limb above.
    const total = subtrahends.reduce(
      (rest, y) => i64.sub(rest, y[i]!),
      i64.add(i64.add(limb, i64.const((lift << BigInt(LIMB_BITS)) - (i === 0 ? 0n : lift))), carry.get),
    );
    code.push(sum.set(total), result[i]!.set(i64.and(sum.get, MASK)), carry.set(shifted(sum.get)));
  });
  return { code, result };
}

/** |x| of a two's complement number in 32-bit limbs. */
function storeMagnitude(s: Scope, x: readonly Local<'i64'>[], out: Local<'i32'>, sign: Local<'i32'>): Code {
  const [negative, carry] = [s.local('i64'), s.local('i64')];
  const top = x[RESULT_LIMBS - 1]!.get;
  const flip = i64.and(i64.sub(i64.const(0n), negative.get), MASK);
  return [
    negative.set(i64.shrU(top, i64.const(BigInt(LIMB_BITS - 1)))),
    i32.store8(sign.get, 0, i32.wrap(negative.get)),
    carry.set(negative.get),
    ...x
      .slice(0, HALF_BYTES / 4)
      .map((limb, i) => [
        carry.set(i64.add(carry.get, i64.xor(limb.get, flip))),
        i64.store32(out.get, 4 * i, carry.get),
        carry.set(shifted(carry.get)),
      ]),
  ];
}
