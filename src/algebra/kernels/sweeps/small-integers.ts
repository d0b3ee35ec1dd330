/**
 * The kernel that makes field elements of small integers, the weights and activations of a network. A multiplication into
 * Montgomery form would cost as much as for any element; instead a magnitude is cut into digits of 8 bits and the elements of all
 * digits stand in tables, so that a number of 16 bits takes one addition.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import { type Assembler, indexed, offset } from '../assembly/assembler.ts';
import { control, type I32, i32, i64 } from '../assembly/code.ts';
import { MONTGOMERY_BITS } from '../field/limbs.ts';
import { clear, copy, type PackedField } from '../field/packed-field.ts';

const DIGIT_BITS = 8;
const DIGITS = 2 ** DIGIT_BITS;
/** Magnitudes go up to 2^53. */
const TABLES = Math.ceil(54 / DIGIT_BITS);
const DOUBLE_BYTES = 8;

/** Adds `${name}_from_small`. */
export function addSmallIntegers(asm: Assembler, name: string, modulus: bigint, packed: PackedField): void {
  const tables = i32.const(asm.constant(digitTables(modulus)));

  // (values, out, n): doubles that hold integers up to 2^53, as elements in Montgomery form.
  asm.define(`${name}_from_small`, 3, (s, values, out, n) => {
    const [v, rest, table] = [s.local('i64'), s.local('i64'), s.local('i32')];
    const negative = i64.ltS(v.get, i64.const(0n));
    const entry = (): I32 =>
      indexed(table.get, i32.wrap(i64.and(rest.get, i64.const(BigInt(DIGITS - 1)))), FIELD_BYTES);
    return [
      s.repeat(
        n.get,
        [
          [values, DOUBLE_BYTES],
          [out, FIELD_BYTES],
        ],
        v.set(i64.ofDouble(values.get)),
        control.if(i64.eqz(v.get), clear(out.get), [
          rest.set(i64.select(i64.sub(i64.const(0n), v.get), v.get, negative)),
          table.set(tables),
          copy(entry(), out.get),
          control.block(
            control.loop(
              rest.set(i64.shrU(rest.get, i64.const(BigInt(DIGIT_BITS)))),
              control.brIf(1, i64.eqz(rest.get)),
              table.set(offset(table.get, DIGITS * FIELD_BYTES)),
              packed.add(out.get, entry(), out.get),
              control.br(0),
            ),
          ),
          control.if(negative, packed.neg(out.get, out.get)),
        ]),
      ),
    ];
  });
}

/** Entry d of table k is d 2^(8 k) in Montgomery form. */
function digitTables(modulus: bigint): Uint8Array {
  const F = field(modulus);
  const bytes = new Uint8Array(TABLES * DIGITS * FIELD_BYTES);
  for (let k = 0; k < TABLES; k++) {
    const unit = F.create(2n ** BigInt(MONTGOMERY_BITS + DIGIT_BITS * k));
    let value = 0n;
    for (let d = 0; d < DIGITS; d++, value = F.add(value, unit))
      bytes.set(F.toBytes(value), (k * DIGITS + d) * FIELD_BYTES);
  }
  return bytes;
}
