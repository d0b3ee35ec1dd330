/**
 * Kernels over the S-boxes of one RowMatrix (algebra/engine.ts), the rows l^5 - out u^4, two at a time. Operands stand in one
 * table, z first and the forms behind it; an odd last row is paired with itself, then with weight zero.
 *
 * Ranges: operands come in canonical and a product of values below 13p is below (1 + 169 / 168) p < 3p, of values below 2p below
 * 1.1p. So powers and products of canonical elements stay below 1.1p, a difference of two of them (`sub`) below 4p. A sum of
 * BLOCK products on top of one below 2p stays below 73p; multiplied by 1 it is below (1 + 73 / 168) p < 2p again.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, indexed, offset, type Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, type Local } from '../assembly/code.ts';
import type { PackedField } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';

const INDEX_BYTES = 4;
const SUMS = 6;
/** Pairs of rows between two reductions of the sums. */
const BLOCK = 64;

/** Adds `${name}_boxes` and `${name}_box_sums`. */
export function addBoxKernels(asm: Assembler, name: string, pairs: PairField, packed: PackedField): void {
  const [l, out, power, u4] = pairs.slots(4);
  const [a, b, weight, product, term, one] = pairs.slots(6);
  const [a2, b2, ab] = pairs.slots(3);
  const totals = pairs.slots(SUMS);
  const zero = i32.const(asm.constant(new Uint8Array(FIELD_BYTES)));
  const [first, second] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];

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

  // (inputs, outputs, ops1, ops2, weights, sums, n): with a = l1, b = l2 and their weight w, sums of w a^4 b, w a^3 b^2,
  // w a^2 b^3, w a b^4, w out1 and w out2.
  asm.define(`${name}_box_sums`, 7, (s, inputs, outputs, ops1, ops2, weights, sums, n) => {
    const left = s.local('i32');
    const add = (x: I32, y: I32, index: number): Code => [
      pairs.mul(x, y, term),
      pairs.add(totals[index]!, term, totals[index]!),
    ];
    return [
      pairs.load(pairs.one, pairs.one, one),
      totals.map((total) => pairs.load(zero, zero, total)),
      left.set(i32.const(BLOCK)),
      twoBoxes(s, n, [inputs, outputs], [weights], ([input, output], [w], isPair) => [
        pairs.load(w!.first, i32.select(w!.second, zero, isPair), weight),
        pairs.load(at(ops1, input!.first), at(ops1, input!.second), a),
        pairs.load(at(ops2, input!.first), at(ops2, input!.second), b),
        pairs.square(a, a2),
        pairs.square(b, b2),
        pairs.mul(weight, a, ab),
        pairs.mul(ab, b, ab),
        pairs.mul(ab, a2, product),
        add(product, a, 0),
        add(product, b, 1),
        pairs.mul(ab, b2, product),
        add(product, a, 2),
        add(product, b, 3),
        pairs.load(at(ops1, output!.first), at(ops1, output!.second), out),
        add(weight, out, 4),
        pairs.load(at(ops2, output!.first), at(ops2, output!.second), out),
        add(weight, out, 5),
        left.set(i32.sub(left.get, i32.const(1))),
        control.if(i32.eqz(left.get), [
          totals.map((total) => pairs.mul(total, one, total)),
          left.set(i32.const(BLOCK)),
        ]),
      ]),
      totals.map((total, index) => [
        pairs.mul(total, one, total),
        pairs.store(total, first, second),
        packed.add(first, second, offset(sums.get, index * FIELD_BYTES)),
      ]),
    ];
  });
}

const at = (table: Local<'i32'>, index: I32): I32 => indexed(table.get, index, FIELD_BYTES);

interface Two {
  readonly first: I32;
  readonly second: I32;
}

/**
 * Runs `body` for two rows at a time: it gets the entries of the index lists, the addresses in the vectors, and 0 where the
 * second row is the first once more, else 1.
 */
function twoBoxes(
  s: Scope,
  n: Local<'i32'>,
  indices: readonly Local<'i32'>[],
  vectors: readonly Local<'i32'>[],
  body: (indices: readonly Two[], vectors: readonly Two[], isPair: I32) => Code,
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
      step.get,
    ),
  );
}
