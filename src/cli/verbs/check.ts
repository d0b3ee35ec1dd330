/** `fold check`: every constraint of every step, without a commitment. What one runs often before proving once. */
import { check } from '../../api/check.ts';
import { isMachineModel } from '../../api/model.ts';
import { FoldError } from '../../errors.ts';
import { MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { needInput, openModel, openQuantized } from '../../runs/resolve.ts';
import { count, counted } from '../../show/format.ts';
import { predictionLines } from '../../show/prediction.ts';
import { warnOfRun } from '../../show/warnings.ts';
import { SCALES, SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

export const checkVerb: Verb = {
  name: 'check',
  about: 'Evaluate every constraint of the layers on an input. No commitment, no proof.',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS],
  meanings: [SEED, SCALES],
  examples: ['fold check --network digits512 --layers 64', 'fold check MODEL.onnx --input X.json'],
  run: async (context) => {
    const { report, signal } = context;
    const loaded = await openModel(context);
    const input = await needInput(context, loaded);
    const model = await openQuantized(context, loaded, input);
    if (isMachineModel(model)) throw noCheck();
    const { output, steps, rows, bits, violation } = await check(model, input, { signal, on: report.on });
    warnOfRun(report, loaded, model, input, output);
    if (!violation) {
      report.result('check', { holds: true, steps, rows, bits, class: output.class }, [
        ...predictionLines(output),
        `all constraints hold: ${counted(steps, 'step')}, ${count(rows)} rows, ${count(bits)} bits`,
      ]);
      return 0;
    }
    const { place, kind, value } = violation;
    report.result('check', { holds: false, ...place, kind, value: value.toString() }, [
      `VIOLATED: layer "${place.layer}", tensor "${place.tensor}"${place.index === undefined ? '' : `, index ${place.index}`}`,
      `  ${kind} ${violation.index} of step ${place.step} is ${value}, not 0`,
    ]);
    return 1;
  },
};

const noCheck = (): FoldError =>
  new FoldError('E_USAGE', 'This verb checks slots only.', {
    expected: 'a chain of equal layers',
    got: 'a network for the tensor machine',
    hint: 'fold prove MODEL.onnx --input X.json --no-wrap, whose verification evaluates every row',
  });
