/** All accesses of a step to the memory, in the order of `accessLayout`: addresses, numbers, and what they count for in the sum. */
import { type AccessLayout, accessLayout } from './challenge-layout.ts';
import type { Indices, Place } from './places.ts';
import { type ModelLayout, modelLayout } from './program.ts';
import { groupStart, type MachineShape, slotsPerStep, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';
import { LookupAddresses } from './trace-writer.ts';

export class Accesses {
  readonly #shape: MachineShape;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #access: AccessLayout;
  readonly #lookups: LookupAddresses;
  readonly addresses: Float64Array;
  /** Numbers lane by lane. */
  readonly lanes: readonly Float64Array[];
  /** What the inverse of an access is multiplied by: -1 of a read, the multiplicity of a write. */
  readonly factors: Float64Array;

  constructor(shape: MachineShape) {
    this.#shape = shape;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#access = accessLayout(shape);
    this.#lookups = new LookupAddresses(shape);
    const { count, unused } = this.#access;
    this.addresses = new Float64Array(count);
    this.lanes = Array.from({ length: VECTOR }, () => new Float64Array(count));
    this.factors = new Float64Array(count).fill(-1);
    for (const n of unused) this.factors[n] = 0;
  }

  /** Of step j, whose model entries and trace are given; what was collected before is overwritten. */
  collect(j: number, model: Float64Array, small: Float64Array, isInput: boolean): void {
    const [access, trace] = [this.#access, this.#trace];
    for (const kind of ['bank', 'residual', 'computed', 'io', 'reveal'] as const) {
      const [to, addresses] = [access[kind], this.#model[kind]];
      to.first.forEach((at, i) => {
        const from = addresses.at(i);
        this.addresses.set(model.subarray(from, from + to.inner), at);
        this.#vectors(at, small, trace[kind].at(i), to.inner);
      });
    }
    this.#lookups.each(model, small, (address, g, v, l) => {
      const at = access.lookups.at(g, v, l);
      this.addresses[at] = address;
      for (const k of [0, 1]) this.lanes[k]![at] = small[trace.entries.at(g, v, k, l)]!;
      this.lanes[2]![at] = model[this.#model.tags.at(g, v, l)]!;
    });

    const { constants, io, groups, rows, lookups } = this.#shape;
    const first = j * slotsPerStep(this.#shape);
    const { writes } = access;
    const write = (kind: keyof typeof writes, slot: number, from: Float64Array, vector: Place, ...n: Indices): void => {
      const at = writes[kind].at(...n);
      this.addresses[at] = first + slot;
      this.#vectors(at, from, vector.at(...n), 1);
      this.factors[at] = small[trace.multiplicities[kind].at(...n)]!;
    };
    for (let s = 0; s < constants; s++) write('constants', s, model, this.#model.constants, s);
    for (let n = 0; n < io; n++) {
      write('io', constants + n, small, trace.io, n);
      if (!isInput) this.factors[writes.io.at(n)] = 0;
    }
    for (let g = 0; g < groups; g++) {
      const start = groupStart(this.#shape, g);
      for (let r = 0; r < rows; r++) write('lanes', start + r, small, trace.out, g, r);
      for (let v = 0; v < lookups; v++)
        for (const k of [0, 1]) write('entries', start + rows + 2 * v + k, small, trace.entries, g, v, k);
    }
  }

  /** n vectors from `first` on as accesses `to` and following. */
  #vectors(to: number, from: Float64Array, first: number, n: number): void {
    for (let k = 0; k < VECTOR; k++) {
      const lane = this.lanes[k]!;
      for (let v = 0; v < n; v++) lane[to + v] = from[first + v * VECTOR + k]!;
    }
  }
}
