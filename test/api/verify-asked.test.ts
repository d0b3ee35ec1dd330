/** What is compared before a plan is built: with a key that cannot be loaded it shows whether building has begun. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { hex } from '../../src/api/statement.ts';
import { verify } from '../../src/api/verify.ts';
import { verifyRun } from '../../src/api/verify-run.ts';
import type { FoldedProof, PrimaryOpening } from '../../src/folding/proof.ts';
import { itemOfState } from '../../src/folding/state.ts';
import { buildStepSystem, type KeySource } from '../../src/folding/step-system.ts';
import { layerSizes } from '../../src/layers/step.ts';
import type { StepPlan } from '../../src/layers/step-plan.ts';
import { jsonBytes } from '../../src/store/json.ts';
import { encodeProof } from '../../src/store/proof-file.ts';
import { writeComplete } from '../../src/store/run-folder.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { proveToy, toyKey, toyStep } from '../folding/toy.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';

const BEGUN = 'the plan is being built';
const key: KeySource = {
  ...{ name: 'none', insecure: true },
  load: async () => {
    throw new Error(BEGUN);
  },
};
/** About 2^24 products, minutes and gigabytes, and a file of some hundred bytes. */
const large: StepPlan = {
  slot: { kind: 'conv', channels: 1, height: 64, width: 64, pads: [31, 31, 31, 31] },
  ...{ slots: 1, signed: false, activationBits: 8, activationFraction: 0, weightFraction: 8, shift: 8 },
  readout: { outputs: 10, bits: 30, fraction: 8 },
};
const small: StepPlan = { ...large, slot: { kind: 'dense', size: 2 } };
const planFile = (step: StepPlan) => ({
  ...{ format: 'layerfold/plan', version: 1, rounding: 'floor', calibration: { samples: 0, peak: 0 }, step },
});

const folder = useFolder();
let toy: FoldedProof;
/** The toy's proof with blocks as long as a step of this plan needs them, and some elements more. */
function sized(step: StepPlan, more = { model: 0, bits: 9, fields: 9 }): FoldedProof {
  const { model, bits, small: integers, fields } = layerSizes(step);
  const opening = ([m, p]: PrimaryOpening): PrimaryOpening => [
    { ...m!, fields: new Uint8Array(32 * (model + more.model)) },
    {
      ...p!,
      bits: new Uint8Array(32 * (bits + more.bits)),
      fields: new Uint8Array(32 * (integers + fields + more.fields)),
    },
  ];
  const { running, last } = toy;
  return {
    ...toy,
    running: { ...running, opening: opening(running.opening) },
    last: { ...last, opening: opening(last.opening) },
  };
}

beforeAll(async () => {
  const engine = await createEngine();
  const system = await buildStepSystem(engine, toyStep, toyKey(engine));
  const { prover, prepared } = await proveToy(engine, system, [3], 4);
  await prover.step(prepared[0]!);
  toy = prover.proof([]);
});

describe('before the plan is built', () => {
  it('the digest that the verifier trusts is compared', async () => {
    const proof = sized(small);
    const other = await foldErrorOfAsync(() => verify(proof, { step: small, key }, { modelDigest: 5n }));
    expect([other.code, other.got]).toEqual(['E_REJECTED', hex(toy.statement.wires.modelDigest)]);
    const own = toy.statement.wires.modelDigest;
    await expect(verify(proof, { step: small, key }, { modelDigest: own })).rejects.toThrow(BEGUN);
    await expect(verify(proof, { step: small, key })).rejects.toThrow(BEGUN);
  });

  it('a plan larger than the proof is refused', async () => {
    for (const [proof, step] of [
      [sized(small), large],
      [sized(small, { model: 1, bits: 9, fields: 9 }), small],
      [sized(small, { model: 0, bits: -1, fields: 9 }), small],
      [sized(small, { model: 0, bits: 9, fields: -1 }), small],
      [{ ...sized(small), last: toy.last }, small],
    ] as const) {
      const error = await foldErrorOfAsync(() => verify(proof, { step, key }));
      expect([error.code, error.message]).toEqual(['E_REJECTED', "The proof is false: check 'shape' failed."]);
    }
  });

  it('both are so of a run folder and of a checkpoint', async () => {
    const { modelDigest, pp } = toy.statement.wires;
    const { hIn, o } = itemOfState(toyStep.state, toy.statement.z);
    const run = folder.path('run');
    await writeComplete(
      run,
      { model: { name: 'x', layers: 1, layersPerStep: 1 }, key: { name: 'none', insecure: true }, private: ['output'] },
      {
        ...{ sentence: 'x', parameters: hex(pp), modelDigest: hex(modelDigest), steps: 1 },
        ...{ inputDigest: hex(hIn), outputDigest: hex(o) },
      },
      [
        { path: 'plan.json', bytes: jsonBytes(planFile(large)), share: 'yes' },
        { path: 'folded.cbor', bytes: encodeProof(toy), share: 'yes' },
      ],
    );
    expect((await foldErrorOfAsync(() => verifyRun(run, { key }))).message).toMatch(/'shape' failed/);
    const pinned = await foldErrorOfAsync(() => verifyRun(run, { key, modelDigest: 5n }));
    expect(pinned.message).toBe('The proof is of another model.');

    mkdirSync(folder.path('run', 'checkpoints'));
    const checkpoint = folder.path('run', 'checkpoints', '000001.cbor');
    writeFileSync(checkpoint, encodeProof(toy));
    expect((await fold(['verify', checkpoint])).err).toContain("'shape' failed");
    expect((await fold(['verify', checkpoint, '--model-digest', hex(5n)])).err).toContain('of another model');
  });
});
