/** A circuit's recordings in all its situations, with the rows that are redundant in each, and its attacks. */
import type { CircuitUnderMutation } from './circuits/circuit.ts';
import { forgeable, type Recorded, variablesOf, violatedRows } from './forge.ts';
import { gradientOf, redundantRows } from './freedom.ts';
import { type Group, groupsOf } from './groups.ts';
import type { RecordedRow } from './recorder.ts';

export class Analysis {
  readonly name: string;
  readonly recorded: readonly Recorded[];
  readonly groups: readonly Group[];
  readonly #redundant: readonly ReadonlySet<number>[];
  /** Each with the one row that it violates. */
  readonly attacks: readonly (Recorded & { readonly row: number })[];
  readonly #mentions = new Map<number, number[]>();
  readonly #forged = new Map<string, string | undefined>();

  constructor({ name, situations, attacks = [] }: CircuitUnderMutation) {
    this.name = name;
    this.recorded = situations.map((situation) => ({ situation, recorder: situation.record() }));
    for (const { situation, recorder } of this.recorded) {
      if (violatedRows(recorder).length > 0)
        throw new Error(`${name}, ${situation.name}: the honest witness is refused`);
    }
    this.groups = groupsOf(this.rows);
    this.#redundant = this.recorded.map(({ recorder }) =>
      redundantRows(
        recorder.recorded.map((row) => gradientOf(recorder, row)),
        recorder.modulus,
      ),
    );
    this.attacks = attacks.map((situation) => {
      const recorder = situation.record();
      const violated = violatedRows(recorder);
      if (violated.length !== 1)
        throw new Error(`${name}, ${situation.name}: ${violated.length} rows refuse it, not one`);
      return { situation, recorder, row: violated[0]! };
    });
  }

  /** Rows that mention a variable. */
  rowsWith(variable: number): readonly number[] {
    if (this.#mentions.size === 0) {
      this.rows.forEach((row, k) => {
        for (const v of variablesOf(row)) {
          const rows = this.#mentions.get(v);
          if (rows) rows.push(k);
          else this.#mentions.set(v, [k]);
        }
      });
    }
    return this.#mentions.get(variable) ?? [];
  }

  /** The same in every situation. */
  get rows(): readonly RecordedRow[] {
    return this.recorded[0]!.recorder.recorded;
  }

  /** Who notices that the row is gone where this holds. */
  noticed(
    row: number,
    holds: (recorded: Recorded) => boolean = () => true,
  ): 'freedom' | 'attack' | 'forged witness' | undefined {
    if (this.isFreed(row, holds)) return 'freedom';
    if (this.attacks.some((attack) => attack.row === row && holds(attack))) return 'attack';
    const where = this.recorded.filter(holds);
    const key = `${row} ${where.map(({ situation }) => situation.name).join()}`;
    if (!this.#forged.has(key)) this.#forged.set(key, forgeable(where, row));
    return this.#forged.get(key) === undefined ? undefined : 'forged witness';
  }

  /** Whether a direction is free without the row, in a situation where this holds. */
  isFreed(row: number, holds: (recorded: Recorded) => boolean): boolean {
    return this.recorded.some((recorded, s) => !this.#redundant[s]!.has(row) && holds(recorded));
  }
}
