/**
 * A malicious prover against the check of the CycleFold instance in the whole wrap (protocol section 9.4): he lies in Aux, and proves
 * everything that follows from the lie, his own checks silenced.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { type CommitmentKeySource, developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { type PlannedSlots, plan, quantize } from '../../src/api/plan.ts';
import { prove } from '../../src/api/prove.ts';
import { buildWrap } from '../../src/api/wrap-circuit.ts';
import type * as errors from '../../src/errors.ts';
import { logitOffset } from '../../src/layers/readout.ts';
import type * as chain from '../../src/wrap/auxiliary/chain.ts';
import { type Column, rowOf } from '../../src/wrap/auxiliary/layout.ts';
import type * as auxiliary from '../../src/wrap/auxiliary/prove.ts';
import { wrapKeyLength } from '../../src/wrap/circuit.ts';
import { type PreparedWrap, prepareWrap } from '../../src/wrap/last-fold.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import type { R1cs } from '../../src/wrap/r1cs/r1cs.ts';
import { caughtBy } from '../helpers/wrap-lies.ts';

type Change = ((vector: Uint8Array) => Uint8Array) | undefined;
/** What a liar commits to, and what he proves with once he knows the challenges. */
const liar = vi.hoisted((): { committed: Change; proven: Change; honest: Uint8Array | undefined } => ({
  ...{ committed: undefined, proven: undefined, honest: undefined },
}));
vi.mock('../../src/errors.ts', async (original) => {
  const real = await original<typeof errors>();
  const honestly: typeof real.invariant = real.invariant;
  const invariant = (holds: unknown, message: string): void => {
    if (message !== 'a sum-check proves a false claim') honestly(holds, message);
  };
  return { ...real, invariant };
});
vi.mock('../../src/wrap/auxiliary/chain.ts', async (original) => {
  const real = await original<typeof chain>();
  return {
    ...real,
    *buildAuxiliary(...given: Parameters<typeof real.buildAuxiliary>) {
      liar.honest = yield* real.buildAuxiliary(...given);
      return liar.committed?.(liar.honest) ?? liar.honest;
    },
  };
});
vi.mock('../../src/wrap/auxiliary/prove.ts', async (original) => {
  const real = await original<typeof auxiliary>();
  return {
    ...real,
    *proveAuxiliary(...given: Parameters<typeof real.proveAuxiliary>) {
      const vector = given[5];
      const used = given.with(5, liar.proven?.(vector) ?? vector) as typeof given;
      const proven = yield* real.proveAuxiliary(...used);
      return { ...proven, joined: { ...proven.joined, vector } };
    },
  };
});

const F = field(R);
let planned: PlannedSlots<CommitmentKeySource>;
let r1cs: R1cs;
/** Makes the advice of one folded proof of two steps. */
let prepare: () => Promise<PreparedWrap>;

beforeAll(async () => {
  const loaded = await loadModel({ network: 'digits512', layers: 33 });
  planned = await plan(quantize(loaded), developmentKeySource());
  const { engine, system, model } = planned;
  const { proof, output } = await prove(planned, loaded.sample!, { workers: 1 });
  const offset = BigInt(logitOffset(model.plan.step));
  const readout = { salt: 0n, shifted: Array.from(output.logits, (v) => BigInt(v) + offset) };
  const commit = commitHere(engine, await planned.key.load(wrapKeyLength(system)));
  prepare = async () => prepareWrap(engine, system, commit, proof, readout, 0n);
  r1cs = await buildWrap({ ...planned, step: model.plan.step });
}, 300_000);

describe('a prover who proves all that follows from a lie in Aux', () => {
  /** The scope that objects, his own sum-checks and additions not. */
  const caughtWith = async (lie: Partial<typeof liar>): Promise<string> => {
    Object.assign(liar, lie);
    try {
      return caughtBy(planned, r1cs, (await prepare()).advice);
    } finally {
      Object.assign(liar, { committed: undefined, proven: undefined });
    }
  };
  /** One entry more by two, so that an odd digit stays odd: at row 7 of a column, position 11. */
  const changed =
    (column: Column) =>
    (vector: Uint8Array): Uint8Array => {
      const { fr } = planned.engine;
      const at = (rowOf(column, 7) * 1024 + 11) * FIELD_BYTES;
      const lied = vector.slice();
      const [entry] = fr.decode(lied.subarray(at, at + FIELD_BYTES));
      lied.set(fr.encode([F.add(entry!, 2n)]), at);
      return lied;
    };
  it('is not caught where there is none', async () => {
    expect(await caughtWith({})).toBe('none');
  });
  it('is caught by the chain where he commits to it', async () => {
    expect(await caughtWith({ committed: changed('slope') })).toBe('cyclefold/chain');
  });
  it('is caught by the second sum-check where he changes it after the challenges', async () => {
    expect(await caughtWith({ proven: changed('value') })).toMatch(/^cyclefold|^spartan/);
    // a true chain, committed is another vector
    expect(await caughtWith({ committed: changed('x'), proven: () => liar.honest! })).toMatch(/^spartan/);
  });
});
