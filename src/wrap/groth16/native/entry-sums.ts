/**
 * Values of A and B on the domain: the sparse rows times the witness, in entries as section 4 of a .zkey has them (entries.ts).
 * Witness elements are plain (canonical), so that our product with factor 2^261 gives v w 2^251: a sum lacks 2^10 to internal form.
 */
import { FIELD_BYTES } from '../../../algebra/engine.ts';
import { type Assembler, indexed } from '../../../algebra/kernels/assembly/assembler.ts';
import { type Code, control, type I32, i32 } from '../../../algebra/kernels/assembly/code.ts';
import { isZero, type PackedField } from '../../../algebra/kernels/field/packed-field.ts';
import type { PairField } from '../../../algebra/kernels/field/pair-field.ts';
import { ENTRY_BYTES } from '../entries.ts';

/** A sum times this is in internal form. */
export const SUM_SCALE = 1n << 10n;

/**
 * Adds `${name}_entry_sums`(entries, n, matrix, witness, signals, rows, domain): rows[row] += value witness[signal] for the entries
 * of one matrix; returns how many entries come before the first one whose row or signal does not exist.
 */
export function addEntrySums(asm: Assembler, name: string, pairs: PairField, packed: PackedField): void {
  const [x, y] = pairs.slots(2);
  const [t1, t2] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];
  const VALUE = 12;

  asm.defineResult(`${name}_entry_sums`, 7, (s, entries, n, matrix, witness, signals, rows, domain) => {
    const [done, element, target, waitingEntry, waitingElement, waitingTarget] = s.locals('i32', 6);
    const value = (entry: I32): I32 => i32.add(entry, i32.const(VALUE));
    // Two products at a time; the values below 2^256 < 42.4 p: a product is below 1.3 p.
    const multiply = (entry: I32, factor: I32): Code => [
      pairs.load(value(waitingEntry.get), value(entry), x),
      pairs.load(waitingElement.get, factor, y),
      pairs.mul(x, y, x),
      pairs.store(x, t1, t2),
      packed.add(waitingTarget.get, t1, waitingTarget.get),
    ];
    const push: Code = control.if(
      waitingEntry.get,
      [multiply(entries.get, element.get), packed.add(target.get, t2, target.get), waitingEntry.set(i32.const(0))],
      [waitingEntry.set(entries.get), waitingElement.set(element.get), waitingTarget.set(target.get)],
    );
    const [row, signal] = [i32.load(entries.get, 4), i32.load(entries.get, 8)];
    return [
      s.repeat(
        n.get,
        [
          [entries, ENTRY_BYTES],
          [done, 1],
        ],
        control.if(i32.eqz(i32.and(i32.ltU(row, domain.get), i32.ltU(signal, signals.get))), [
          control.return(done.get),
        ]),
        control.if(i32.eq(i32.load(entries.get), matrix.get), [
          element.set(indexed(witness.get, signal, FIELD_BYTES)),
          target.set(indexed(rows.get, row, FIELD_BYTES)),
          control.if(i32.eqz(isZero(element.get)), push),
        ]),
      ),
      control.if(waitingEntry.get, multiply(waitingEntry.get, waitingElement.get)),
      control.return(done.get),
    ];
  });
}
