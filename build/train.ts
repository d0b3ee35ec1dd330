/**
 * Trains the networks of examples/trained on the bundled digits and writes them there, with the images for calibration and one to prove:
 *
 *   npm run train [-- --only NAME] [--measure]      --measure reads the files that there are
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { calibrationDigits, type Digit, testDigits, trainedFolder } from './train/digits.ts';
import { measureModel, rightOnes } from './train/measure.ts';
import { MODEL_NAMES, trainModel } from './train/models.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, measure: { type: 'boolean', default: false } },
});

const own = (file: string): string => join(trainedFolder(), file);
const inputOf = ({ image }: Digit) => ({ input_data: [[...image]] });
if (!values.measure) {
  const samples = calibrationDigits().map((digit, i) => ({ id: `${i}`.padStart(2, '0'), ...inputOf(digit) }));
  writeFileSync(own('calibration.jsonl'), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
  writeFileSync(own('input.json'), `${JSON.stringify(inputOf(testDigits()[0]!))}\n`);
}
for (const name of MODEL_NAMES.filter((known) => values.only === '' || values.only === known)) {
  const path = own(`${name}.onnx`);
  const start = process.cpuUsage();
  if (!values.measure) writeFileSync(path, trainModel(name));
  const { user, system } = process.cpuUsage(start);
  const bytes = readFileSync(path);
  const { float, integers, model } = measureModel(bytes);
  console.log(
    `${name}: ${bytes.length} bytes, ${model.steps} steps; of ${float.length} test images`,
    `${rightOnes(float)} right in floating point, ${rightOnes(integers)} in integers`,
    values.measure ? '' : `(${((user + system) / 1e6).toFixed(1)} s of processor time)`,
  );
}
