/** `fold check`: every constraint of every step, without a commitment. What one runs often before proving once. */
import { check } from '../../api/check.ts';
import { checkProgram, type ProgramPlace } from '../../api/check-program.ts';
import type { Place } from '../../api/locate.ts';
import { isMachineModel } from '../../api/model.ts';
import { MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { needInput, openModel, openQuantized } from '../../runs/resolve.ts';
import { count, counted } from '../../show/format.ts';
import { predictionLines } from '../../show/prediction.ts';
import { warnOfRun } from '../../show/warnings.ts';
import { SCALES, SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

export const checkVerb: Verb = {
  name: 'check',
  about: 'Evaluate every constraint of the layers, or of a program, on an input. No commitment, no proof.',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS],
  meanings: [SEED, SCALES],
  examples: ['fold check --network digits512 --layers 64', 'fold check MODEL.onnx --input X.json'],
  run: async (context) => {
    const { report, signal } = context;
    const loaded = await openModel(context);
    const input = await needInput(context, loaded);
    const model = await openQuantized(context, loaded, input);
    const options = { signal, on: report.on };
    const checked = isMachineModel(model)
      ? await checkProgram(model, input, options)
      : await check(model, input, options);
    const { output, steps, rows, bits, violation } = checked;
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
      `VIOLATED: ${placeText(place, violation.indexInScope)}`,
      `  ${kind} ${violation.index} of step ${place.step} is ${value}, not 0`,
    ]);
    return 1;
  },
};

function placeText(place: Place | ProgramPlace, indexInScope: number): string {
  if ('layer' in place)
    return `layer "${place.layer}", tensor "${place.tensor}"${place.index === undefined ? '' : `, index ${place.index}`}`;
  const nodes = place.nodes.length === 0 ? '' : `, which computes ${place.nodes.join(', ')}`;
  return `${place.scope}, number ${indexInScope}, in step ${place.step}${nodes}`;
}
