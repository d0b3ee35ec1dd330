/** The report of one run: what was proven, how the network looks, and where time, memory and constraints went. */

import type { RunReport } from '../api/gather-report.ts';
import { command } from '../command.ts';
import { argmax } from '../ir/run.ts';
import { bytes, count, number, seconds } from '../units.ts';
import { signedBars } from './charts.ts';
import { pathPicture, stepsLeftOut, stepsLegend, stepsPicture } from './network.ts';
import { facts, htmlTable, paragraph as p, page, tiles } from './page.ts';
import { outputsTable, programSection } from './program.ts';
import { accuracy, budget, onChain, time } from './run-costs.ts';
import { escaped } from './svg.ts';

/** @param folder as the reader would name it in a command */
export function runPage(
  report: RunReport,
  folder: string,
  made: { readonly version: string; readonly time: string },
): string {
  const { record } = report;
  const { model, key, state, statement } = record;
  const about = [
    p(`${folder} · ${extent(report)} · ${state}`, 'muted'),
    ...(key.insecure
      ? [
          p(
            'Made with the INSECURE development key: anyone can forge such a proof. It shows how the program runs, and convinces nobody.',
            'warn',
          ),
        ]
      : []),
    ...(statement ? [] : [p(`The run is not complete (${state}): nothing is proven yet.`, 'warn')]),
    summary(report),
  ].join('\n');
  const pinned = statement ? command` --model-digest ${statement.modelDigest}` : '';
  // whoever reads the page may have called the program by another name than who made it
  const verify = `${command`npx fold verify ${folder}`}${pinned}`;
  return page(
    `${model.name}: report of a run`,
    about,
    [
      { title: 'What is proven', body: proven(report, verify) },
      { title: 'The network', body: report.program ? programSection(report.program) : network(report) },
      { title: 'The output', body: output(report) },
      { title: 'Where the time went', body: time(report) },
      { title: 'Constraints of a step', body: report.budget ? budget(report.budget) : '' },
      { title: 'On a chain', body: onChain(report) },
      { title: 'Accuracy against floating point', body: report.program ? '' : accuracy(report) },
      { title: 'Files', body: files(report) },
    ],
    `${escaped(`layerfold ${made.version}, ${made.time}. `)}This page repeats what the folder says and what the integer run gives; it proves nothing.`,
  );
}

const isHidden = ({ private: hidden }: RunReport['record']): boolean => hidden.includes('model');
/** Of a private network its operations are not told. */
const unitOf = (record: RunReport['record']): string => (isHidden(record) ? 'steps' : 'operations');

/** How large the network is, in the terms of its circuit. */
function extent({ record, program }: RunReport): string {
  const { model } = record;
  if (program) return `${count(model.layers)} ${unitOf(record)} on the tensor machine`;
  return `${count(model.layers)} layers, ${model.layersPerStep} per step`;
}

function summary({ record, output: result, timeline, program }: RunReport): string {
  const total = timeline?.stages.reduce((n, stage) => n + stage.seconds, 0) ?? 0;
  const proof = record.files.find(({ path }) => path === 'folded.cbor');
  return tiles([
    ...(result ? ([[String(result.class), 'class']] as const) : []),
    ...(program && isHidden(record)
      ? []
      : ([[count(record.model.layers), program ? 'operations' : 'layers']] as const)),
    ...(record.statement ? ([[count(record.statement.steps), 'steps']] as const) : []),
    ...(total > 0 ? ([[seconds(total), 'all stages']] as const) : []),
    ...(timeline?.totals ? ([[bytes(timeline.totals.peakMemory), 'peak memory']] as const) : []),
    ...(proof?.bytes === undefined ? [] : ([[bytes(proof.bytes), 'folded proof']] as const)),
  ]);
}

/** What was verified before the page was written. Whoever has the page alone has nobody's word for it but its maker's. */
const CHECKED = {
  final: 'The final proof was verified when this page was made, under the key in the folder, which nobody pinned.',
  folded: 'The folded proof was verified when this page was made.',
  none: 'The proof was NOT verified when this page was made, for want of the powers of tau (fold report --ptau FILE); digests and steps are those of run.json.',
} as const;

function proven({ record: { statement, key, model }, checked }: RunReport, verify: string): string {
  if (!statement) return '';
  const pins = `${p(`${CHECKED[checked.proof ?? 'none']} ${checked.model ? 'The model was committed to again: it is the one of the digest.' : 'Name and layers of the model are words of the folder.'} This checks the proof with what you trust:`, 'muted')}<p><code>${escaped(verify)}</code></p>`;
  const last = statement.root === undefined ? '' : ', last item';
  return `${p(statement.sentence)}${facts([
    ['model digest D', statement.modelDigest],
    ...(statement.root === undefined ? [] : ([['root of the batch', statement.root]] as const)),
    [`input digest h_in${last}`, statement.inputDigest],
    [`output digest o${last}`, statement.outputDigest],
    ...(checked.parameters ? ([['parameters pp', statement.parameters]] as const) : []),
    ['commitment key', key.insecure && !key.name.includes('INSECURE') ? `${key.name} (INSECURE)` : key.name],
    ...(model.sha256 === undefined ? [] : ([['model file, sha256', model.sha256]] as const)),
  ])}${pins}`;
}

function network({ record: { model }, plan, output: result, run }: RunReport): string {
  if (!plan) return '';
  const steps = Math.ceil((model.layers - 1) / plan.step.slots);
  return [
    pathPicture(plan, model.layers, result?.class),
    `<h3>${count(model.layers)} layers in ${count(steps)} steps</h3>`,
    stepsPicture(plan, model.layers, run?.layers),
    stepsLegend(run !== undefined, plan.step.activationBits, stepsLeftOut(steps)),
  ].join('\n');
}

/** More outputs than this are no chart. */
const MOST_LOGITS = 40;

function output({ output: result, program }: RunReport): string {
  const outputs = program ? outputsTable(program) : '';
  if (!result || result.values.length > MOST_LOGITS) return outputs;
  // a network with an output that is its class has no place for it
  const place = argmax(Float64Array.from(result.integers)) === result.class ? result.class : undefined;
  const rows = result.values.map((value, k) => ({
    name: String(k),
    value,
    css: k === place ? 'c' : 'b',
    said: number(value),
  }));
  const said = program ? 'All outputs, one after another' : 'Logits';
  return `${outputs}${signedBars(said, rows)}${p(`${said}; the proof is about the integers behind them.`, 'muted')}`;
}

function files({ record }: RunReport): string {
  if (record.files.length === 0) return '';
  const rows = record.files.map(({ path, bytes: size, share, sha256 }) => [
    path,
    share === 'yes' ? 'may be shared' : 'keep',
    sha256?.slice(0, 16) ?? '',
    size === undefined ? '' : bytes(size),
  ]);
  return htmlTable([['file', '', 'sha256', 'size'], ...rows], 3);
}
