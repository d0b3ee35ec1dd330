/** PoseidonKernel: drives the round kernels over tables of the factored form, copied in at a width's first use. */
import { invariant } from '../../errors.ts';
import type { PoseidonKernel, Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';
import { partialRounds } from '../poseidon/constants.ts';
import { sparsePoseidon } from '../poseidon/sparse.ts';
import type { WasmField } from './fields.ts';
import type { WasmModule } from './module.ts';

const SBOX_TRACE_BYTES = 3 * FIELD_BYTES;

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
  private readonly tables = new Map<number, Tables>();

  constructor(module: WasmModule, fr: WasmField) {
    this.module = module;
    this.fr = fr;
  }

  permute(t: number, state: Vec): Vec {
    return this.run(t, state, () => {});
  }

  permuteTraced(t: number, state: Vec, trace: Vec, at: number): Vec {
    const [start, end] = [at * FIELD_BYTES, at * FIELD_BYTES + traceBytes(t)];
    invariant(start >= 0 && end <= trace.length, `trace of ${trace.length} bytes does not hold ${start}..${end}`);
    return this.run(t, state, (view) => trace.set(view, start));
  }

  private run(t: number, state: Vec, useTrace: (view: Uint8Array) => void): Vec {
    invariant(state.length === t * FIELD_BYTES, `Poseidon of width ${t} got ${state.length} bytes`);
    const { before, partial, mds, after } = this.table(t);
    const { arena } = this.module;
    return arena.scratch(() => {
      let current = arena.put(state);
      let other = arena.alloc(state.length);
      const trace = arena.alloc(traceBytes(t));
      let at = trace;
      const fullRound = ({ constants, matrix }: FullRound) => {
        this.module.fn('poseidon_full')(current, constants, matrix, other, at, t);
        [current, other] = [other, current];
        at += t * SBOX_TRACE_BYTES;
      };
      for (const round of before) fullRound(round);
      this.module.fn('poseidon_partial')(current, partial, mds, at, t, partialRounds(t));
      at += partialRounds(t) * SBOX_TRACE_BYTES;
      for (const round of after) fullRound(round);
      arena.view(trace, traceBytes(t), useTrace);
      return arena.take(current, state.length);
    });
  }

  private table(t: number): Tables {
    let tables = this.tables.get(t);
    if (!tables) {
      const { before, after, mds, bridge, rounds } = sparsePoseidon(t);
      const put = (values: readonly bigint[]) => this.module.arena.put(this.fr.encode(values));
      const [plain, merged] = [put(mds.flat()), put(bridge.flat())];
      const full = (constants: readonly bigint[], matrix: number) => ({ constants: put(constants), matrix });
      tables = {
        before: before.map((c, i) => full(c, i === before.length - 1 ? merged : plain)),
        partial: put(rounds.flatMap(({ constant, row, column }) => [constant, ...row, ...column])),
        mds: plain,
        after: after.map((c) => full(c, plain)),
      };
      this.tables.set(t, tables);
    }
    return tables;
  }
}

const traceBytes = (t: number): number => (8 * t + partialRounds(t)) * SBOX_TRACE_BYTES;
