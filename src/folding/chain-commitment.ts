/**
 * Commitments to the chain's part of P in one step after the other, a half of it at a time: what the fold has no part in is
 * committed beside it (fresh-witness.ts).
 *
 * The bits are summed anew each time. Field variables are committed as the last commitment plus the one to what changed:
 * much of the witness stays (the carried wires, the item check where no item ends), and a zero costs nothing.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import type { ScalarRange } from './commit.ts';
import type { ChainBlocks } from './fresh-witness.ts';
import type { BlockLayout, BlockSizes } from './layout.ts';

type Commit = (ranges: readonly ScalarRange[]) => Promise<Affine | null>;

export class HalfCommitment {
  readonly #engine: Engine;
  readonly #bitsAt: number;
  readonly #fieldsAt: number;
  readonly #last: Vec;
  /** In shared memory, so that threads read it where it is. */
  readonly #change: Vec;
  #point: Affine | null = null;

  /**
   * @param block the chain's
   * @param before its variables in front of this half's
   * @param fields number of the half's field variables
   */
  constructor(engine: Engine, block: BlockLayout, before: BlockSizes, fields: number) {
    this.#engine = engine;
    this.#bitsAt = before.bits;
    this.#fieldsAt = block.fields.at + before.fields;
    this.#last = new Uint8Array(fields * FIELD_BYTES);
    this.#change = new Uint8Array(new SharedArrayBuffer(fields * FIELD_BYTES));
  }

  /** Commitment to the half and to `more` ranges; one call at a time. */
  async next({ bits, fields }: ChainBlocks, commit: Commit, more: readonly ScalarRange[] = []): Promise<Affine | null> {
    this.#change.set(this.#engine.fr.sub(fields, this.#last));
    this.#last.set(fields);
    const [ofRest, change] = await Promise.all([
      commit([{ at: this.#bitsAt, scalars: { kind: 'bits', bits } }, ...more]),
      commit([{ at: this.#fieldsAt, scalars: { kind: 'full', values: this.#change } }]),
    ]);
    const { g1 } = this.#engine;
    this.#point = g1.sum([this.#point, change]);
    return g1.sum([this.#point, ofRest]);
  }
}
