/**
 * Reads and writes of a step (docs/protocol.md, the tensor machine): every access is the fingerprint
 * address + sum over k of alpha^(k+1) x_k of what is read or written, and the inverse of gamma minus that. Over one run of a network
 * the inverses of all reads (times -1) and writes (times multiplicities) sum to zero only when every read found what was written.
 *
 * Everything in a fingerprint or a multiplicity is of the model, of the trace, or a function of the position: nothing else of P.
 */
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { PARTIAL_SUMS } from '../challenge-layout.ts';
import type { Indices, Place } from '../places.ts';
import { firstComputedGroup, groupStart, indexPosition, VECTOR } from '../shape.ts';
import { overCopies } from './copies.ts';
import { type Forms, firstSlot, type MachineWires } from './wires.ts';

interface Access {
  readonly address: LinearForm;
  /** The vector's numbers; further ones are zero. */
  readonly numbers: Forms;
  /** The inverse times the gap: -1 for a read, a product of two factors for a write. */
  readonly result: readonly [LinearForm, LinearForm];
}

/** What the rows of accesses are made of besides the blocks. */
export interface MemoryTerms {
  readonly position: LinearForm;
  /** alpha, alpha^2, .. */
  readonly powers: Forms;
  readonly gamma: LinearForm;
}

export class MemoryRows {
  readonly #cs: ShapeBuilder;
  readonly #wires: MachineWires;
  readonly #terms: MemoryTerms;
  readonly #first: LinearForm;
  readonly #one: LinearForm;
  readonly #ofRead: Access['result'];

  constructor(cs: ShapeBuilder, wires: MachineWires, terms: MemoryTerms) {
    this.#cs = cs;
    this.#wires = wires;
    this.#terms = terms;
    this.#first = firstSlot(cs, wires.shape, terms.position);
    this.#one = cs.constant(1n);
    this.#ofRead = [cs.constant(-1n), this.#one];
  }

  /**
   * Reads of groups: each shows by BACK_BITS bits that its address is below the group's first write slot, so that no value depends on
   * itself, whatever the weights between read and write are. Computed weights are read before the first group that uses them.
   */
  reads(): void {
    const { rowVectors, groups, rows, computed, lookups } = this.#wires.shape;
    const { model, trace, access } = this.#wires;
    overCopies(this.#cs, [rowVectors, groups, rows], (v, g, r) => this.#read('bank', g, [v, g, r]));
    overCopies(this.#cs, [2, groups, rows], (n, g, r) => this.#read('residual', g, [n, g, r]));
    overCopies(this.#cs, [rowVectors, computed, VECTOR], (v, c, l) => {
      this.#read('computed', firstComputedGroup(this.#wires.shape, c), [v, c, l]);
    });
    const position = indexPosition(this.#wires.shape);
    overCopies(this.#cs, [groups, lookups, VECTOR], (g, v, l) => {
      const wires = this.#wires;
      const address = this.#bounded(trace.bitsOf.back.lookups, g, [g, v, l]);
      const index = wires.number(trace.bank, position + v, g, rows - 1, l);
      const base = wires.entry(model.base, g, v, l);
      this.#cs.scope('backward', () => {
        this.#cs.row([wires.entry(model.index, g, v), index], [this.#cs.sub(base, address), this.#one]);
      });
      const found = [0, 1].map((k) => wires.number(trace.entries, g, v, k, l));
      const numbers = [...found, wires.entry(model.tags, g, v, l)];
      this.#access(access.lookups.at(g, v, l), { address, numbers, result: this.#ofRead });
    });
  }

  /** The output reads and the reveal, which feed no write and have no bound. */
  unbounded(): void {
    const { model, trace, access, shape } = this.#wires;
    const read = (kind: 'io' | 'reveal', n: number): void => {
      const [address, numbers] = [this.#wires.entry(model[kind], n), this.#wires.numbers(trace[kind], [n])];
      this.#access(access[kind].at(n), { address, numbers, result: this.#ofRead });
    };
    overCopies(this.#cs, [shape.io], (n) => read('io', n));
    read('reveal', 0);
  }

  /** The write slots of a step: slot s at address jA + s. An input slot is written where the selector says so. */
  writes(): void {
    const { shape, model, trace } = this.#wires;
    const { constants, io, groups, rows, lookups } = shape;
    const isInput = this.#wires.entry(model.selectors, 0);
    overCopies(this.#cs, [constants], (s) => {
      this.#write('constants', s, [s], this.#wires.entries(model.constants, [s]));
    });
    overCopies(this.#cs, [io], (n) => {
      this.#write('io', constants + n, [n], this.#wires.numbers(trace.io, [n]), isInput);
    });
    overCopies(this.#cs, [groups, rows], (g, r) => {
      this.#write('lanes', groupStart(shape, g) + r, [g, r], this.#wires.numbers(trace.out, [g, r]));
    });
    overCopies(this.#cs, [groups, lookups, 2], (g, v, k) => {
      const numbers = this.#wires.numbers(trace.entries, [g, v, k]);
      this.#write('entries', groupStart(shape, g) + rows + 2 * v + k, [g, v, k], numbers);
    });
  }

  /** A sum and all inverses, as a new variable of `share`. Most of them in sums of their own, which are copies of one pattern. */
  sum(sum: LinearForm): LinearForm {
    const { challenge, share } = this.#wires;
    const partial = Array.from({ length: PARTIAL_SUMS }, (_, c) => share[challenge.sums + c]!);
    overCopies(this.#cs, [PARTIAL_SUMS], (c) => {
      this.#total(
        challenge.runs.map((from) => share[from + c]!),
        partial[c]!,
      );
    });
    const next = share[challenge.sumNext]!;
    this.#total([sum, ...partial, ...challenge.rest.map((n) => share[n]!)], next);
    return next;
  }

  #total(terms: Forms, is: LinearForm): void {
    this.#cs.row([this.#cs.sum([[-1n, is], ...terms.map((term) => [1n, term] as const)]), this.#one]);
  }

  #read(kind: 'bank' | 'residual' | 'computed', g: number, at: [number, number, number]): void {
    const { model, trace, access } = this.#wires;
    const address = this.#wires.entry(model[kind], ...at);
    this.#cs.scope('backward', () => {
      this.#cs.row([this.#cs.sub(this.#bounded(trace.bitsOf.back[kind], g, at), address), this.#one]);
    });
    const numbers = this.#wires.numbers(trace[kind], at);
    this.#access(access[kind].at(...at), { address, numbers, result: this.#ofRead });
  }

  /** The address that stands so far below a group's first write slot as the bits say. */
  #bounded(bits: Place, g: number, at: [number, number, number]): LinearForm {
    const last = this.#cs.constant(BigInt(groupStart(this.#wires.shape, g) - 1));
    return this.#cs.sum([
      [1n, this.#first],
      [1n, last],
      [-1n, pack(this.#cs, this.#wires.bits(bits, ...at))],
    ]);
  }

  #write(
    kind: 'constants' | 'io' | 'lanes' | 'entries',
    slot: number,
    at: Indices,
    numbers: Forms,
    factor = this.#one,
  ): void {
    const { trace, access } = this.#wires;
    const address = this.#cs.add(this.#first, this.#cs.constant(BigInt(slot)));
    const multiplicity = this.#wires.number(trace.multiplicities[kind], ...at);
    this.#access(access.writes[kind].at(...at), { address, numbers, result: [factor, multiplicity] });
  }

  /**
   * The rows of access n: gap = gamma - fingerprint, then the product of inverse and gap. An inverse that does not exist has no
   * witness: with probability (accesses) / r for random challenges.
   */
  #access(n: number, { address, numbers, result: [a, b] }: Access): void {
    const cs = this.#cs;
    const { powers, gamma } = this.#terms;
    const { challenge, share } = this.#wires;
    const [gap, inverse] = [share[challenge.gaps[n]!]!, share[challenge.inverses[n]!]!];
    cs.scope('memory', () => {
      const rest = cs.sum([
        [1n, gap],
        [1n, address],
        [-1n, gamma],
      ]);
      cs.row(...numbers.map((x, k) => [powers[k]!, x] as const), [rest, this.#one]);
      cs.row([inverse, gap], [cs.scale(-1n, a), b]);
    });
  }
}
