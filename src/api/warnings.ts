/**
 * What a user should know of a plan or a run although nothing in it is wrong: integers that are not what was meant. Said
 * without being asked, by whoever takes the plan or makes the run.
 */
import { command } from '../command.ts';
import type { WarningCode, WarningEvent } from '../events.ts';
import { prepareFloat } from '../ir/float.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type Scales, usualScales } from '../ir/quantize.ts';
import { type IntegerResult, quantizeInput } from '../ir/run.ts';
import { evaluate } from '../tensor/evaluate.ts';
import { number } from '../units.ts';
import type { LoadedModel } from './load.ts';
import { splitInputs } from './machine-model.ts';
import { dataSpecOf, isMachineModel, type ProvableModel } from './model.ts';
import { classOf } from './specs.ts';

type Facts = Omit<WarningEvent, 'type' | 'code' | 'message'>;

const warning = (code: WarningCode, message: string, facts: Facts): WarningEvent => {
  return { type: 'warning', code, message, ...facts };
};

/** Of a program: its scales are from the ranges of the sample, and everyone sees those of inputs and outputs. */
const oneSample = ({ path, name }: LoadedModel): WarningEvent =>
  warning('W_ONE_SAMPLE', 'The plan rests on one sample, and the public scales tell how large its numbers are.', {
    expected: 'a plan made from many inputs: another input may leave the ranges of this one',
    hint: command`fold calibrate ${path ?? name} --data FILES`,
  });

/** Bits that the largest weight of a layer should keep. */
const WEIGHT_BITS = 7;
const MOST_WEIGHT_FRACTION = 30;

/** Of a network under its plan, whatever the input. */
export function modelWarnings(loaded: LoadedModel, model: ProvableModel): WarningEvent[] {
  if (isMachineModel(model)) return model.plan.samples === 1 ? [oneSample(loaded)] : [];
  const { plan, vanished } = model;
  const warnings: WarningEvent[] = [];
  if (plan.calibration.samples === 1)
    warnings.push(
      warning('W_ONE_SAMPLE', 'The plan rests on one sample.', {
        expected: 'a plan made from many inputs: another input may leave the range of this one',
        hint: calibration(loaded, plan.step),
      }),
    );
  if (vanished.length > 0) {
    const { name, largest } = vanished.reduce((least, layer) => (layer.largest < least.largest ? layer : least));
    const fraction = Math.ceil(-Math.log2(largest)) + WEIGHT_BITS;
    warnings.push(
      warning('W_ZERO_WEIGHTS', `All weights of ${layersNamed(vanished)} become 0 in integers.`, {
        expected: `weights of at least 2^-${plan.step.weightFraction + 1}`,
        got: `at most ${number(largest)} in layer "${name}"`,
        hint:
          fraction <= MOST_WEIGHT_FRACTION
            ? calibration(loaded, { ...plan.step, weightFraction: fraction })
            : 'Scale these weights up: they are smaller than those of any plan.',
      }),
    );
  }
  return warnings;
}

/** The command that makes a plan of many inputs, with the scales of this one. */
function calibration({ path, name, whole }: LoadedModel, scales: Pick<Scales, (typeof FRACTIONS)[number][0]>): string {
  const usual = usualScales(whole);
  const asked = FRACTIONS.flatMap(([key, flag]) => (scales[key] === usual[key] ? [] : [` ${flag} ${scales[key]}`]));
  const network = path === undefined ? command`--network ${name}` : command`${path}`;
  return `${command`fold calibrate `}${network} --data FILES${asked.join('')}`;
}

const FRACTIONS = [
  ['activationFraction', '--activation-fraction'],
  ['weightFraction', '--weight-fraction'],
] as const;

const layersNamed = (vanished: QuantizedModel['vanished']): string =>
  vanished.length === 1 ? `layer "${vanished[0]!.name}"` : `${vanished.length} layers`;

/** What is said of a run with its input. */
export type RunWarnings = (input: Tensor, output: IntegerResult) => WarningEvent[];

/** Makes the network in floating point ready to be compared with. */
export function runWarnings(loaded: Pick<LoadedModel, 'graph' | 'tensors'>, model: ProvableModel): RunWarnings {
  const float = floatOutput(loaded);
  return (input, output) => {
    const warnings = inputWarnings(model, input);
    const real = float(input);
    const wanted = classOf(dataSpecOf(model), real);
    if (wanted === output.class) return warnings;
    // an output that is its class has no number for every class
    const of = (values: Float64Array, k: number): string => (real.length === 1 ? '' : number(values[k]!));
    const said = (values: Float64Array, k: number): string => [`class ${k}`, of(values, k)].filter(Boolean).join(', ');
    const against = (values: Float64Array, k: number): string =>
      [of(values, k), `class ${k}`].filter(Boolean).join(' for ');
    warnings.push(
      warning('W_OTHER_CLASS', 'The network in floating point gives another class than its integers.', {
        expected: `${said(real, wanted)} against ${against(real, output.class)}`,
        got: `${said(output.values, output.class)} against ${against(output.values, wanted)}`,
        hint: 'fold run MODEL.onnx --input X.json --compare-float shows where the two part',
      }),
    );
    return warnings;
  };
}

/** The first output in floating point. */
function floatOutput({ graph, tensors }: Pick<LoadedModel, 'graph' | 'tensors'>): (input: Tensor) => Float64Array {
  if (tensors) return (input) => evaluate(tensors, splitInputs(tensors, input))[0]!;
  const float = prepareFloat(graph);
  const name = graph.outputs[0]!.name;
  return (input) => {
    let real: Float64Array | undefined;
    float.visit([input], (tensor, { data }) => {
      if (tensor === name) real = data;
    });
    return real!;
  };
}

/** The layers of a Floor network compute on whole numbers, and so does its first one. */
export function inputWarnings(model: ProvableModel, input: Tensor): WarningEvent[] {
  if (isMachineModel(model) || model.plan.rounding !== 'floor' || quantizeInput(model, input).exact) return [];
  const broken = [...input.data.keys()].filter((k) => !Number.isInteger(input.data[k]));
  return [
    warning('W_ROUNDED_INPUT', 'The input is rounded to whole numbers, as the layers of this network end in Floor.', {
      expected: 'whole numbers',
      got: `${input.data[broken[0]!]} at index ${broken[0]}; ${broken.length} of ${input.data.length} are none`,
      hint: 'Scale the input to whole numbers, such as pixels from 0 to 255, as the network was trained on.',
    }),
  ];
}
