/**
 * Kernels of the Poseidon permutation over Fr in the factored form of poseidon/sparse.ts. `trace` receives x^2 of every
 * S-box in order of execution; x^4 stands POWER_BYTES behind it, x^5 as far behind that.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { POWER_BYTES } from '../../module/poseidon.ts';
import { type Assembler, offset } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32 } from '../assembly/code.ts';
import { copy, type PackedField } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';
import type { ProductSums } from '../field/product-sums.ts';
import type { VectorKernels } from './vectors.ts';

/** Adds `poseidon_full` and `poseidon_partial`. */
export function addPoseidonKernels(
  asm: Assembler,
  pairs: PairField,
  packed: PackedField,
  sums: ProductSums,
  vectors: VectorKernels,
): void {
  const [x, power] = [pairs.slot(), pairs.slot()];
  const head = i32.const(asm.reserve(FIELD_BYTES));

  // (a, b, trace, traceB): the elements at a and b become their fifth powers.
  const sbox = asm.define('poseidon_sbox', 4, (_, a, b, traceA, traceB) => {
    const keep = (power: I32, index: number): Code =>
      pairs.store(power, offset(traceA.get, index * POWER_BYTES), offset(traceB.get, index * POWER_BYTES));
    return [
      pairs.load(a.get, b.get, x),
      pairs.square(x, power),
      keep(power, 0),
      pairs.square(power, power),
      keep(power, 1),
      pairs.mul(power, x, power),
      keep(power, 2),
      pairs.store(power, a.get, b.get),
    ];
  });

  // One full round. `state` has t elements, `matrix` t rows of t; the new state goes to `out`.
  asm.define('poseidon_full', 6, (s, state, constants, matrix, out, trace, t) => {
    const [at, next] = [s.local('i32'), s.local('i32')];
    const elements = [
      [at, FIELD_BYTES],
      [constants, FIELD_BYTES],
    ] as const;
    return [
      at.set(state.get),
      s.repeat(t.get, elements, packed.add(at.get, constants.get, at.get)),
      at.set(state.get),
      s.repeat(
        i32.shrU(t.get, i32.const(1)),
        [
          [at, 2 * FIELD_BYTES],
          [trace, 2 * FIELD_BYTES],
        ],
        sbox(at.get, offset(at.get, FIELD_BYTES), trace.get, offset(trace.get, FIELD_BYTES)),
      ),
      control.if(i32.and(t.get, i32.const(1)), sbox(at.get, at.get, trace.get, trace.get)),
      next.set(i32.shl(t.get, i32.const(5))),
      s.repeat(
        t.get,
        [[out, FIELD_BYTES]],
        sums.dot(matrix.get, state.get, out.get, t.get),
        matrix.set(i32.add(matrix.get, next.get)),
      ),
    ];
  });

  // All n partial rounds in place. `table` holds for each its constant, then row and column of t - 1 elements;
  // `corner` is the matrices' common entry (0, 0).
  asm.define('poseidon_partial', 6, (s, state, table, corner, trace, t, n) => {
    const [tailBytes, tailLength] = [s.local('i32'), s.local('i32')];
    const tail = offset(state.get, FIELD_BYTES);
    return [
      tailLength.set(offset(t.get, -1)),
      tailBytes.set(i32.shl(tailLength.get, i32.const(5))),
      s.repeat(
        n.get,
        [[trace, FIELD_BYTES]],
        packed.add(state.get, table.get, state.get),
        table.set(offset(table.get, FIELD_BYTES)),
        sbox(state.get, state.get, trace.get, trace.get),
        sums.push(corner.get, state.get),
        sums.dot(table.get, tail, head, tailLength.get),
        table.set(i32.add(table.get, tailBytes.get)),
        vectors.axpy(tail, state.get, table.get, tailLength.get),
        table.set(i32.add(table.get, tailBytes.get)),
        copy(head, state.get),
      ),
    ];
  });
}
