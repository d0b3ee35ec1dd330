/**
 * Attacks on a fresh instance that is folded before the end: nobody looks at it again, so the missing R^5 term of the
 * fold and the running commitments must catch them. The cross terms of false witnesses are computed exactly: the
 * adversary does everything else right.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { add, double } from '../../../src/algebra/curve.ts';
import { type Engine, FIELD_BYTES, POINT_BYTES, type Vec } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, G1_PARAMS } from '../../../src/algebra/params.ts';
import { nativeSponge } from '../../../src/algebra/sponge.ts';
import { ofChainBlock } from '../../../src/folding/blocks.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { commitModel, modelBlinding } from '../../../src/folding/commit.ts';
import { extendModelChain, hashModel } from '../../../src/folding/hashes.ts';
import { commitmentOf } from '../../../src/folding/instance.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { verifyFolded } from '../../../src/folding/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { changed, cmMOf, proveToy, toyKey, toyStep, toyWitness } from '../toy.ts';
import { type Cheats, element, MaliciousProver } from './malicious-prover.ts';

const WEIGHTS = [7, 20, 300];
const INPUT = 50;

describe('an adversary at a middle step', () => {
  let engine: Engine;
  let system: StepSystem;
  let prepared: readonly PreparedStep[];
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    ({ prepared } = await proveToy(engine, system, WEIGHTS, INPUT));
  });

  const digestOf = (cms: readonly Affine[]): bigint => {
    const sponge = nativeSponge(engine);
    const m = cms.reduce((chain, cm) => extendModelChain(sponge, chain, commitmentOf(cm)), 0n);
    return hashModel(sponge, system.pp, BigInt(cms.length), m);
  };
  const keyPoint = (at: number): Affine =>
    engine.g1.decodePoints(system.key.subarray(at * POINT_BYTES, (at + 1) * POINT_BYTES))[0]!;
  const increase = (z: Vec, k: number, delta: bigint): void => {
    const entry = element(z, k);
    entry.set(engine.fr.add(entry, engine.fr.encode([delta])));
  };

  /** Proves `steps` with cheats (for the model that they commit to, unless `model` says otherwise); names the check. */
  async function outcome(cheats: Cheats, steps = prepared, model = steps.map(cmMOf)): Promise<string> {
    const wires = { stepsPerNetwork: BigInt(steps.length), modelDigest: digestOf(model), root: 0n };
    const prover = new MaliciousProver(engine, system, wires, steps[0]!.wires.enter.h!, cheats);
    for (const step of steps) await prover.step(step);
    const error = foldErrorOf(() => verifyFolded(engine, system, prover.proof()));
    expect(error.code).toBe('E_REJECTED');
    return /check '([a-z-]+)'/.exec(error.message)![1]!;
  }
  const atStep =
    (wanted: number, change: (z: Vec) => void): NonNullable<Cheats['witness']> =>
    (z, step) =>
      step === wanted ? change(z) : undefined;

  it('who commits to a bit equal to 2 is rejected', async () => {
    const { bits } = system.matrix.offsets;
    // a bit of the input activation that is 0
    const witness = atStep(1, (z) => increase(z, bits + 23, 2n));
    expect(await outcome({ witness })).toBe('running-rows');
  });

  it('who violates bit rows only (the packed value, and with it every listed row, stays) is rejected', async () => {
    // 2^22 (-2) + 2^23 (1) = 0: two entries that are zero in the honest witness
    const { bits } = system.matrix.offsets;
    const witness = atStep(1, (z) => {
      increase(z, bits + 22, -2n);
      increase(z, bits + 23, 1n);
    });
    expect(await outcome({ witness })).toBe('running-rows');
  });

  it('who violates one row by one is rejected', async () => {
    const { fields } = system.matrix.offsets;
    expect(await outcome({ witness: atStep(1, (z) => increase(z, fields, 1n)) })).toBe('running-rows');
    const last = system.matrix.matrix.variables - 1;
    const first = prepared.slice(0, 2);
    expect(await outcome({ witness: atStep(0, (z) => increase(z, last, 1n)) }, first)).toBe('running-rows');
  });

  it('who runs other weights than cmM commits to is rejected', async () => {
    const other = toyWitness(engine, 21, INPUT + 7);
    const next = toyWitness(engine, 300, INPUT + 28);
    const steps = [prepared[0]!, changed(prepared[1]!, { layers: other }), changed(prepared[2]!, { layers: next })];
    // M as committed: its row is violated
    expect(await outcome({}, steps)).toBe('running-rows');
    // M as run: satisfied, but it does not open cmM
    const model = Float64Array.of(21);
    expect(await outcome({}, [steps[0]!, changed(steps[1]!, { model }), steps[2]!])).toBe('running-commitments');
  });

  it('who commits to the weights of another model in one step is rejected by the model digest', async () => {
    const model = Float64Array.of(21);
    const blinding = modelBlinding(engine, 0n, 1);
    const cmM = commitModel(engine, system.key, system.layout, model, blinding);
    const other = changed(prepared[1]!, { model, cmM, layers: toyWitness(engine, 21, INPUT + 7) });
    const next = changed(prepared[2]!, { layers: toyWitness(engine, 300, INPUT + 28) });
    const honest = prepared.map(cmMOf);
    expect(await outcome({}, [prepared[0]!, other, next], honest)).toBe('model');
  });

  it('who runs the committed layers in another order is rejected by the model digest', async () => {
    const swapped = [
      changed(prepared[1]!, { layers: toyWitness(engine, 20, INPUT) }),
      changed(prepared[0]!, { layers: toyWitness(engine, 7, INPUT + 20) }),
      prepared[2]!,
    ];
    expect(await outcome({}, swapped, prepared.map(cmMOf))).toBe('model');
  });

  it('who starts a step from other activations than the last one gave is rejected', async () => {
    const jumped = [prepared[0]!, changed(prepared[1]!, { layers: toyWitness(engine, 20, 1000) })];
    const next = changed(prepared[2]!, { layers: toyWitness(engine, 300, 1020) });
    expect(await outcome({}, [...jumped, next])).toBe('running-rows');
  });

  it('who carries a model coefficient in cmP instead of cmM is rejected', async () => {
    // cmM of the model with weight 0; the weight at the same power of tau in cmP
    const blinding = modelBlinding(engine, 0n, 1);
    const cmM = commitModel(engine, system.key, system.layout, Float64Array.of(0), blinding);
    const weight = engine.g1.msm(engine.g1.encodePoints([keyPoint(0)]), {
      kind: 'full',
      values: engine.fr.encode([20n]),
    });
    const commitment: Cheats['commitment'] = (cmP, step) => (step === 1 ? add(G1_PARAMS, cmP, weight)! : cmP);
    const steps = [prepared[0]!, changed(prepared[1]!, { cmM }), prepared[2]!];
    expect(await outcome({ commitment }, steps)).toBe('running-commitments');
  });

  it('who commits to entries that no row refers to is rejected', async () => {
    const { layout, matrix } = system;
    const unused = keyPoint(ofChainBlock(layout.blocks).fields.at + matrix.sizes.fields);
    const commitment: Cheats['commitment'] = (cmP, step) => (step === 0 ? add(G1_PARAMS, cmP, unused)! : cmP);
    expect(await outcome({ commitment }, prepared.slice(0, 2))).toBe('running-commitments');
  });

  it('who folds an instance with u = 2 (all of it doubled) is rejected', async () => {
    const step = prepared[1]!;
    const doubled = changed(step, {
      cmM: double(G1_PARAMS, cmMOf(step))!,
      modelBlinding: 2n * step.blocks[0]!.blinding![0]!,
    });
    const cheats: Cheats = {
      witness: atStep(1, (z) => z.set(engine.fr.add(z, z))),
    };
    expect(await outcome(cheats, [prepared[0]!, doubled, prepared[2]!])).toBe('running-rows');
  });

  it('who sends a false t or a false h is rejected', async () => {
    const F = field(engine.fr.modulus);
    /** Of t_1..t_4, 0-based. */
    const changing = (change: (t: readonly bigint[]) => readonly bigint[]): Cheats => ({
      sweeps: (honest) => ({ ...honest, cross: async (...at) => change(await honest.cross(...at)) }),
    });
    for (const k of [0, 1, 2, 3]) {
      expect(await outcome(changing((t) => t.with(k, F.add(t[k]!, 1n))))).toBe('running-rows');
      // moved into its neighbour
      const next = (k + 1) % 4;
      expect(await outcome(changing((t) => t.with(k, 0n).with(next, F.add(t[k]!, t[next]!))))).toBe('running-rows');
    }
    const h: Cheats = {
      sweeps: (honest) => ({
        ...honest,
        line: async (rho, delta) => {
          const { quadratic, boxes } = await honest.line(rho, delta);
          return { quadratic, boxes: boxes.with(1, F.add(boxes[1]!, 1n)) };
        },
      }),
    };
    expect(await outcome(h)).toBe('running-rows');
  });

  it('has bits and fields where the attacks above put them', () => {
    const { offsets, sizes } = system.matrix;
    expect(offsets.fields - offsets.bits).toBe(sizes.bits);
    const input = ofChainBlock(prepared[1]!.blocks).values.bits.subarray(0, 24);
    expect([input[22], input[23], input.length]).toEqual([0, 0, 24]);
    expect(FIELD_BYTES).toBe(32);
  });
});
