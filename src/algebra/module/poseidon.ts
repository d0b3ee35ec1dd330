/** PoseidonKernel: drives the round kernels over tables of the factored form, copied in at a width's first use. */
import { invariant } from '../../errors.ts';
import type { PoseidonKernel, Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';
import { FULL_ROUNDS, partialRounds } from '../poseidon/constants.ts';
import { type SparsePoseidon, sparsePoseidon } from '../poseidon/sparse.ts';
import type { WasmField } from './fields.ts';
import type { WasmModule } from './instance.ts';

/** From a power of an S-box to the next of the powers that the kernels keep: room for the S-boxes of any width. */
export const POWER_BYTES = 256 * FIELD_BYTES;
const POWERS = 3;

interface FullRound {
  readonly constants: number;
  readonly matrix: number;
}

/** Addresses of one width's tables. */
interface Tables {
  readonly before: readonly FullRound[];
  readonly partial: number;
  /** The MDS matrix; its corner is that of every sparse matrix. */
  readonly mds: number;
  readonly after: readonly FullRound[];
}

export class WasmPoseidon implements PoseidonKernel {
  private readonly module: WasmModule;
  private readonly fr: WasmField;
  private readonly tables: Map<number, Vec>;
  private readonly resident = new Map<number, Tables>();

  /** @param tables by width; those that are not there yet are added at a width's first use */
  constructor(module: WasmModule, fr: WasmField, tables: Map<number, Vec>) {
    this.module = module;
    this.fr = fr;
    this.tables = tables;
  }

  prepare(t: number): void {
    this.table(t);
  }

  permute(t: number, state: Vec): Vec {
    return this.run(t, state, () => {});
  }

  permuteTraced(t: number, state: Vec, trace: Vec, at: number): Vec {
    const [start, end] = [at * FIELD_BYTES, at * FIELD_BYTES + traceBytes(t)];
    invariant(start >= 0 && end <= trace.length, `trace of ${trace.length} bytes does not hold ${start}..${end}`);
    return this.run(t, state, (address) => this.copyPower(address, POWERS - 1, t, trace, start));
  }

  permutePowers(t: number, state: Vec, powers: Vec): Vec {
    const expected = POWERS * traceBytes(t);
    invariant(powers.length === expected, `${powers.length} bytes for the powers, not ${expected}`);
    return this.run(t, state, (address) => {
      for (let power = 0; power < POWERS; power++) this.copyPower(address, power, t, powers, power * traceBytes(t));
    });
  }

  private copyPower(address: number, power: number, t: number, into: Vec, at: number): void {
    this.module.arena.view(address + power * POWER_BYTES, traceBytes(t), (view) => into.set(view, at));
  }

  /** @param useTrace gets the address of the powers */
  private run(t: number, state: Vec, useTrace: (address: number) => void): Vec {
    invariant(state.length === t * FIELD_BYTES, `Poseidon of width ${t} got ${state.length} bytes`);
    const { before, partial, mds, after } = this.table(t);
    const { arena } = this.module;
    return arena.scratch(() => {
      let current = arena.put(state);
      let other = arena.alloc(state.length);
      const trace = arena.alloc(POWERS * POWER_BYTES);
      let at = trace;
      const fullRound = ({ constants, matrix }: FullRound) => {
        this.module.fn('poseidon_full')(current, constants, matrix, other, at, t);
        [current, other] = [other, current];
        at += t * FIELD_BYTES;
      };
      for (const round of before) fullRound(round);
      this.module.fn('poseidon_partial')(current, partial, mds, at, t, partialRounds(t));
      at += partialRounds(t) * FIELD_BYTES;
      for (const round of after) fullRound(round);
      useTrace(trace);
      return arena.take(current, state.length);
    });
  }

  private table(t: number): Tables {
    let tables = this.resident.get(t);
    if (!tables) {
      let values = this.tables.get(t);
      if (!values) {
        values = this.fr.encode(flattened(sparsePoseidon(t)));
        this.tables.set(t, values);
      }
      tables = layout(t, this.module.arena.put(values));
      this.resident.set(t, tables);
    }
    return tables;
  }
}

/** All of a width's tables one behind the other; `layout` finds them again. */
function flattened({ before, after, mds, bridge, rounds }: SparsePoseidon): bigint[] {
  const partial = rounds.flatMap(({ constant, row, column }) => [constant, ...row, ...column]);
  return [...mds.flat(), ...bridge.flat(), ...before.flat(), ...after.flat(), ...partial];
}

function layout(t: number, address: number): Tables {
  const half = FULL_ROUNDS / 2;
  const at = (elements: number): number => address + elements * FIELD_BYTES;
  const [mds, bridge, constants] = [at(0), at(t * t), 2 * t * t];
  const round = (k: number): FullRound => ({ constants: at(constants + k * t), matrix: k === half - 1 ? bridge : mds });
  const rounds = Array.from({ length: FULL_ROUNDS }, (_, k) => round(k));
  return { before: rounds.slice(0, half), after: rounds.slice(half), mds, partial: at(constants + FULL_ROUNDS * t) };
}

const traceBytes = (t: number): number => (FULL_ROUNDS * t + partialRounds(t)) * FIELD_BYTES;
