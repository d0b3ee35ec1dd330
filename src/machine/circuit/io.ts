/**
 * What a step absorbs and reveals (docs/protocol.md, the tensor machine): one set of vectors is the network's input, its output, or
 * neither, by two selectors that are never both on. What is absorbed is in range, so that a digest is of one sequence of integers.
 */
import { assertEqual } from '../../circuit/constraint-system.ts';
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { absorbBlock } from '../interface.ts';
import { PER_ELEMENT, VALUE_BITS, VECTOR } from '../shape.ts';
import { overCopies } from './copies.ts';
import type { MachineWires } from './wires.ts';

/** The selectors are booleans, and not both on: no row else relies on what an entry of the model is. */
export function buildSelectors(cs: ShapeBuilder, wires: MachineWires): void {
  const { selectors } = wires.model;
  for (let n = 0; n < selectors.counts[0]!; n++) {
    const s = wires.entry(selectors, n);
    cs.row([s, cs.sub(s, cs.constant(1n))]);
  }
  const { input, output } = selectorsOf(wires);
  cs.row([input, output]);
}

function selectorsOf(wires: MachineWires): Readonly<Record<'input' | 'output' | 'reveal', LinearForm>> {
  const [input, output, reveal] = [0, 1, 2].map((n) => wires.entry(wires.model.selectors, n));
  return { input: input!, output: output!, reveal: reveal! };
}

/** All values that may be absorbed have VALUE_BITS bits, and what may be revealed is not negative. */
export function buildRanges(cs: ShapeBuilder, wires: MachineWires): void {
  const { io, reveal, bitsOf } = wires.trace;
  const half = cs.constant(1n << BigInt(VALUE_BITS - 1));
  overCopies(cs, [wires.shape.io, VECTOR], (n, l) => {
    assertEqual(cs, pack(cs, wires.bits(bitsOf.io, n, l)), cs.add(wires.number(io, n, l), half));
  });
  assertEqual(cs, pack(cs, wires.bits(bitsOf.reveal, 0)), wires.number(reveal, 0));
}

/** h_in and o after the step: the one whose selector is on has absorbed the vectors. */
export function buildAbsorption(
  cs: ShapeBuilder,
  wires: MachineWires,
  { hIn, o }: { readonly hIn: LinearForm; readonly o: LinearForm },
): { readonly hIn: LinearForm; readonly o: LinearForm } {
  const selectors = selectorsOf(wires);
  const h = choose(cs, selectors.input, hIn, o);
  const half = cs.constant(1n << BigInt(VALUE_BITS - 1));
  const numbers = Array.from({ length: wires.shape.io }, (_, n) => wires.numbers(wires.trace.io, [n])).flat();
  const elements = Array.from({ length: Math.ceil(numbers.length / PER_ELEMENT) }, (_, e) =>
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
export function buildReveal(cs: ShapeBuilder, wires: MachineWires, k: LinearForm): LinearForm {
  const next = cs.add(wires.number(wires.trace.reveal, 0), cs.constant(1n));
  return choose(cs, selectorsOf(wires).reveal, next, k);
}

/** when ? a : b as a variable. One row. */
function choose(cs: ShapeBuilder, when: LinearForm, a: LinearForm, b: LinearForm): LinearForm {
  const chosen = cs.field();
  cs.row([when, cs.sub(a, b)], [cs.sub(b, chosen), cs.constant(1n)]);
  return chosen;
}
