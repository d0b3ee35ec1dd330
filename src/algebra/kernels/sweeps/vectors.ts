/**
 * Kernels over vectors of packed elements, elementwise. Two elements make a pair; an odd last element is paired with itself
 * (`pairwise`). Each function's last parameter `n` counts elements.
 */
import { FIELD_BYTES, POINT_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import { type Assembler, type Kernel, offset, type Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, type Local } from '../assembly/code.ts';
import { MONTGOMERY_BITS } from '../field/limbs.ts';
import { clear, copy, isEqual, isZero, type PackedField } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';

/** Gives the address of the second of two neighbours, which is the first one's again for an odd last one. */
type Next = (at: Local<'i32'>) => I32;

/** Runs `body` for elements 2k, 2k + 1 of every vector, and points 2k, 2k + 1 of every list of `points`. */
export function pairwise(
  s: Scope,
  n: Local<'i32'>,
  vectors: readonly Local<'i32'>[],
  body: (next: Next, nextPoint: Next) => Code,
  points: readonly Local<'i32'>[] = [],
): Code {
  const step = s.local('i32');
  const count = i32.shrU(offset(n.get, 1), i32.const(1));
  const strides = [
    ...vectors.map((vector) => [vector, 2 * FIELD_BYTES] as const),
    ...points.map((list) => [list, 2 * POINT_BYTES] as const),
  ];
  return s.repeat(
    count,
    [...strides, [n, -2]],
    step.set(i32.select(i32.const(0), i32.const(FIELD_BYTES), i32.eq(n.get, i32.const(1)))),
    body(
      (at) => i32.add(at.get, step.get),
      (at) => i32.add(at.get, i32.mul(step.get, i32.const(POINT_BYTES / FIELD_BYTES))),
    ),
  );
}

export interface VectorKernels {
  /** (y, factor, x, n): y += factor x. */
  readonly axpy: Kernel;
}

/** Adds the elementwise kernels of one field under the prefix `name`. */
export function addVectorKernels(asm: Assembler, name: string, pairs: PairField, packed: PackedField): VectorKernels {
  const [x, y, z] = [pairs.slot(), pairs.slot(), pairs.slot()];
  const element = () => i32.const(asm.reserve(FIELD_BYTES));
  const [t1, t2] = [element(), element()];
  const F = field(pairs.modulus);
  const constant = (value: bigint) => i32.const(asm.constant(F.toBytes(value)));
  const intoMontgomery = constant(2n ** BigInt(2 * MONTGOMERY_BITS) % pairs.modulus);
  const plainOne = constant(1n);

  for (const op of ['add', 'sub'] as const) {
    asm.define(`${name}_vec_${op}`, 4, (s, a, b, out, n) => [
      s.repeat(
        n.get,
        [a, b, out].map((vector) => [vector, FIELD_BYTES] as const),
        packed[op](a.get, b.get, out.get),
      ),
    ]);
  }
  asm.define(`${name}_vec_mul`, 4, (s, a, b, out, n) => [
    pairwise(s, n, [a, b, out], (next) => [
      pairs.load(a.get, next(a), x),
      pairs.load(b.get, next(b), y),
      pairs.mulStore(x, y, out.get, next(out)),
    ]),
  ]);

  // (a, n, out): times R, and divided by it; both by one multiplication with a constant.
  for (const [kernel, factor] of [
    ['batchToMontgomery', intoMontgomery],
    ['batchFromMontgomery', plainOne],
  ] as const) {
    asm.define(`${name}_${kernel}`, 3, (s, a, n, out) => [
      pairs.load(factor, factor, y),
      pairwise(s, n, [a, out], (next) => [pairs.load(a.get, next(a), x), pairs.mulStore(x, y, out.get, next(out))]),
    ]);
  }

  // Number of leading elements that are canonical; n when all are.
  asm.defineResult(`${name}_vec_canonical`, 2, (s, a, n) => {
    const good = s.local('i32');
    const refuse = control.if(i32.eqz(packed.isCanonical(a.get)), control.return(good.get));
    const steps = [
      [a, FIELD_BYTES],
      [good, 1],
    ] as const;
    return [s.repeat(n.get, steps, refuse), control.return(good.get)];
  });

  asm.define(`${name}_one`, 1, (_, out) => [copy(pairs.one, out.get)]);

  asm.define(`${name}_from_bits`, 3, (s, bits, out, n) => [
    s.repeat(
      n.get,
      [
        [bits, 1],
        [out, FIELD_BYTES],
      ],
      control.if(i32.load8(bits.get), copy(pairs.one, out.get), clear(out.get)),
    ),
  ]);

  // A fresh witness consists mostly of zeros and ones, for which no multiplication is needed: the others are paired.
  const axpy = asm.define(`${name}_axpy`, 4, (s, target, factor, source, n) => {
    const [waitingTarget, waitingSource] = [s.local('i32'), s.local('i32')];
    const update = (first: readonly [I32, I32], second: readonly [I32, I32]): Code => [
      pairs.load(first[1], second[1], x),
      pairs.mulStore(x, y, t1, t2),
      packed.add(first[0], t1, first[0]),
    ];
    const waiting = [waitingTarget.get, waitingSource.get] as const;
    const general = control.if(
      waitingSource.get,
      [
        update(waiting, [target.get, source.get]),
        packed.add(target.get, t2, target.get),
        waitingSource.set(i32.const(0)),
      ],
      [waitingTarget.set(target.get), waitingSource.set(source.get)],
    );
    const nonZero = control.if(isEqual(source.get, pairs.one), packed.add(target.get, factor.get, target.get), general);
    return [
      pairs.load(factor.get, factor.get, y),
      s.repeat(
        n.get,
        [
          [target, FIELD_BYTES],
          [source, FIELD_BYTES],
        ],
        control.if(i32.eqz(isZero(source.get)), nonZero),
      ),
      control.if(waitingSource.get, update(waiting, waiting)),
    ];
  });

  asm.define(`${name}_axpy_bits`, 4, (s, target, factor, bits, n) => [
    s.repeat(
      n.get,
      [
        [target, FIELD_BYTES],
        [bits, 1],
      ],
      control.if(i32.load8(bits.get), packed.add(target.get, factor.get, target.get)),
    ),
  ]);

  // b (b - u): b - u < 3p
  asm.define(`${name}_bit_rows`, 4, (s, b, u, out, n) => [
    pairs.load(u.get, u.get, y),
    pairwise(s, n, [b, out], (next) => [
      pairs.load(b.get, next(b), x),
      pairs.sub(x, y, z),
      pairs.mulStore(x, z, out.get, next(out)),
    ]),
  ]);

  // The part of (b1 + X b2)(b1 + X b2 - u1 - X) linear in X is b1 (b2 - 1) + b2 (b1 - u1).
  asm.define(`${name}_bit_cross`, 5, (s, b1, u1, bits, out, n) => [
    s.repeat(
      n.get,
      [
        [b1, FIELD_BYTES],
        [bits, 1],
        [out, FIELD_BYTES],
      ],
      control.if(i32.load8(bits.get), packed.sub(b1.get, u1.get, out.get), packed.neg(b1.get, out.get)),
    ),
  ]);
  return { axpy };
}
