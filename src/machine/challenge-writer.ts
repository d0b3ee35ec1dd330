/**
 * Writes the machine's share of the block P of a step: what depends on the challenges and on the state that comes in
 * (order: `challengeLayout`). All accesses are handled at once: with the numbers of all vectors turned round, lane by lane, a step's
 * fingerprints are one sum of small vectors times powers of alpha.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { R } from '../algebra/params.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import { invariant } from '../errors.ts';
import {
  type AccessLayout,
  accessLayout,
  type ChallengeLayout,
  challengeLayout,
  ENTERED,
  rhoPowers,
} from './challenge-layout.ts';
import { absorbBlock, blockElements } from './interface.ts';
import { type ModelLayout, modelLayout, selectorsOf } from './program.ts';
import { groupReads, type MachineShape, slotsPerStep, VECTOR } from './shape.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';
import { lookupAddresses } from './trace-writer.ts';

/** What a step takes over but its position. */
export interface MachineState<E> {
  readonly hIn: E;
  readonly o: E;
  readonly k: E;
  readonly sum: E;
  readonly alpha: E;
  readonly gamma: E;
  readonly rho: E;
}

export interface ChallengeShare {
  /** In shared memory, internal form. */
  readonly fields: Vec;
  /** The state after the step. */
  readonly next: MachineState<bigint>;
}

export class ChallengeWriter {
  readonly #engine: Engine;
  readonly #shape: MachineShape;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #layout: ChallengeLayout;
  readonly #access: AccessLayout;
  /** Of every access its address, its numbers lane by lane, and what its inverse is multiplied by. */
  readonly #addresses: Float64Array;
  readonly #lanes: Float64Array[];
  readonly #factors: Float64Array;

  constructor(engine: Engine, shape: MachineShape) {
    this.#engine = engine;
    this.#shape = shape;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#layout = challengeLayout(shape);
    this.#access = accessLayout(shape);
    const { accesses, writes } = this.#access;
    this.#addresses = new Float64Array(accesses);
    this.#lanes = Array.from({ length: VECTOR }, () => new Float64Array(accesses));
    this.#factors = new Float64Array(accesses).fill(-1, 0, writes);
  }

  /**
   * The share of step j.
   * @param model its model entries
   * @param small the small integers of its trace
   */
  write(j: number, model: Float64Array, small: Float64Array, state: MachineState<bigint>): ChallengeShare {
    const { fr } = this.#engine;
    const layout = this.#layout;
    const fields = new Uint8Array(new SharedArrayBuffer(layout.size * FIELD_BYTES));
    const put = (at: number, values: Vec): void => fields.set(values, at * FIELD_BYTES);

    const alphas = powers(state.alpha, VECTOR);
    const rhos = powers(state.rho, this.#shape.rows);
    put(0, fr.encode(ENTERED.map((name) => (name === 'position' ? BigInt(j) : state[name]))));
    put(layout.alphaPowers, fr.encode(alphas.slice(1)));
    put(layout.rhoPowers, fr.encode(rhos.slice(1, 1 + rhoPowers(this.#shape))));
    put(layout.combined, this.#combined(small, fr.encode([1n, ...rhos])));

    const selectors = selectorsOf(this.#model, model);
    this.#collect(j, model, small, selectors.input);
    const gaps = this.#gaps(fr.encode([...alphas, state.gamma]));
    const inverses = fr.mul(fr.inverse(gaps), fr.fromSmall(this.#factors));
    put(layout.gaps, gaps);
    put(layout.inverses, inverses);
    const ones = fr.fromSmall(new Float64Array(this.#access.accesses).fill(1));
    const sum = (state.sum + fr.decode(fr.dot(inverses, ones))[0]!) % R;

    const h = selectors.input ? state.hIn : state.o;
    const io = small.subarray(this.#trace.io, this.#trace.io + this.#shape.io * VECTOR);
    const hash = new WitnessWriter(this.#engine, 'fr', { bits: 0, fields: layout.hInNext - layout.hash });
    const absorbed = absorbBlock(hash, h, blockElements(io));
    put(layout.hash, hash.finish().fields);
    const hIn = selectors.input ? absorbed : state.hIn;
    const o = selectors.output ? absorbed : state.o;
    const k = selectors.reveal ? BigInt(small[this.#trace.reveal]! + 1) : state.k;
    put(layout.sumNext, fr.encode([sum]));
    put(layout.h, fr.encode([h]));
    put(layout.hInNext, fr.encode([hIn, o, k]));
    return { fields, next: { ...state, hIn, o, k, sum } };
  }

  /** For each number of a row of the bank: the sum over the rows, weighted by powers of rho. */
  #combined(small: Float64Array, rhos: Vec): Vec {
    const { fr } = this.#engine;
    const { rows, rowVectors } = this.#shape;
    const width = rowVectors * VECTOR;
    const out = new Uint8Array(this.#trace.groups.length * width * FIELD_BYTES);
    this.#trace.groups.forEach(({ reads }, g) => {
      const bank = fr.fromSmall(small.slice(reads, reads + rows * width));
      const own = out.subarray(g * width * FIELD_BYTES, (g + 1) * width * FIELD_BYTES);
      for (let r = 0; r < rows; r++) {
        fr.axpy(own, element(rhos, r), bank.subarray(r * width * FIELD_BYTES, (r + 1) * width * FIELD_BYTES));
      }
    });
    return out;
  }

  /** gamma - address - sum over k of alpha^(k+1) x_k, of every access. */
  #gaps(alphasAndGamma: Vec): Vec {
    const { fr } = this.#engine;
    const fingerprints = fr.fromSmall(this.#addresses);
    this.#lanes.forEach((numbers, k) => {
      fr.axpy(fingerprints, element(alphasAndGamma, k), fr.fromSmall(numbers));
    });
    const gamma = new Uint8Array(fingerprints.length);
    for (let at = 0; at < gamma.length; at += FIELD_BYTES) gamma.set(element(alphasAndGamma, VECTOR), at);
    return fr.sub(gamma, fingerprints);
  }

  /** Addresses, numbers and factors of all accesses, in their order. */
  #collect(j: number, model: Float64Array, small: Float64Array, isInput: boolean): void {
    const { rows, lookups, constants, io } = this.#shape;
    const [access, trace] = [this.#access, this.#trace];
    this.#trace.groups.forEach(({ reads, entries }, g) => {
      const own = this.#model.groups[g]!;
      const at = access.groups[g]!;
      const count = groupReads(this.#shape, g);
      this.#addresses.set(model.subarray(own.bank, own.bank + count), at.reads);
      this.#vectors(at.reads, small, reads, count);
      this.#addresses.set(lookupAddresses(this.#shape, own, model, small.subarray(reads)), at.lookups);
      for (let v = 0; v < lookups; v++) {
        for (const k of [0, 1]) {
          const from = entries + (2 * v + k) * VECTOR;
          this.#lanes[k]!.set(small.subarray(from, from + VECTOR), at.lookups + v * VECTOR);
        }
      }
    });
    this.#addresses.set(model.subarray(this.#model.io, this.#model.io + io), access.io);
    this.#vectors(access.io, small, trace.io, io);
    this.#addresses.set(model.subarray(this.#model.reveal, this.#model.reveal + 1), access.reveal);
    this.#vectors(access.reveal, small, trace.reveal, 1);

    const slots = slotsPerStep(this.#shape);
    for (let s = 0; s < slots; s++) this.#addresses[access.writes + s] = j * slots + s;
    let at = access.writes;
    const write = (from: Float64Array, first: number, n: number): void => {
      this.#vectors(at, from, first, n);
      at += n;
    };
    write(model, this.#model.constants, constants);
    write(small, trace.io, io);
    for (const { out, entries } of trace.groups) {
      write(small, out, rows);
      write(small, entries, 2 * lookups);
    }
    invariant(at === access.accesses, 'accesses of a step');
    this.#factors.set(small.subarray(trace.multiplicities, trace.multiplicities + slots), access.writes);
    if (!isInput) this.#factors.fill(0, access.writes + constants, access.writes + constants + io);
  }

  /** n vectors from `first` on as accesses `to` and following. */
  #vectors(to: number, from: Float64Array, first: number, n: number): void {
    for (let k = 0; k < VECTOR; k++) {
      const lane = this.#lanes[k]!;
      for (let v = 0; v < n; v++) lane[to + v] = from[first + v * VECTOR + k]!;
    }
  }
}

/** e, e^2, .. e^n */
function powers(e: bigint, n: number): bigint[] {
  const out = [e];
  while (out.length < n) out.push((out[out.length - 1]! * e) % R);
  return out;
}

function element(v: Vec, k: number): Vec {
  return v.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES);
}
