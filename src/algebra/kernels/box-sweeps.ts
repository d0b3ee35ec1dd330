/**
 * Kernels over the S-boxes of one RowMatrix (algebra/engine.ts), the rows l^5 - out u^4, two at a time. Operands stand in one
 * table, z first and the forms behind it; an odd last row is paired with itself.
 *
 * Ranges: operands come in canonical and a product of values below 13p is below (1 + 169 / 168) p < 3p, of values below 2p below
 * 1.1p. So powers and products of canonical elements stay below 1.1p, a difference of two of them (`sub`) below 4p.
 */
import { FIELD_BYTES } from '../engine.ts';
import { type Assembler, indexed, type Scope } from './assembler.ts';
import { type Code, type I32, i32, type Local } from './code.ts';
import type { PairField } from './pair-field.ts';

const INDEX_BYTES = 4;

/** Adds `${name}_boxes`. */
export function addBoxKernels(asm: Assembler, name: string, pairs: PairField): void {
  const [l, out, power, u4] = pairs.slots(4);

  // (inputs, outputs, u, ops, rows, n): the S-boxes whose operand indices stand at `inputs` and `outputs`.
  asm.define(`${name}_boxes`, 6, (s, inputs, outputs, u, ops, rows, n) => [
    pairs.load(u.get, u.get, u4),
    pairs.square(u4, u4),
    pairs.square(u4, u4),
    twoBoxes(s, n, [inputs, outputs], [rows], ([input, output], [row]) => [
      pairs.load(at(ops, input!.first), at(ops, input!.second), l),
      pairs.square(l, power),
      pairs.square(power, power),
      pairs.mul(power, l, power),
      pairs.load(at(ops, output!.first), at(ops, output!.second), out),
      pairs.mul(out, u4, out),
      pairs.sub(power, out, power),
      pairs.storeWide(power, row!.first, row!.second),
    ]),
  ]);
}

const at = (table: Local<'i32'>, index: I32): I32 => indexed(table.get, index, FIELD_BYTES);

interface Two {
  readonly first: I32;
  readonly second: I32;
}

/** Runs `body` for two rows at a time: it gets the entries of the index lists and the addresses in the vectors. */
function twoBoxes(
  s: Scope,
  n: Local<'i32'>,
  indices: readonly Local<'i32'>[],
  vectors: readonly Local<'i32'>[],
  body: (indices: readonly Two[], vectors: readonly Two[]) => Code,
): Code {
  const step = s.local('i32');
  const next = (list: Local<'i32'>, bytes: number): I32 => i32.add(list.get, i32.mul(step.get, i32.const(bytes)));
  const strides = [
    ...indices.map((list) => [list, 2 * INDEX_BYTES] as const),
    ...vectors.map((vector) => [vector, 2 * FIELD_BYTES] as const),
    [n, -2] as const,
  ];
  return s.repeat(
    i32.shrU(i32.add(n.get, i32.const(1)), i32.const(1)),
    strides,
    step.set(i32.select(i32.const(0), i32.const(1), i32.eq(n.get, i32.const(1)))),
    body(
      indices.map((list) => ({ first: i32.load(list.get), second: i32.load(next(list, INDEX_BYTES)) })),
      vectors.map((vector) => ({ first: vector.get, second: next(vector, FIELD_BYTES) })),
    ),
  );
}
