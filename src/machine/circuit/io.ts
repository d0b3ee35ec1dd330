/**
 * What a step absorbs and reveals (docs/protocol.md, the tensor machine): one set of vectors is the network's input, its output, or
 * neither, by two selectors that are never both on. What is absorbed is in range, so that a digest is of one sequence of integers.
 */
import { assertEqual } from '../../circuit/constraint-system.ts';
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { absorbBlock } from '../interface.ts';
import { PER_ELEMENT, VALUE_BITS } from '../shape.ts';
import type { MachineWires } from './wires.ts';

/** The selectors are booleans, and not both on: no row else relies on what an entry of the model is. */
export function buildSelectors(cs: ShapeBuilder, { selectors }: MachineWires): void {
  const { input, output, reveal } = selectors;
  for (const s of [input, output, reveal]) cs.row([s, cs.sub(s, cs.constant(1n))]);
  cs.row([input, output]);
}

/** All values that may be absorbed have VALUE_BITS bits, and what may be revealed is not negative. */
export function buildRanges(cs: ShapeBuilder, { io, reveal }: MachineWires): void {
  const half = cs.constant(1n << BigInt(VALUE_BITS - 1));
  for (const { numbers, bits } of io) {
    numbers.forEach((x, l) => {
      assertEqual(cs, pack(cs, bits[l]!), cs.add(x, half));
    });
  }
  assertEqual(cs, pack(cs, reveal.bits), reveal.numbers[0]!);
}

/** h_in and o after the step: the one whose selector is on has absorbed the vectors. */
export function buildAbsorption(
  cs: ShapeBuilder,
  { io, selectors }: MachineWires,
  { hIn, o }: { readonly hIn: LinearForm; readonly o: LinearForm },
): { readonly hIn: LinearForm; readonly o: LinearForm } {
  const h = choose(cs, selectors.input, hIn, o);
  const half = cs.constant(1n << BigInt(VALUE_BITS - 1));
  const numbers = io.flatMap((vector) => vector.numbers);
  const elements = Array.from({ length: numbers.length / PER_ELEMENT }, (_, e) =>
    cs.sum(
      numbers
        .slice(e * PER_ELEMENT, (e + 1) * PER_ELEMENT)
        .flatMap((x, k) => [x, half].map((part) => [1n << BigInt(VALUE_BITS * k), part] as const)),
    ),
  );
  const next = absorbBlock(cs, h, elements);
  return { hIn: choose(cs, selectors.input, next, hIn), o: choose(cs, selectors.output, next, o) };
}

/** k after the step: the revealed number plus one, where its selector is on. */
export function buildReveal(cs: ShapeBuilder, { reveal, selectors }: MachineWires, k: LinearForm): LinearForm {
  return choose(cs, selectors.reveal, cs.add(reveal.numbers[0]!, cs.constant(1n)), k);
}

/** when ? a : b as a variable. One row. */
function choose(cs: ShapeBuilder, when: LinearForm, a: LinearForm, b: LinearForm): LinearForm {
  const chosen = cs.field();
  cs.row([when, cs.sub(a, b)], [cs.sub(b, chosen), cs.constant(1n)]);
  return chosen;
}
