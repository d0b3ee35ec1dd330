/**
 * Conformance of the tensor machine: `npm run conformance -- DIR [--prove] [--saturate] [--only NAME] [--json]`. Every case of the folder
 * is planned from its input and run in integers, with --prove folded under the transparent key and verified too. Exit code 1 where a case
 * fails.
 */
import { parseArgs } from 'node:util';
import { FoldError } from '../../src/errors.ts';
import { type Prove, withProver } from '../prover.ts';
import { caseNames, readCase } from './cases.ts';
import { runCase } from './compare.ts';

/** What is told of a case. */
interface Outcome {
  readonly name: string;
  readonly operations?: number;
  readonly steps?: number;
  readonly error?: number;
  readonly predicted?: number;
  readonly foldSeconds?: number;
  readonly reason?: string | undefined;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prove: { type: 'boolean', default: false },
    saturate: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
const names = folder === undefined ? [] : caseNames(folder).filter((name) => !values.only || name === values.only);
if (folder === undefined || names.length === 0) {
  process.stderr.write(
    'usage: npm run conformance -- DIR [--prove] [--saturate] [--only NAME] [--json]; DIR has NAME/model.onnx\n',
  );
  process.exit(2);
}

async function outcomeOf(directory: string, name: string, prove: Prove | undefined): Promise<Outcome> {
  try {
    const run = runCase(await readCase(directory, name), values.saturate);
    const { model, operations, error, predicted, reason } = run;
    const told = { name, operations, steps: model.steps, error, predicted, reason };
    return prove && !reason ? { ...told, foldSeconds: (await prove(run)).fold } : told;
  } catch (error) {
    // a case that meets a fault of the program is one that fails: the others are run all the same
    if (error instanceof FoldError)
      return { name, reason: [`${error.code}: ${error.message}`, error.got].filter(Boolean).join(' got: ') };
    return { name, reason: String(error) };
  }
}

const percent = (part: number | undefined): string => (part === undefined ? '-' : `${(100 * part).toPrecision(2)} %`);

function line({ name, operations, steps, error, predicted, foldSeconds, reason }: Outcome): string {
  const parts = [
    `${reason ? 'FAILED' : 'passed'} ${name}`,
    `${operations ?? '-'} operations, ${steps ?? '-'} steps`,
    `error ${percent(error)} of the range, predicted ${percent(predicted)}`,
    ...(foldSeconds === undefined ? [] : [`folded in ${foldSeconds.toFixed(1)} s and verified`]),
  ];
  return `${parts.join('; ')}\n`;
}

async function runAll(directory: string, prove?: Prove): Promise<Outcome[]> {
  const all: Outcome[] = [];
  for (const name of names) {
    const outcome = await outcomeOf(directory, name, prove);
    all.push(outcome);
    if (!values.json) process.stdout.write(line(outcome));
  }
  return all;
}

const outcomes = await (values.prove ? withProver((prove) => runAll(folder, prove)) : runAll(folder));
const failed = outcomes.filter(({ reason }) => reason !== undefined);
if (values.json) process.stdout.write(`${JSON.stringify(outcomes, null, 1)}\n`);
else {
  const width = Math.max(0, ...failed.map(({ name }) => name.length));
  for (const { name, reason } of failed) process.stdout.write(`  ${name.padEnd(width)}  ${reason!.split('\n')[0]}\n`);
  process.stdout.write(`${outcomes.length - failed.length} passed, ${failed.length} failed\n`);
}
process.exitCode = failed.length > 0 ? 1 : 0;
