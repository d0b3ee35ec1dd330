/** One key for every network: ten public networks of different architecture, each from its ONNX file to a final proof. */
import { describe, it } from 'vitest';
import { useFolder } from '../cli/harness.ts';
import { expectOneKey } from '../helpers/one-key.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';

/** Small ones, of many kinds. */
const NETWORKS = [
  'lenet_5',
  'jst-lenet',
  'jst-mini_resnet',
  'jst-cifar_cnn',
  'large_mlp',
  'self_attention',
  'lstm',
  'lightgbm',
  '1l_softmax',
  '2l_relu_sigmoid_conv',
] as const;

const folder = useFolder();

describe.skipIf(sharedMissing('conformance', 'networks'))('ten networks under one key', () => {
  it('have one verification key, and one contract that tells them apart', async () => {
    const files = NETWORKS.map((name) => {
      const own = (file: string): string => sharedPath('conformance', 'networks', name, file);
      return { name, model: own('model.onnx'), input: own('input.json') };
    });
    await expectOneKey(files, folder.path);
  });
});
