/**
 * Runs a circuit for what its sponges absorb: values only, no row is checked, ladders are passed over. From that, what every
 * absorption is good for: which transcript takes up which message, and in which permutation.
 */
import type { Engine, Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { PlainSystem } from '../../src/circuit/plain-system.ts';

const F = field(R);

export interface Permutation {
  /** Domain of the sponge, and the how many-th of that domain it is. */
  readonly sponge: string;
  /** The how many-th permutation of the sponge. */
  readonly index: number;
  /** What is added to the rate. */
  readonly absorbed: readonly bigint[];
  /** Before it, with what is absorbed. */
  readonly state: readonly bigint[];
  /** What it gives, where it is asked. */
  readonly squeezed: bigint;
}

/** Tells which sponge a permutation belongs to, by the capacity element that it starts from. */
export class SpongeTracker {
  readonly permutations: Permutation[] = [];
  /** By the capacity element that a permutation leaves: its sponge, place and rate. */
  readonly #left = new Map<bigint, { sponge: string; index: number; rate: readonly bigint[] }>();
  readonly #count = new Map<string, number>();

  saw(state: readonly bigint[], out: readonly bigint[]): void {
    const [capacity, ...rate] = state as [bigint, ...bigint[]];
    const before = this.#left.get(capacity) ?? this.#begin(capacity, rate.length);
    const { sponge, index } = before;
    const absorbed = rate.map((value, k) => F.sub(value, before.rate[k]!));
    this.permutations.push({ sponge, index, absorbed, state, squeezed: out[1]! });
    this.#left.set(out[0]!, { sponge, index: index + 1, rate: out.slice(1) });
  }
  #begin(capacity: bigint, rate: number): { sponge: string; index: number; rate: readonly bigint[] } {
    const domain = Buffer.from((capacity >> 32n).toString(16).padStart(2, '0'), 'hex').toString('latin1');
    const count = this.#count.get(domain) ?? 0;
    this.#count.set(domain, count + 1);
    return { sponge: count ? `${domain} ${count + 1}` : domain, index: 0, rate: new Array<bigint>(rate).fill(0n) };
  }
}

/** An engine whose plain permutations are heard: those of provers and verifiers, not those that circuits trace. */
export function heardEngine(engine: Engine, tracker: SpongeTracker): Engine {
  const { fr, poseidon } = engine;
  return {
    ...engine,
    poseidon: {
      prepare: (width) => poseidon.prepare(width),
      permuteTraced: (...given) => poseidon.permuteTraced(...given),
      permutePowers: (...given) => poseidon.permutePowers(...given),
      permute: (width, state) => {
        const out = poseidon.permute(width, state);
        tracker.saw(fr.decode(state), fr.decode(out));
        return out;
      },
    },
  };
}

export class AbsorptionSystem extends PlainSystem {
  readonly #tracker = new SpongeTracker();

  constructor(engine: Engine) {
    super(nativeSponge(engine));
  }
  get permutations(): readonly Permutation[] {
    return this.#tracker.permutations;
  }
  /** What is absorbed here are any numbers. */
  override row(): void {}
  /** What a ladder gives bears on no challenge of the same fold. */
  override block(_count: number, _build: () => readonly bigint[], _write: (e: Engine, f: Vec) => readonly bigint[]) {
    return new Array<bigint>(8).fill(1n);
  }
  override permute(state: readonly bigint[]): bigint[] {
    const out = super.permute(state);
    this.#tracker.saw(state, out);
    return out;
  }
}

/** A value that a challenge or a digest must depend on. */
export interface Requirement {
  readonly what: string;
  readonly value: bigint;
  readonly sponge: string;
  /** The number of the last permutation that may take it up. */
  readonly by: number;
}

/** Where the sponges take up what is required; nothing for what none does. */
export function placesOf({ sponge, by, value }: Requirement, permutations: readonly Permutation[]): string[] {
  return permutations.flatMap((p) =>
    p.sponge === sponge && p.index <= by ? p.absorbed.flatMap((v, at) => (v === value ? [placeName(p, at)] : [])) : [],
  );
}

export const placeName = ({ sponge, index }: Permutation, at: number): string =>
  `${sponge}: permutation ${index}, element ${at}`;
