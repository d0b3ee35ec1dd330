/** The networks of `npm run bench -- networks` are what they are called, and are read and lowered in little time and memory. */
import { expect, test } from 'vitest';
import { ARCHITECTURES } from '../../bench/networks/architectures.ts';
import { measureNetwork } from '../../bench/networks/measure.ts';

test('the MLP: within the predicted error of ONNX Runtime, in seconds and megabytes', async () => {
  const { figures, model } = await measureNetwork(ARCHITECTURES.mlp!());
  const figure = (name: string): number => figures.find((one) => one.name === name)!.value;
  const weights = 784 * 2000 + 2000 * 60 + 60 * 4000 + 4000 * 10;
  expect(figure('macs')).toBe(weights);
  expect(figure('parameters')).toBe(weights + 2000 + 60 + 4000 + 10);
  expect(model.steps).toBeGreaterThan(10);
  expect(figure('error')).toBeLessThan(figure('predicted'));
  expect(figure('read.processor') + figure('calibrate.processor') + figure('lower.processor')).toBeLessThan(30);
  expect(figure('memory')).toBeLessThan(4096);
});

test('the others have the parameters that their papers count, but for the head of ten classes', () => {
  // ResNet-18 11.17 million, MobileNetV2 2.2, VGG-11 9.2, a block of GPT-2 small 7.1: 4 bytes each
  for (const [name, millions] of [
    ['resnet18', 11.17],
    ['mobilenet_v2', 2.22],
    ['vgg11', 9.22],
    ['gpt2_block', 7.08],
  ] as const)
    expect(Math.abs(ARCHITECTURES[name]!().bytes.length / 4e6 / millions - 1)).toBeLessThan(0.02);
});
