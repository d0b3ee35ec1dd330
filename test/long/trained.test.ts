/**
 * The networks of examples/trained from their files to final proofs, as their README tells it: calibrated on the images for that, proven on a
 * test image, verified with the class that the integer run gives, under one key and by one contract.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { trainedFolder } from '../../build/train/digits.ts';
import { measureModel } from '../../build/train/measure.ts';
import { MODEL_NAMES } from '../../build/train/models.ts';
import { fold, lines, useFolder } from '../cli/harness.ts';
import { expectOneKey } from '../helpers/one-key.ts';

const folder = useFolder();
const own = (file: string): string => join(trainedFolder(), file);
const model = (name: string): string => own(`${name}.onnx`);

it('the trained networks have one verification key, and one contract that tells them apart', async () => {
  for (const name of MODEL_NAMES) {
    const plan = folder.path(`${name}.plan.json`);
    const { code, err } = await fold(['calibrate', model(name), '--data', own('calibration.jsonl'), '--out', plan]);
    expect([name, code, code === 0 ? '' : err]).toEqual([name, 0, '']);
  }
  const files = MODEL_NAMES.map((name) => ({ name, model: model(name), input: own('input.json') }));
  await expectOneKey(files, folder.path);
  for (const name of MODEL_NAMES) {
    // rebuilt from the network: the proof is of this file under the plan of these images, on this input
    const asked = ['--model', model(name), '--input', own('input.json'), '--json'];
    const { code, err, out } = await fold(['verify', folder.path(name), ...asked]);
    expect([name, code, code === 0 ? '' : err]).toEqual([name, 0, '']);
    const { class: proven } = lines(out).at(-1)!;
    expect([name, proven]).toEqual([name, measureModel(readFileSync(model(name))).integers[0]]);
  }
});
