/** What a verification says while and after it checks. */
import type { Statement } from '../../api/statement.ts';
import type { EventListener } from '../../events.ts';
import { predictionLines } from '../../show/prediction.ts';
import type { Reporter } from '../../show/reporter.ts';
import type { RunOutput } from '../../store/run-record.ts';

/** Every check in words, in the order in which they are made. */
const CHECKS: Readonly<Record<string, string>> = {
  files: 'the files are those that run.json lists',
  'public-inputs': 'public.json is the one that follows from statement and points',
  shape: 'the proof has the sizes of the rebuilt step circuit',
  parameters: 'plan, circuit and commitment key are those that the proof names',
  steps: 'as many steps as the network has',
  start: 'the chain starts at the input',
  points: 'all points are on their curves and in their groups',
  'chain-hash': 'the last step hashes the statement and the folded instances',
  model: 'the model digest covers the weights, and the number of steps',
  item: 'the last item of a batch is in its tree',
  'last-commitments': 'the last step opens its commitments',
  'last-rows': 'the last step satisfies every constraint',
  'running-commitments': 'the folded steps open their commitments',
  'running-rows': 'the folded steps satisfy the relaxed constraints',
  'cyclefold-commitment': 'the CycleFold instance opens its commitment',
  'cyclefold-rows': 'the CycleFold instance satisfies its constraints',
  canonical: 'every public number is below the order of the group',
  groth16: 'the Groth16 proof holds for the public inputs',
  opening: 'the committed polynomials take the values that the proof uses',
  'model-digest': 'the model is the one that you trust',
  'input-digest': 'the input is the one that you hold',
  contract: 'the deployed contract accepts the proof',
  plan: 'plan.json is the plan of the verification key',
  members: 'every member that is here is an item of the proven batch, with its data',
  root: 'the member is of the proven tree',
  index: 'the proven steps have reached the member',
  path: 'the path leads from the member to the root',
  statement: 'run.json says what the proof says',
  output: 'output.json is the proven output',
  input: 'private/input.json is the proven input',
};

/** Tells every check that passes. */
export function checkListener(report: Reporter): EventListener {
  return (event) => {
    report.on(event);
    if (event.type === 'check') report.note([`ok  ${event.name.padEnd(21)} ${CHECKS[event.name] ?? ''}`]);
  };
}

/** The output that was checked, in words. */
export function outputLines(output: RunOutput | undefined): string[] {
  if (!output) return [];
  const { integers, values } = output;
  const [logits, floats] = [Float64Array.from(integers), Float64Array.from(values)];
  return predictionLines({ class: output.class, logits, values: floats });
}

/** What could not be recomputed, because it is not here. `input`: whether it was checked, or compared with the user's own. */
export function missingLines(
  { inputDigest, outputDigest }: Pick<Statement, 'inputDigest' | 'outputDigest'>,
  output: boolean,
  input: boolean,
): string[] {
  return [
    ...(output ? [] : [`the output is not here; the proof is about the one with digest ${outputDigest}`]),
    ...(input ? [] : [`the input is not here; the proof is about the one with digest ${inputDigest}`]),
  ];
}
