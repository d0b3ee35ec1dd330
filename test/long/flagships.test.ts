/**
 * The two flagship networks and a deep synthetic one, all their layers in one chain with one proof: proven, verified,
 * refused as another model, and equal to onnxruntime's class.
 */
import { describe, expect, test } from 'vitest';
import type { Graph, ModelSource, PlanOptions, Tensor } from '../../src/index.ts';
import {
  decodeProof,
  developmentKeySource,
  encodeProof,
  loadModel,
  plan,
  prove,
  quantize,
  readInputFile,
  verify,
} from '../../src/index.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';

const ZATOR = 'models/zator512/model.onnx';

async function proveAll(source: ModelSource, options: PlanOptions = {}, given?: (graph: Graph) => Promise<Tensor>) {
  const loaded = await loadModel(source);
  const input = given ? await given(loaded.graph) : loaded.sample!;
  const model = quantize(
    loaded,
    Object.keys(options).length > 0 || !loaded.plan ? { ...options, samples: [input] } : {},
  );
  const planned = await plan(model, developmentKeySource());
  const { proof, output } = await prove(planned, input);
  const verified = await verify(decodeProof(encodeProof(proof)), planned, {
    modelDigest: proof.statement.wires.modelDigest,
  });
  return { model, planned, proof, output, verified };
}

describe('all layers in one chain', () => {
  test('digits512', async () => {
    const { model, planned, proof, output, verified } = await proveAll({ network: 'digits512' });
    expect(model.layers).toBe(512);
    expect(verified).toMatchObject({ steps: 64, stepsPerNetwork: 64, pinned: true, insecure: true });
    expect(output.class).toBe(6);
    const another = proof.statement.wires.modelDigest + 1n;
    await expect(verify(proof, planned, { modelDigest: another })).rejects.toMatchObject({ code: 'E_REJECTED' });
    // the same weights under another plan are another model
    const loaded = await loadModel({ network: 'digits512' });
    const other = await plan(quantize(loaded, { layersPerStep: 4 }), developmentKeySource());
    await expect(verify(proof, other)).rejects.toMatchObject({ code: 'E_REJECTED' });
  });

  test('a synthetic network of 1,024 layers', async () => {
    const { model, verified } = await proveAll({ network: 'synthetic', layers: 1024 });
    expect(model.layers).toBe(1024);
    expect(verified).toMatchObject({ steps: model.steps, pinned: true });
  });

  describe.skipIf(sharedMissing(ZATOR))(`zator512 (skipped where ${ZATOR} is absent)`, () => {
    test('the reference network on the reference image', async () => {
      const { model, verified } = await proveAll({ path: sharedPath(ZATOR) }, {}, async (graph) => {
        const [image] = await readInputFile(sharedPath('models/zator512/input.json'), graph);
        return image!;
      });
      expect(model.layers).toBe(512);
      expect(model.plan.step).toMatchObject({ activationBits: 9, weightFraction: 20, slots: 2 });
      expect(verified).toMatchObject({ steps: 256, stepsPerNetwork: 256, pinned: true });
    });
  });
});
