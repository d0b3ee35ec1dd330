/**
 * Writes the machine's share of the block P of a step: what depends on the challenges and on the state that comes in
 * (order: `challengeLayout`). All accesses are handled at once: with the numbers of all vectors turned round, lane by lane, a step's
 * fingerprints are one sum of small vectors times powers of alpha.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { R } from '../algebra/params.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import { Accesses } from './accesses.ts';
import {
  accessLayout,
  type ChallengeLayout,
  challengeLayout,
  ENTERED,
  joinPowers,
  PARTIAL_SUMS,
  rhoPowers,
} from './challenge-layout.ts';
import { absorbBlock, blockElements } from './interface.ts';
import { type ModelLayout, modelLayout, selectorsOf } from './program.ts';
import { type MachineShape, VECTOR } from './shape.ts';
import { TileSums } from './tile-sums.ts';
import { type TraceLayout, traceLayout } from './trace-layout.ts';

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

/** Accesses from a number on, and where their gaps and inverses begin. */
interface Neighbours {
  readonly from: number;
  readonly gap: number;
  readonly inverse: number;
  length: number;
}

export class ChallengeWriter {
  readonly #engine: Engine;
  readonly #shape: MachineShape;
  readonly #model: ModelLayout;
  readonly #trace: TraceLayout;
  readonly #layout: ChallengeLayout;
  readonly #accesses: Accesses;
  readonly #tiles: TileSums;
  /** Accesses that neighbour each other also in P. */
  readonly #runs: Neighbours[] = [];

  constructor(engine: Engine, shape: MachineShape) {
    this.#engine = engine;
    this.#shape = shape;
    this.#model = modelLayout(shape);
    this.#trace = traceLayout(shape);
    this.#layout = challengeLayout(shape);
    this.#accesses = new Accesses(shape);
    this.#tiles = new TileSums(engine, shape);
    this.#findRuns(new Set(accessLayout(shape).unused));
  }

  #findRuns(unused: ReadonlySet<number>): void {
    const { gaps, inverses } = this.#layout;
    let last: Neighbours | undefined;
    gaps.forEach((gap, from) => {
      if (unused.has(from)) {
        last = undefined;
      } else if (last && last.gap + last.length === gap && last.inverse + last.length === inverses[from]) {
        last.length++;
      } else {
        last = { from, gap, inverse: inverses[from]!, length: 1 };
        this.#runs.push(last);
      }
    });
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
    const rhos = powers(state.rho, 1 + rhoPowers(this.#shape));
    const selectors = selectorsOf(this.#model, model);
    put(layout.entered, fr.encode(ENTERED.map((name) => (name === 'position' ? BigInt(j) : state[name]))));
    put(layout.alphaPowers, fr.encode(alphas.slice(1)));
    put(layout.rhoPowers, fr.encode(rhos.slice(1)));
    if (selectors.joins) put(layout.joinPowers, fr.encode(rhos.slice(0, joinPowers(this.#shape))));
    this.#tiles.write(fields, { model, small, powers: fr.encode([1n, ...rhos]), joins: selectors.joins });
    this.#accesses.collect(j, model, small, selectors.input);
    const gaps = this.#gaps(fr.encode([...alphas, state.gamma]));
    const inverses = fr.mul(fr.inverse(gaps), fr.fromSmall(this.#accesses.factors));
    for (const { from, gap, inverse, length } of this.#runs) {
      const own = (values: Vec): Vec => values.subarray(from * FIELD_BYTES, (from + length) * FIELD_BYTES);
      put(gap, own(gaps));
      put(inverse, own(inverses));
    }
    const sum = (state.sum + this.#total(inverses)) % R;
    put(layout.sums, this.#partialSums(fields));

    const h = selectors.input ? state.hIn : state.o;
    const from = this.#trace.io.at(0);
    const io = small.subarray(from, from + this.#shape.io * VECTOR);
    const hash = new WitnessWriter(this.#engine, 'fr', { bits: 0, fields: layout.hInNext - layout.hash });
    const absorbed = absorbBlock(hash, h, blockElements(io));
    put(layout.hash, hash.finish().fields);
    const hIn = selectors.input ? absorbed : state.hIn;
    const o = selectors.output ? absorbed : state.o;
    const k = selectors.reveal ? BigInt(small[this.#trace.reveal.at(0)]! + 1) : state.k;
    put(layout.sumNext, fr.encode([sum]));
    put(layout.h, fr.encode([h]));
    put(layout.hInNext, fr.encode([hIn, o, k]));
    return { fields, next: { ...state, hIn, o, k, sum } };
  }

  /** gamma - address - sum over k of alpha^(k+1) x_k, of every access. */
  #gaps(alphasAndGamma: Vec): Vec {
    const { fr } = this.#engine;
    const fingerprints = fr.fromSmall(this.#accesses.addresses);
    this.#accesses.lanes.forEach((numbers, k) => {
      fr.axpy(fingerprints, element(alphasAndGamma, k), fr.fromSmall(numbers));
    });
    const gamma = new Uint8Array(fingerprints.length);
    for (let at = 0; at < gamma.length; at += FIELD_BYTES) gamma.set(element(alphasAndGamma, VECTOR), at);
    return fr.sub(gamma, fingerprints);
  }

  #total(inverses: Vec): bigint {
    const { fr } = this.#engine;
    const ones = fr.fromSmall(new Float64Array(inverses.length / FIELD_BYTES).fill(1));
    return fr.decode(fr.dot(inverses, ones))[0]!;
  }

  #partialSums(fields: Vec): Vec {
    const { fr } = this.#engine;
    const one = fr.encode([1n]);
    const sums = new Uint8Array(PARTIAL_SUMS * FIELD_BYTES);
    for (const n of this.#layout.runs)
      fr.axpy(sums, one, fields.subarray(n * FIELD_BYTES, (n + PARTIAL_SUMS) * FIELD_BYTES));
    return sums;
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
