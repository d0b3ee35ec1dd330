/** A circuit under mutation: honest witnesses in all situations that its rows tell apart. */
import type { Cheat } from '../../helpers/circuit.ts';
import type { Recorder } from '../recorder.ts';

export interface Situation {
  readonly name: string;
  /** Conditions that the circuit tells apart: rows are weakened where one holds, or does not. */
  readonly holds: Readonly<Record<string, boolean>>;
  /** Runs the circuit on this situation's data, with single allocations replaced and everything after them following. */
  record(cheat?: Cheat): Recorder;
}

export interface CircuitUnderMutation {
  readonly name: string;
  readonly situations: readonly Situation[];
  /** More honest witnesses, for terms that are 0 in all of those. */
  readonly further?: readonly Situation[];
  /** Lies with a name, each of which violates one row and no other. */
  readonly attacks?: readonly Situation[];
}
