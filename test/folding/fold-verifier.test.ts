/** The circuit that verifies one fold: agrees with the prover's side, costs what is stated, leaves no freedom. */
import { beforeAll, describe, expect, it } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, R } from '../../src/algebra/params.ts';
import { assertEqual, type ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { CycleFold } from '../../src/folding/cyclefold.ts';
import { type FoldResult, foldFresh, type PrimaryFresh, type PrimaryRunning } from '../../src/folding/fold.ts';
import { allocateCommitment, allocateMessages, verifyFold } from '../../src/folding/fold-verifier.ts';
import {
  commitmentOf,
  elementsOfRunning,
  type FreshInstance,
  type Running,
  runningFromElements,
} from '../../src/folding/instance.ts';
import { localSweeps } from '../../src/folding/sweeps.ts';
import { TestSystem } from '../helpers/circuit.ts';
import { SmallSystem } from './small-system.ts';

const engine = await createEngine();
const small = new SmallSystem(engine, { model: 3, bits: 8, rows: 8, seed: 78 });
const { rowLog } = small.layout;
const COUNT = 8 + 2 + rowLog + 1 + 3 + 14;
const g1 = (k: bigint): Affine => mul(G1_PARAMS, G1_PARAMS.generator, k)!;
const circuit = new CycleFold(engine);
const CMS = [g1(3n), g1(4n)];
/** Where the folds start. */
const START: Running<bigint> = {
  U: { cms: CMS.map(commitmentOf), u: 0n, x: 0n, rho: new Array<bigint>(rowLog).fill(0n), v: 0n },
  cycleFold: circuit.defaultRunning().instance,
};

interface Advice {
  readonly pp: bigint;
  readonly running: Running<bigint>;
  readonly fresh: PrimaryFresh;
  readonly messages: FoldResult['messages'];
}

/** verifyFold between advice and public outputs. */
function circuitOf<E>(cs: ConstraintSystem<E>, advice: () => Advice): void {
  const v = (value: (a: Advice) => bigint): E => cs.field(() => value(advice()));
  const pp = v((a) => a.pp);
  const running = runningFromElements(
    Array.from({ length: COUNT }, (_, k) => v((a) => elementsOfRunning(a.running)[k]!)),
    START,
  );
  const fresh = {
    x: v((a) => a.fresh.x),
    cms: START.U.cms.map((_, k) => allocateCommitment(cs, () => advice().fresh.cms[k]!)),
  } satisfies FreshInstance<E>;
  const messages = allocateMessages(cs, START, () => advice().messages);
  const folded = elementsOfRunning(verifyFold(cs, pp, running, fresh, messages));
  const outputs = cs.publicInputs(() => folded.map((e) => cs.value(e)), COUNT);
  folded.forEach((e, k) => {
    assertEqual(cs, outputs[k]!, e);
  });
}

describe('verifyFold', () => {
  const system = new TestSystem(engine, 'fr', (cs) =>
    circuitOf(cs, () => {
      throw new Error('a shape has no advice');
    }),
  );
  const folds: { readonly advice: Advice; readonly result: Running<bigint> }[] = [];
  const run = (advice: Advice): bigint[] => system.witness((cs) => circuitOf(cs, () => advice)).z;
  const outputsOf = (z: readonly bigint[]): bigint[] => z.slice(1, 1 + COUNT);

  beforeAll(async () => {
    const zero = new Array<bigint>(small.system.matrix.matrix.variables).fill(0n);
    const buffers = small.buffers(zero);
    let primary: PrimaryRunning = { cms: CMS, instance: START.U };
    let cycleFold = circuit.defaultRunning();
    for (let k = 0; k < 3; k++) {
      const fresh = { x: BigInt(50 + k), cms: CMS.map((_, j) => g1(BigInt(60 + 10 * j + k))) };
      small.load(buffers, small.fresh(fresh.x, [1n, 2n, BigInt(k)], BigInt(99 + k)));
      const running = { U: primary.instance, cycleFold: cycleFold.instance };
      const sweeps = localSweeps(engine, small.system.kernels, buffers);
      const result = await foldFresh(engine, { pp: 31337n, cycleFold: circuit }, { primary, cycleFold }, fresh, sweeps);
      ({ primary, cycleFold } = result);
      folds.push({
        advice: { pp: 31337n, running, fresh, messages: result.messages },
        result: { U: primary.instance, cycleFold: cycleFold.instance },
      });
    }
  });

  it('gives the running instances that the prover has, fold after fold', () => {
    for (const { advice, result } of folds) {
      const z = run(advice);
      expect(system.violation(z)).toBeUndefined();
      expect(outputsOf(z)).toEqual(elementsOfRunning(result));
    }
  });

  it('has the stated number of rows in each part', () => {
    const { scopes, scopeSizes } = system.matrix;
    const parts = Object.fromEntries(scopes.map((name, k) => [name, scopeSizes[k]]));
    expect(parts).toMatchInlineSnapshot(`
      {
        "": {
          "bits": 2032,
          "boxes": 0,
          "fields": 48,
          "rows": 33,
        },
        "challenges": {
          "bits": 1140,
          "boxes": 0,
          "fields": 0,
          "rows": 6,
        },
        "fields": {
          "bits": 0,
          "boxes": 0,
          "fields": 20,
          "rows": 20,
        },
        "grumpkin": {
          "bits": 0,
          "boxes": 0,
          "fields": 1038,
          "rows": 1040,
        },
        "limbs": {
          "bits": 544,
          "boxes": 0,
          "fields": 0,
          "rows": 4,
        },
        "non-native": {
          "bits": 3206,
          "boxes": 0,
          "fields": 0,
          "rows": 14,
        },
        "transcript": {
          "bits": 0,
          "boxes": 1020,
          "fields": 1020,
          "rows": 0,
        },
      }
    `);
  });

  it('binds every variable: no change of a single one goes unnoticed', () => {
    const z = run(folds[2]!.advice);
    expect(system.violatedRows(z)).toEqual([]);
    expect(system.undetected(z)).toEqual([]);
  });

  it('gives other instances for every other message, when everything follows it', () => {
    const { advice, result } = folds[2]!;
    const { messages, fresh } = advice;
    const other = { x: 1n, y: 17631683881184975370165255887551781615748388533673675138860n };
    const variants: Partial<Advice>[] = [
      { pp: 1n },
      { fresh: { ...fresh, x: fresh.x + 1n } },
      ...CMS.map((_, k) => ({ fresh: { ...fresh, cms: fresh.cms.with(k, g1(5n)) } })),
      { messages: { ...messages, h: messages.h.with(0, 1n) } },
      { messages: { ...messages, h: messages.h.with(rowLog - 1, 1n) } },
      ...messages.t.map((t, k) => ({ messages: { ...messages, t: messages.t.with(k, (t + 1n) % R) } })),
      ...CMS.map((_, k) => ({ messages: { ...messages, cms: messages.cms.with(k, g1(6n)) } })),
      ...CMS.map((_, k) => ({ messages: { ...messages, fresh: messages.fresh.with(k, other) } })),
    ];
    const honest = elementsOfRunning(result);
    for (const variant of variants) {
      const z = run({ ...advice, ...variant });
      expect(system.violation(z)).toBeUndefined();
      const changed = outputsOf(z).map((v, k) => v !== honest[k]);
      // the CycleFold commitment and u depend on every message
      expect(changed.slice(COUNT - 17, COUNT - 14)).toEqual([true, true, true]);
    }
  });

  it('refuses fresh CycleFold commitments off the curve', () => {
    const { advice } = folds[1]!;
    const { messages } = advice;
    const off = { x: 1n, y: 2n };
    for (const fresh of CMS.map((_, k) => messages.fresh.with(k, off))) {
      const z = run({ ...advice, messages: { ...messages, fresh } });
      expect(system.violation(z)).toMatchObject({ kind: 'row', scope: 'grumpkin' });
      expect(system.violatedRows(z).length).toBe(1);
    }
  });
});
