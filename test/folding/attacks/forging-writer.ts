/**
 * Writes the witness of a circuit with chosen values exchanged, and everything after them computed from the lie: the
 * witness of an adversary who breaks one rule and keeps all others. Places are named by scope, kind and number.
 */
import type { Engine } from '../../../src/algebra/engine.ts';
import { R } from '../../../src/algebra/params.ts';
import { WitnessWriter } from '../../../src/circuit/witness.ts';

/** `field`, `bits` (the value of one allocation), `permute` (the first rate element that goes in), `x`. */
export type Kind = 'field' | 'bits' | 'permute' | 'x';
/** For example 'challenges bits 3': the fourth allocation of bits in that scope. */
export type Place = `${string} ${Kind} ${number}`;
export type Forgeries = Readonly<Record<Place, (honest: bigint) => bigint>>;

export class ForgingWriter extends WitnessWriter {
  /** What stands at every place, after forging. */
  readonly seen = new Map<Place, bigint>();
  readonly #forgeries: Forgeries;
  readonly #counts = new Map<string, number>();
  #scope = '';

  constructor(engine: Engine, sizes: { bits: number; fields: number }, forgeries: Forgeries = {}) {
    super(engine, 'fr', sizes);
    this.#forgeries = forgeries;
  }

  #forge(kind: Kind, honest: bigint): bigint {
    const key = `${this.#scope} ${kind}`;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    const place: Place = `${this.#scope} ${kind} ${count}`;
    const value = this.#forgeries[place]?.(honest) ?? honest;
    this.seen.set(place, value);
    return value;
  }

  override publicInputs(values: () => readonly bigint[], count: number): bigint[] {
    return super.publicInputs(() => values().map((v) => this.#forge('x', v)), count);
  }
  override bits(n: number, value: () => bigint): bigint[] {
    return super.bits(n, () => this.#forge('bits', value()));
  }
  /** In the language of circuits, so that what follows a forgery follows it. */
  override block(_count: number, build: () => readonly bigint[]): readonly bigint[] {
    return build();
  }
  override field(value: () => bigint): bigint {
    const modulo = (v: bigint): bigint => ((v % R) + R) % R;
    return super.field(() => this.#forge('field', modulo(value())));
  }
  override permute(state: readonly bigint[]): bigint[] {
    return super.permute(state.map((e, k) => (k === 1 ? this.#forge('permute', e) % R : e)));
  }
  override scope<T>(name: string, body: () => T): T {
    const outer = this.#scope;
    this.#scope = name;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }
}
