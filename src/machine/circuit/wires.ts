/** What the parts of a machine's step are built on: the variables of all its blocks, by the layouts that say where each stands. */
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { type AccessLayout, accessLayout, type ChallengeLayout, challengeLayout } from '../challenge-layout.ts';
import type { Indices, Place } from '../places.ts';
import { type ModelLayout, modelLayout } from '../program.ts';
import { type MachineShape, SHIFT, slotsPerStep, VALUE_BITS, VECTOR } from '../shape.ts';
import { type TraceLayout, traceLayout } from '../trace-layout.ts';

export type Forms = readonly LinearForm[];

export class MachineWires {
  readonly model: ModelLayout;
  readonly trace: TraceLayout;
  readonly challenge: ChallengeLayout;
  readonly access: AccessLayout;
  readonly #model: Forms;
  readonly #small: Forms;
  readonly #bits: Forms;
  /** Of P: the arrays of `challengeLayout`. */
  readonly share: Forms;

  /** Allocates all of M and T, and the arrays of P. */
  constructor(
    cs: ShapeBuilder,
    readonly shape: MachineShape,
  ) {
    this.model = modelLayout(shape);
    this.trace = traceLayout(shape);
    this.challenge = challengeLayout(shape);
    this.access = accessLayout(shape);
    this.#model = cs.model(this.model.size);
    this.#bits = cs.traceBits(this.trace.bits);
    this.#small = cs.trace(this.trace.small);
    this.share = Array.from({ length: this.challenge.arrays }, () => cs.field());
  }

  /** An entry of the model. */
  entry(place: Place, ...at: Indices): LinearForm {
    return this.#model[place.at(...at)]!;
  }
  /** So many entries of the model from there on. */
  entries(place: Place, at: Indices, n = VECTOR): Forms {
    const from = place.at(...at);
    return this.#model.slice(from, from + n);
  }
  /** All elements of the model at one tuple of indices. */
  elements(place: Place, ...at: Indices): Forms {
    return elementsOf(this.#model, place, at);
  }
  /** A number of the trace. */
  number(place: Place, ...at: Indices): LinearForm {
    return this.#small[place.at(...at)]!;
  }
  /** So many numbers of the trace from there on. */
  numbers(place: Place, at: Indices, n = VECTOR): Forms {
    const from = place.at(...at);
    return this.#small.slice(from, from + n);
  }
  /** The bits of a number of the trace. */
  bits(place: Place, ...at: Indices): Forms {
    return elementsOf(this.#bits, place, at);
  }
  /** The sum over a matrix's tiles of number k of vector v of their row o, weighted by powers of rho. */
  combined(v: number, w: number, o: number, k: number): LinearForm {
    return this.share[this.challenge.combined.at(v, w, o, k)]!;
  }
}

function elementsOf(forms: Forms, place: Place, at: Indices): Forms {
  const first = place.at(...at);
  const step = place.step[at[0]]!;
  return Array.from({ length: place.elements }, (_, e) => forms[first + e * step]!);
}

/** A step's address of slot 0: its position times the slots of a step. */
export function firstSlot(cs: ShapeBuilder, shape: MachineShape, position: LinearForm): LinearForm {
  return cs.scale(BigInt(slotsPerStep(shape)), position);
}

/** The lanes' y of the bits of accumulator + 2^31, and rem: linear forms. */
export function splitSum(cs: ShapeBuilder, bits: Forms): { readonly y: LinearForm; readonly rem: LinearForm } {
  const weighted = (from: Forms) => from.map((b, k) => [1n << BigInt(k), b] as const);
  return {
    y: cs.sum([...weighted(bits.slice(SHIFT)), [-(1n << BigInt(VALUE_BITS - 1)), cs.constant(1n)]]),
    rem: cs.sum(weighted(bits.slice(0, SHIFT))),
  };
}
