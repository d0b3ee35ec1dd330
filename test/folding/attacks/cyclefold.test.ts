/**
 * Attacks on the commitments' folding: the step circuit does not compute cm1 + R cm2, CycleFold instances carry it.
 * An adversary may send false commitments, false instances, or instances of other points.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { add, neg } from '../../../src/algebra/curve.ts';
import { type Engine, FIELD_BYTES, POINT_BYTES } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../../../src/algebra/params.ts';
import { firstViolation } from '../../../src/circuit/check.ts';
import { ofChainBlock } from '../../../src/folding/blocks.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { CycleFold, type CycleFoldRunning, type FreshCycleFold } from '../../../src/folding/cyclefold.ts';
import type { CycleFoldInput } from '../../../src/folding/cyclefold-circuit.ts';
import { scalarOfChallenge } from '../../../src/folding/fold-verifier.ts';
import type { FoldedProof, PrimaryOpening } from '../../../src/folding/proof.ts';
import type { StepAdvice } from '../../../src/folding/step-circuit.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { verifyFolded } from '../../../src/folding/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { cmMOf, proveToy, toyKey, toyStep } from '../toy.ts';
import { type Cheats, MaliciousProver, rehashed } from './malicious-prover.ts';

/** Makes the fresh instances of the chain's folds with a lie; the k-th call of `fresh` is number k. */
class LyingCycleFold extends CycleFold {
  calls = 0;
  lie: (honest: FreshCycleFold, running: CycleFoldRunning, call: number) => FreshCycleFold = (honest) => honest;
  /** The points that the witness is made for, when not those of the instance. */
  witnessOf: (input: CycleFoldInput, call: number) => CycleFoldInput = (input) => input;

  override async fresh(running: CycleFoldRunning, input: CycleFoldInput): Promise<FreshCycleFold> {
    const call = this.calls++;
    const honest = await super.fresh(running, this.witnessOf(input, call));
    return this.lie({ ...honest, input }, running, call);
  }
}

describe('an adversary at the folding of commitments', () => {
  let engine: Engine;
  let system: StepSystem;
  let cycleFold: LyingCycleFold;
  let prepared: readonly PreparedStep[];
  let modelDigest: bigint;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    cycleFold = new LyingCycleFold(engine);
    ({ prepared, modelDigest } = await proveToy(engine, system, [7, 20, 300], 50));
  });

  /** Proves n steps of the toy; the last witness is satisfied unless a test says otherwise. */
  async function prove(cheats: Cheats, n = 3): Promise<MaliciousProver> {
    cycleFold.calls = 0;
    const wires = { stepsPerNetwork: 3n, modelDigest, root: 0n };
    const prover = new MaliciousProver(engine, system, wires, prepared[0]!.wires.enter.h!, cheats);
    for (const step of prepared.slice(0, n)) await prover.step(step);
    return prover;
  }
  const violated = (prover: MaliciousProver): string | undefined =>
    firstViolation(engine.fr, system.rows, system.matrix, prover.buffers.z2)?.scope;
  const remaining = (n: number): Affine[] => prepared.slice(n).map(cmMOf);
  function rejectedBy(proof: FoldedProof): string {
    const error = foldErrorOf(() => verifyFolded(engine, system, proof));
    expect(error.code).toBe('E_REJECTED');
    return /check '([a-z-]+)'/.exec(error.message)![1]!;
  }
  const keyPoint = (at: number): Affine =>
    engine.g1.decodePoints(system.key.subarray(at * POINT_BYTES, (at + 1) * POINT_BYTES))[0]!;
  /** The engine whose k-th single multiplication, that is the k-th folded commitment, is off by the given point. */
  function lyingEngine(offset: (call: number) => Affine | null): Engine {
    let calls = 0;
    const g1 = Object.create(engine.g1) as Engine['g1'];
    g1.msm = (bases, scalars) => {
      const honest = engine.g1.msm(bases, scalars);
      return bases.length === POINT_BYTES ? add(G1_PARAMS, honest, offset(calls++)) : honest;
    };
    return { ...engine, g1 };
  }
  const times = (k: bigint, p: Affine): Affine | null =>
    engine.g1.msm(engine.g1.encodePoints([p]), { kind: 'full', values: engine.fr.encode([k]) });

  it('who sends a false cm* and opens it, all sums made to fit, is rejected by the CycleFold rows alone', async () => {
    // The weight of the running opening becomes weight + 1, and the layer's `sum` changes so that both layer rows
    // together keep their weighted sum: only A + R B = C is false.
    const { listed, blocks } = system.layout;
    const fieldsAt = ofChainBlock(blocks).fields.at;
    const F = field(R);
    let delta = 0n;
    const attack: Cheats = {
      sweeps: (honest) => ({
        ...honest,
        cross: async (point, u, A) => {
          const t = await honest.cross(point, u, A);
          const at = engine.fr.decode(engine.fr.eqTable(engine.fr.encode(point)).subarray(listed * 32));
          const [e0, e1] = [at[0]!, at[1]!];
          // rows: sum - input - weight, sum - output
          delta = F.mul(e0, F.inv(F.add(e0, e1)));
          return t;
        },
      }),
      foldEngine: lyingEngine((call) => (call === 0 ? keyPoint(0) : times(delta, keyPoint(fieldsAt)))),
      cycleFold,
    };
    cycleFold.witnessOf = (input) => {
      // the witness of the true sum: no witness of the false one exists
      const [r, xa, ya, xb, yb] = input as [bigint, bigint, bigint, bigint, bigint];
      const c = add(G1_PARAMS, { x: xa, y: ya }, times(scalarOfChallenge(r), { x: xb, y: yb }))!;
      return [r, xa, ya, xb, yb, c.x, c.y];
    };
    const prover = await prove(attack, 2);
    cycleFold.witnessOf = (input) => input;
    expect(violated(prover)).toBeUndefined();

    const honest = prover.proof(remaining(2));
    const raised = (block: Uint8Array, k: number, by: bigint): Uint8Array => {
      const values = engine.fr.fromCanonical(block);
      const entry = values.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES);
      entry.set(engine.fr.add(entry, engine.fr.encode([by])));
      return engine.fr.toCanonical(values);
    };
    const { opening } = honest.running;
    const forged: PrimaryOpening = [
      { ...opening[0]!, fields: raised(opening[0]!.fields, 0, 1n) },
      { ...opening[1]!, fields: raised(opening[1]!.fields, 0, delta) },
    ];
    expect(rejectedBy(honest)).toBe('running-commitments');
    expect(rejectedBy({ ...honest, running: { ...honest.running, opening: forged } })).toBe('cyclefold-rows');
  });

  it('who gives the CycleFold fold other points than the commitments violates the step circuit', async () => {
    // as if the public input were advice: the prover's running instance moves on with A = (y, x)
    cycleFold.lie = (honest) => {
      const [r, xa, ya, ...rest] = honest.input as bigint[];
      return { ...honest, input: [r!, ya!, xa!, ...rest] };
    };
    const prover = await prove({ cycleFold }, 3);
    cycleFold.lie = (honest) => honest;
    expect(violated(prover)).toBe('hash-in');
    expect(rejectedBy(prover.proof())).toBe('chain-hash');
    expect(rejectedBy(rehashed(engine, prover.proof()))).toBe('last-rows');
  });

  it('who adds a free error to the CycleFold instance (a false cross term, committed to) is rejected', async () => {
    cycleFold.lie = (honest, _running, call) => {
      if (call !== 0) return honest;
      const { fq } = engine;
      const e = honest.added.e.slice();
      e.set(fq.add(e.subarray(0, FIELD_BYTES), fq.encode([1n])));
      const added = { ...honest.added, e };
      return { ...honest, added, commitment: cycleFold.commit(added) };
    };
    const prover = await prove({ cycleFold }, 2);
    cycleFold.lie = (honest) => honest;
    expect(violated(prover)).toBeUndefined();
    expect(rejectedBy(prover.proof(remaining(2)))).toBe('cyclefold-rows');
  });

  it('who changes e and its commitment in the running CycleFold instance is rejected by the hash', async () => {
    const prover = await prove({}, 2);
    const proof = prover.proof(remaining(2));
    verifyFolded(engine, system, proof);
    const fields = system.cycleFold.matrix.sizes.fields;
    const e = proof.cycleFold.e.slice();
    e.set(field(Q).toBytes(field(Q).add(field(Q).fromBytes(e.subarray(0, 32)), 1n)));
    const c = add(GRUMPKIN_PARAMS, proof.cycleFold.instance.c, system.cycleFold.generators[fields]!)!;
    const changed = { ...proof, cycleFold: { ...proof.cycleFold, e, instance: { ...proof.cycleFold.instance, c } } };
    expect(rejectedBy(changed)).toBe('chain-hash');
  });

  it('who claims another running instance or fresh x than the last step hashed violates the step circuit', async () => {
    const claims: ((a: StepAdvice) => StepAdvice)[] = [
      (a) => ({
        ...a,
        running: { ...a.running, cycleFold: { ...a.running.cycleFold, u: a.running.cycleFold.u + 1n } },
      }),
      (a) => ({ ...a, running: { ...a.running, U: { ...a.running.U, v: field(R).add(a.running.U.v, 1n) } } }),
      (a) => ({ ...a, fresh: { ...a.fresh, x: field(R).add(a.fresh.x, 1n) } }),
    ];
    const honest = await prove({}, 2);
    expect(violated(honest)).toBeUndefined();
    for (const claim of claims) {
      const prover = await prove({ advice: (a, step) => (step === 1 ? claim(a) : a) }, 2);
      expect(violated(prover)).toBe('hash-in');
    }
  });

  it('who sends a Grumpkin commitment off its curve, or negated, is caught', async () => {
    const withFresh = (change: (p: Affine) => Affine): Cheats => ({
      advice: (a, step) =>
        step === 1
          ? { ...a, messages: { ...a.messages, fresh: a.messages.fresh.with(0, change(a.messages.fresh[0]!)) } }
          : a,
    });
    const off = await prove(
      withFresh(({ x, y }) => ({ x, y: field(R).add(y, 1n) })),
      2,
    );
    expect(violated(off)).toBe('grumpkin');
    // on the curve it is only another instance, with another hash: the proof's own running instance does not fit
    const negated = await prove(
      withFresh((p) => neg(GRUMPKIN_PARAMS, p)!),
      2,
    );
    expect(violated(negated)).toBeUndefined();
    expect(rejectedBy(negated.proof(remaining(2)))).toBe('chain-hash');
  });
});
