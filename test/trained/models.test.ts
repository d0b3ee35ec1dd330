/**
 * The networks of examples/trained, trained on the bundled digits: read, calibrated, and right on the 360 test images as often in integers as
 * in floating point. test/long/trained.test.ts proves them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { testDigits, trainedFolder } from '../../build/train/digits.ts';
import { measureModel, rightOnes, tensorOf } from '../../build/train/measure.ts';
import { MODEL_NAMES, type ModelName } from '../../build/train/models.ts';
import { runModel } from '../../src/api/model.ts';
import { classOf } from '../../src/api/specs.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const bundled = (name: ModelName): Uint8Array => readFileSync(join(trainedFolder(), `${name}.onnx`));

/** The classes that ONNX Runtime reads in the test images. */
async function runtimeClasses(bytes: Uint8Array, shape: readonly number[]): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes);
  try {
    const classes: number[] = [];
    for (const { image } of testDigits()) {
      const feeds = { [session.inputNames[0]!]: new ort.Tensor('float32', Float32Array.from(image), [...shape]) };
      const { data } = (await session.run(feeds))[session.outputNames[0]!]!;
      const numbers = Array.from(data as Iterable<number | bigint>, Number);
      classes.push(numbers.length === 1 ? numbers[0]! : numbers.indexOf(Math.max(...numbers)));
    }
    return classes;
  } finally {
    await session.release();
  }
}

/** Steps of the machine, and test images that are read right. */
const KNOWN: Readonly<Record<ModelName, { readonly steps: number; readonly right: number }>> = {
  residual: { steps: 3, right: 351 },
  depthwise: { steps: 5, right: 348 },
  transformer: { steps: 13, right: 348 },
  trees: { steps: 10, right: 343 },
};

describe('the trained networks', () => {
  it.each(MODEL_NAMES)('%s loses nothing in integers', async (name) => {
    const bytes = bundled(name);
    const { tensors, model, float, integers } = measureModel(bytes);
    const known = KNOWN[name];
    expect(float).toHaveLength(360);
    expect(await runtimeClasses(bytes, tensors.inputs[0]!.value.shape)).toEqual(float);
    expect(rightOnes(float)).toBe(known.right);
    // half a point of 360 images is one of them
    expect(rightOnes(integers)).toBeGreaterThanOrEqual(known.right - 1);
    // the program that is proven, on some of the images
    for (const k of [0, 100, 200]) {
      const { logits } = runModel(model, tensorOf(tensors, testDigits()[k]!));
      expect(classOf(model.ports, logits)).toBe(integers[k]);
    }
    expect(model.steps).toBeLessThanOrEqual(known.steps);
  });
});
