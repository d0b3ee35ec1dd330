/**
 * Attacks on the degrees of rows (protocol section 3): a row that t_2 would absorb if it kept its degree, S-boxes with another
 * output, and u = 0, where S-boxes say nothing of their outputs. test/folding/degree-five.test.ts shows in a plain model which of
 * them succeed against a build that gets the degrees wrong.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../../../src/algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, R } from '../../../src/algebra/params.ts';
import { ofChainBlock } from '../../../src/folding/blocks.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { blindingRange, commitRanges } from '../../../src/folding/commit.ts';
import type { FoldedProof } from '../../../src/folding/proof.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { type SweepBuffers, writeErrors } from '../../../src/folding/sweeps.ts';
import { verifyFolded } from '../../../src/folding/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { cmMOf, proveToy, toyKey, toyStep } from '../toy.ts';
import { type Cheats, element, MaliciousProver, rehashed } from './malicious-prover.ts';

const F = field(R);

describe('an adversary at the degrees of rows', () => {
  let engine: Engine;
  let system: StepSystem;
  let prepared: readonly PreparedStep[];
  let modelDigest: bigint;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    ({ prepared, modelDigest } = await proveToy(engine, system, [7, 20, 300], 50));
  });

  async function prove(cheats: Cheats, steps = prepared.length): Promise<FoldedProof> {
    const wires = { stepsPerNetwork: BigInt(prepared.length), modelDigest, root: 0n };
    const prover = new MaliciousProver(engine, system, wires, prepared[0]!.wires.enter.h!, cheats);
    for (const step of prepared.slice(0, steps)) await prover.step(step);
    return prover.proof(prepared.slice(steps).map(cmMOf));
  }
  function rejection(proof: FoldedProof): string {
    const error = foldErrorOf(() => verifyFolded(engine, system, proof));
    expect(error.code).toBe('E_REJECTED');
    return /check '([a-z-]+)'/.exec(error.message)![1]!;
  }
  const increase = (z: Vec, k: number): void => {
    element(z, k).set(engine.fr.add(element(z, k), engine.fr.encode([1n])));
  };
  /** Changes z2 in the middle step. */
  const middle =
    (change: (z: Vec) => void): NonNullable<Cheats['witness']> =>
    (z, step) => {
      if (step === 1) change(z);
    };

  it('(who does not cheat is accepted)', async () => verifyFolded(engine, system, await prove({})));

  it('who lets t_2 take in a quadratic row that does not vanish is rejected', async () => {
    // the layers' sum: two quadratic rows. The adversary's t_1..t_4 are the true coefficients, and where quadratic rows kept
    // their degree, that of X^2 held q(z2): nothing would be left to refuse it
    const witness = middle((z) => increase(z, system.matrix.offsets.fields));
    expect(rejection(await prove({ witness }))).toBe('running-rows');
    // nor does it help to add <eq, q(z2)> to any of them
    for (const k of [0, 1, 2, 3]) {
      const cheats: Cheats = {
        witness,
        sweeps: (honest, b) => ({
          ...honest,
          cross: async (point, u, A) => {
            const t = await honest.cross(point, u, A);
            return t.with(k, F.add(t[k]!, freshQuadratic(b, point)));
          },
        }),
      };
      expect(rejection(await prove(cheats))).toBe('running-rows');
    }
  });

  /** <eq(point), q(z2)>. */
  function freshQuadratic(b: SweepBuffers, point: readonly bigint[]): bigint {
    const empty = (): Vec => new Uint8Array(b.t.length);
    const errors = { quadratic: empty(), boxes: empty() };
    writeErrors(engine, system.rows, { ...b, z1: b.z2, forms1: b.forms2, errors });
    const { fr } = engine;
    return fr.decode(fr.dot(fr.eqTable(fr.encode(point)), errors.quadratic))[0]!;
  }

  it('who commits to another output of an S-box is rejected, in a middle step and in the last', async () => {
    const { boxOut } = system.matrix.matrix;
    for (const box of [0, boxOut.length >> 1, boxOut.length - 1]) {
      expect(rejection(await prove({ witness: middle((z) => increase(z, boxOut[box]!)) }))).toBe('running-rows');
      const last: Cheats['witness'] = (z, step) => (step === 2 ? increase(z, boxOut[box]!) : undefined);
      expect(rejection(await prove({ witness: last }))).toBe('last-rows');
    }
  });

  /** Outputs that stand in no S-box's operand and in no product but with u: at u = 0 no row says anything of them. */
  function freeOutputs(): number[] {
    const { matrix } = system.matrix;
    const { prodA, prodB, boxIn, boxOut, variables, formStart, formVar } = matrix;
    const operands = new Set(boxIn);
    prodA.forEach((a, k) => {
      if (a !== 0 && prodB[k] !== 0) for (const operand of [a, prodB[k]!]) operands.add(operand);
    });
    const read = new Set(operands);
    for (const form of [...operands].filter((operand) => operand >= variables).map((operand) => operand - variables)) {
      for (const k of formVar.subarray(formStart[form], formStart[form + 1])) read.add(k);
    }
    const free = [...boxOut].filter((output) => !read.has(output));
    expect(free.length).toBeGreaterThan(0);
    return free;
  }
  const isSatisfied = (z: Vec): boolean => {
    const forms = system.rows.forms(z);
    return [system.rows.quadratic(z, forms), system.rows.boxes(z, forms)].every((rows) => rows.every((v) => v === 0));
  };

  it('who folds an instance with u = 0, satisfied whatever its S-boxes give out, is rejected', async () => {
    const free = freeOutputs();
    const witness = middle((z) => {
      // all but M, which is committed already
      const { model, bits } = system.matrix.offsets;
      z.fill(0, 0, model * FIELD_BYTES).fill(0, bits * FIELD_BYTES);
      for (const output of free) element(z, output).set(engine.fr.encode([77n]));
      expect(isSatisfied(z)).toBe(true);
    });
    expect(rejection(await prove({ witness }))).toBe('running-rows');
  });

  it('who shows a running instance with u = 0 and free S-box outputs is rejected by the chain alone', async () => {
    const proof = await prove({}, 1);
    verifyFolded(engine, system, proof);
    const { offsets } = system.matrix;
    const { fr } = engine;
    const block = ofChainBlock(system.layout.blocks);
    const opening = ofChainBlock(proof.running.opening);
    const fields = fr.fromCanonical(opening.fields);
    for (const output of freeOutputs()) element(fields, output - offsets.fields).set(fr.encode([77n]));
    const cm = commitRanges(engine, system.key, [
      { at: 0, scalars: { kind: 'full', values: fr.fromCanonical(opening.bits) } },
      { at: block.fields.at, scalars: { kind: 'full', values: fields } },
      blindingRange(block, fr.fromCanonical(opening.blinding)),
    ])!;
    const { running } = proof;
    const forged: FoldedProof = {
      ...proof,
      running: {
        ...running,
        cms: [...running.cms.slice(0, -1), cm] as Affine[],
        opening: [...running.opening.slice(0, -1), { ...opening, fields: fr.toCanonical(fields) }],
      },
    };
    // alone it is a running instance like another: its claim v = 0 at u = 0 holds
    const head = fr.encode([0n, 0n]);
    const rest = [...running.opening.slice(0, -1).flatMap((o) => [o.bits, o.fields]), opening.bits];
    const z = concat([head, ...rest.map((part) => fr.fromCanonical(part)), fields]);
    expect([running.claim.u, running.claim.v, isSatisfied(z)]).toEqual([0n, 0n, true]);
    expect(rejection(forged)).toBe('chain-hash');
    // the hash made to fit: now the last step's own rows, which begin with the default instance, refuse it
    expect(rejection(rehashed(engine, forged))).toBe('last-rows');
  });
});
