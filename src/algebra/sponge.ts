/**
 * Hashing with Poseidon, written once for values and for circuits: E is a bigint or a circuit's element.
 *
 * Every use has a domain name; the capacity element starts as tag(name, length), so that two uses, or two lengths of
 * one use, never collide. Inputs are added to the rate, the output is the first rate element.
 */
import type { Engine } from './engine.ts';
import { R } from './params.ts';
import { permute } from './poseidon/permutation.ts';

/** What hashing needs of an element type; a ConstraintSystem is one. */
export interface SpongeArithmetic<E> {
  constant(k: bigint): E;
  add(a: E, b: E): E;
  permute(state: readonly E[]): E[];
}

const RATE = 16;

/** ASCII name (at most 16 characters) and a 32-bit number in one field element. */
export function domainTag(name: string, length: number): bigint {
  let tag = 0n;
  for (const c of name.slice(0, 16)) tag = (tag << 8n) | BigInt(c.charCodeAt(0) & 0x7f);
  return (tag << 32n) | BigInt(length);
}

/** Hash of a fixed number of elements; the width is the smallest that fits them, at most 17. */
export function hash<E>(f: SpongeArithmetic<E>, domain: string, inputs: readonly E[]): E {
  const rate = Math.min(RATE, Math.max(1, inputs.length));
  const zero = f.constant(0n);
  let state: E[] = [f.constant(domainTag(domain, inputs.length)), ...new Array<E>(rate).fill(zero)];
  for (let at = 0; at < Math.max(1, inputs.length); at += rate) {
    state = f.permute(absorbed(f, state, inputs.slice(at, at + rate), at === 0));
  }
  return state[1]!;
}

/**
 * Fiat-Shamir transcript: absorb messages, squeeze challenges. Absorbing and squeezing alternate in a fixed pattern.
 * `rate` elements enter at once: a small one is cheaper in a circuit where messages are short (the permutation's width
 * is rate + 1, and its constants, differ per width: transcripts of two rates never meet).
 */
export class Transcript<E> {
  readonly #f: SpongeArithmetic<E>;
  readonly #rate: number;
  #state: E[];
  #pending: E[] = [];
  #fresh = true;

  constructor(f: SpongeArithmetic<E>, domain: string, rate = RATE) {
    this.#f = f;
    this.#rate = rate;
    this.#state = [f.constant(domainTag(domain, 0)), ...new Array<E>(rate).fill(f.constant(0n))];
  }

  absorb(...elements: readonly E[]): void {
    this.#pending.push(...elements);
  }

  /** One full field element that depends on everything absorbed so far. */
  squeeze(): E {
    const pending = this.#pending;
    for (let at = 0; at < Math.max(1, pending.length); at += this.#rate) {
      const block = pending.slice(at, at + this.#rate);
      this.#state = this.#f.permute(absorbed(this.#f, this.#state, block, this.#fresh));
      this.#fresh = false;
    }
    this.#pending = [];
    return this.#state[1]!;
  }
}

/** Adds inputs to the rate; into an empty state they are placed, which keeps a circuit's forms short. */
function absorbed<E>(f: SpongeArithmetic<E>, state: readonly E[], inputs: readonly E[], empty: boolean): E[] {
  const next = [...state];
  inputs.forEach((e, k) => {
    next[k + 1] = empty ? e : f.add(next[k + 1]!, e);
  });
  return next;
}

/** Values without an engine: for the few hashes of a verifier that must not start one. */
export const plainSponge: SpongeArithmetic<bigint> = {
  constant: (k) => k,
  add: (a, b) => (a + b) % R,
  permute: (state) => permute(state.length, state),
};

/** Values: bigints, permuted by the engine. */
export function nativeSponge(engine: Engine): SpongeArithmetic<bigint> {
  const { fr, poseidon } = engine;
  return {
    constant: (k) => k,
    add: (a, b) => (a + b) % fr.modulus,
    permute: (state) => fr.decode(poseidon.permute(state.length, fr.encode(state))),
  };
}
