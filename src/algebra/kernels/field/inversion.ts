/**
 * Inverses: of a pair by divsteps, lane by lane; of many elements by Montgomery's trick, three multiplications
 * each and one inversion for all of them. Both lanes of a pair run their own chain.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import { type Assembler, type Kernel, offset } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32 } from '../assembly/code.ts';
import { addInverse } from './divsteps.ts';
import { MONTGOMERY_BITS } from './limbs.ts';
import { clear, isZero } from './packed-field.ts';
import type { PairField } from './pair-field.ts';

/** Adds `${name}_pair_inverse`(x, out) for pairs x < 16p; the inverse of 0 is 0. */
export function addPairInverse(asm: Assembler, name: string, pairs: PairField): Kernel {
  const inverse = addInverse(asm, name, pairs.modulus);
  const F = field(pairs.modulus);
  // x R comes out as 1 / (x R); times R^3 / R that is R / x.
  const cube = i32.const(asm.constant(F.toBytes(F.create(2n ** BigInt(3 * MONTGOMERY_BITS)))));
  const [a, b, factor] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES)), pairs.slot()];
  return asm.define(`${name}_pair_inverse`, 2, (_, x, out) => [
    pairs.storeWide(x.get, a, b),
    inverse(a, a),
    inverse(b, b),
    pairs.load(cube, cube, factor),
    pairs.load(a, b, out.get),
    pairs.mul(out.get, factor, out.get),
  ]);
}

/**
 * Adds `${name}_vec_inverse`(v, n): inverts n packed elements in place, 0 to 0. Takes n + 1 elements of free memory behind
 * the heap pointer. Zeros are replaced by one in the chain.
 */
export function addBatchInverse(asm: Assembler, name: string, pairs: PairField, inverse: Kernel): Kernel {
  const [chain, x, result] = [pairs.slot(), pairs.slot(), pairs.slot()];
  return asm.define(`${name}_vec_inverse`, 2, (s, v, n) => {
    const [at, prefix, second] = [s.local('i32'), s.local('i32'), s.local('i32')];
    const orOne = (address: I32): I32 => i32.select(pairs.one, address, isZero(address));
    const loadPair = [
      // The odd last element is paired with itself.
      second.set(offset(at.get, FIELD_BYTES)),
      control.if(i32.eq(i32.add(v.get, i32.shl(n.get, i32.const(5))), second.get), second.set(at.get)),
      pairs.load(orOne(at.get), orOne(second.get), x),
    ];
    const next = offset(prefix.get, FIELD_BYTES);
    const count = i32.shrU(offset(n.get, 1), i32.const(1));
    return [
      pairs.load(pairs.one, pairs.one, chain),
      at.set(v.get),
      prefix.set(i32.load(i32.const(0))),
      s.repeat(
        count,
        [
          [at, 2 * FIELD_BYTES],
          [prefix, 2 * FIELD_BYTES],
        ],
        pairs.store(chain, prefix.get, next),
        ...loadPair,
        pairs.mul(chain, x, chain),
      ),
      inverse(chain, chain),
      s.repeat(
        count,
        [],
        at.set(offset(at.get, -2 * FIELD_BYTES)),
        prefix.set(offset(prefix.get, -2 * FIELD_BYTES)),
        ...loadPair,
        pairs.load(prefix.get, next, result),
        pairs.mul(chain, result, result),
        pairs.mul(chain, x, chain),
        // Zeros are still zeros now: write the inverses around them.
        storeUnlessZero(at.get, second.get),
      ),
    ];

    function storeUnlessZero(first: I32, other: I32): Code {
      const [firstZero, otherZero] = [s.local('i32'), s.local('i32')];
      return [
        firstZero.set(isZero(first)),
        otherZero.set(isZero(other)),
        pairs.store(result, first, other),
        control.if(firstZero.get, clear(first)),
        control.if(otherZero.get, clear(other)),
      ];
    }
  });
}
