/** A circuit's recordings in all its situations, with the rows that are redundant in each, and its attacks. */

import type { Product } from '../../src/circuit/constraint-system.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import type { CircuitUnderMutation, Situation } from './circuits/circuit.ts';
import { forged, forgeries, type Lie, type Recorded, variablesOf, violatedRows } from './forge.ts';
import { gradientOf, Span } from './freedom.ts';
import { type Group, groupsOf } from './groups.ts';
import { type RecordedRow, rowValue } from './recorder.ts';

export class Analysis {
  readonly name: string;
  readonly recorded: readonly Recorded[];
  readonly groups: readonly Group[];
  #spans: readonly Span[] | undefined;
  /** Each with the one row that it violates. */
  readonly attacks: readonly (Recorded & { readonly row: number })[];
  readonly #mentions = new Map<number, number[]>();
  readonly #forged = new Map<string, readonly Lie[] | undefined>();

  readonly #more: readonly Situation[];
  #further: Recorded[] | undefined;

  constructor({ name, situations, further = [], attacks = [] }: CircuitUnderMutation) {
    this.name = name;
    this.recorded = situations.map((situation) => this.#honest(situation));
    this.#more = further;
    this.groups = groupsOf(this.rows);
    this.attacks = attacks.map((situation) => {
      const recorder = situation.record();
      const violated = violatedRows(recorder);
      if (violated.length !== 1)
        throw new Error(`${name}, ${situation.name}: ${violated.length} rows refuse it, not one`);
      return { situation, recorder, row: violated[0]! };
    });
  }

  /** Of the gradients in each situation. */
  get spans(): readonly Span[] {
    this.#spans ??= this.recorded.map(({ recorder }) => {
      const gradients = recorder.recorded.map((row) => gradientOf(recorder, row));
      return new Span(gradients, recorder.modulus);
    });
    return this.#spans;
  }

  #honest(situation: Situation): Recorded {
    const recorder = situation.record();
    const [violated] = violatedRows(recorder);
    if (violated !== undefined)
      throw new Error(`${this.name}, ${situation.name}: row ${violated} refuses the honest witness`);
    return { situation, recorder };
  }

  /** All honest witnesses, those included that show something of single terms only. */
  get all(): readonly Recorded[] {
    this.#further ??= this.#more.map((situation) => this.#honest(situation));
    return [...this.recorded, ...this.#further];
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
    return this.#lies(row, this.recorded.filter(holds)) && 'forged witness';
  }

  #lies(row: number, where: readonly Recorded[]): readonly Lie[] | undefined {
    const key = `${row} ${where.map(({ situation }) => situation.name).join()}`;
    if (!this.#forged.has(key)) this.#forged.set(key, forgeries(where, row));
    return this.#forged.get(key);
  }

  /** Whether some lies that only this row notices make this hold, which may be a condition that lies decide. */
  isForgedWhere(row: number, holds: (recorded: Recorded) => boolean): boolean {
    const lies = this.#lies(row, this.recorded);
    if (!lies) return false;
    return this.recorded.some(({ situation }) => {
      const recorder = forged(situation, lies, row);
      return recorder !== undefined && holds({ situation, recorder });
    });
  }

  /** Whether the lies that only this row notices are not noticed, in some situation, without a part of it. */
  isForgedPart(row: number, part: readonly Product<LinearForm>[]): boolean {
    const [{ vars }] = part[0]!;
    const where = this.all.filter(({ recorder }) => vars.some((v) => recorder.valueAt(v) !== 0n));
    const lies = where.length > 0 ? this.#lies(row, this.recorded) : undefined;
    if (!lies) return false;
    return where.some(({ situation }) => {
      const lying = forged(situation, lies, row);
      return lying && rowValue(lying, { products: part }) === rowValue(lying, this.rows[row]!);
    });
  }

  /** Whether a direction is free without the row, in a situation where this holds. */
  isFreed(row: number, holds: (recorded: Recorded) => boolean): boolean {
    return this.recorded.some((recorded, s) => !this.spans[s]!.redundant.has(row) && holds(recorded));
  }

  /**
   * Whether a direction leads, without a part of a row that is 0 in a situation, to witnesses that the whole row refuses. Where the
   * part's gradient is the row's beside others', none is left of the row.
   */
  isFreedPart(row: number, part: readonly Product<LinearForm>[]): boolean {
    return this.recorded.some(({ recorder }, s) => {
      if (this.spans[s]!.redundant.has(row)) return false;
      const gradient = gradientOf(recorder, { products: part });
      if (gradient.size === 0) return false;
      const sum = this.spans[s]!.express(gradient);
      return sum === undefined || sum.get(row) === 1n;
    });
  }
}
