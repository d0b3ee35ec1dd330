/** The last page of `fold prove`: what was proven, what it took, and what to do with it. */

import { toldLayers } from '../api/model.ts';
import type { PoolUse } from '../pool/fold-pool.ts';
import { bytes, count, seconds } from '../show/format.ts';
import type { Reporter } from '../show/reporter.ts';
import { finalLines, honestLines, shareLines } from '../show/words.ts';
import { type CompleteRun, FINAL_FILE, PROOF_FILE } from '../store/run-record.ts';
import type { CommandContext } from './context.ts';
import type { FoldedRun, Job } from './job.ts';
import { nextLines } from './next-commands.ts';
import { keyName } from './resolve.ts';
import type { JobItem } from './session.ts';
import type { WrappedRun } from './wrap-job.ts';

/** After the fold, before the final proof: something is proven already. */
export function announceFolded(
  report: Reporter,
  { planned, folder, items, batch }: Job,
  { record, verified, proofBytes }: FoldedRun,
): void {
  report.fact('folded', { folder, proofBytes, ...record.statement, checks: verified.checks }, [
    `FOLDED AND VERIFIED: ${scopeOf({ planned, items, batch })}, ${bytes(proofBytes)} in ${folder}/${PROOF_FILE}; now the small final proof`,
    '',
  ]);
}

/** The end of a run that stops at the folded proof. */
export function foldedReport(context: Pick<CommandContext, 'options' | 'report'>, job: Job, folded: FoldedRun): void {
  const { report } = context;
  const { folder, planned } = job;
  const { statement, files } = folded.record;
  report.result(verbOf(job), { ...facts(report, job, folded), files: files.map(listed) }, [
    ...headLines(job, statement.modelDigest),
    `  proof    ${bytes(folded.proofBytes)} in ${folder}/${PROOF_FILE}`,
    ...costLines(report, folded),
    '',
    `What is proven: ${statement.sentence}`,
    ...honestLines(planned.key),
    '',
    ...shareLines(files, statement.root !== undefined),
    ...nextLines(folder, statement.modelDigest, 'folded', context),
  ]);
}

/** The end of a run with its final proof. */
export function provedReport(report: Reporter, job: Job, folded: FoldedRun, wrapped: WrappedRun): void {
  const { folder } = job;
  const { record } = folded;
  report.result(verbOf(job), { ...facts(report, job, folded), ...wrappedFacts(record, wrapped) }, [
    ...headLines(job, record.statement.modelDigest),
    ...wrappedLines(folder, record, wrapped, costLines(report, folded)),
  ]);
}

export function wrappedFacts(record: CompleteRun, wrapped: WrappedRun) {
  const { insecure, gas, calldataBytes, sentence, statement } = wrapped;
  return {
    sentence,
    insecure,
    private: record.private,
    // of a batch it is the last item's alone
    revealedClass: statement.revealed === 0n || statement.root !== 0n ? null : Number(statement.revealed) - 1,
    finalProofBytes: wrapped.proofBytes,
    calldataBytes,
    gas,
    files: filesWith(record, wrapped).map(listed),
  };
}

/** From the size of the final proof to the next command. */
export function wrappedLines(
  folder: string,
  record: CompleteRun,
  wrapped: WrappedRun,
  costs: readonly string[],
): string[] {
  const { insecure, gas, calldataBytes, sentence } = wrapped;
  return [
    `  proof    ${bytes(wrapped.proofBytes)} in ${folder}/${FINAL_FILE}; on-chain ${count(calldataBytes)} bytes, about ${count(gas)} gas`,
    `  key      ${wrapped.key}${insecure ? ' (INSECURE DEV)' : ''}`,
    ...costs,
    '',
    `What is proven: ${sentence}`,
    ...finalLines(insecure, record.private),
    '',
    ...shareLines(filesWith(record, wrapped), record.statement.root !== undefined),
    ...nextLines(folder, record.statement.modelDigest, insecure ? 'development' : 'ceremony'),
  ];
}

const filesWith = ({ files }: CompleteRun, wrapped: WrappedRun) => [
  ...files.filter(({ path }) => !wrapped.files.some((file) => file.path === path)),
  ...wrapped.files,
];

const listed = ({ path, share }: { readonly path: string; readonly share: string }) => ({ path, share });

const verbOf = ({ batch }: Job): string => (batch ? 'batch' : 'prove');

function scopeOf({ planned, items, batch }: Pick<Job, 'planned' | 'items' | 'batch'>): string {
  const all = count(planned.model.layers);
  const layers = `${all}/${all} layers`;
  return batch ? `${count(items.length)} inputs, ${layers} each` : layers;
}

function headLines(job: Job, modelDigest: string): string[] {
  const { key } = job.planned;
  return [
    ...(job.batch ? job.batch.badLines : [`predicted class: ${job.items[0]!.output.class}`]),
    `PROVEN AND VERIFIED: ${scopeOf(job)}, model ${modelDigest}, key ${keyName(key)}`,
  ];
}

function costLines(report: Reporter, { record, partSeconds, pool }: FoldedRun): string[] {
  const said = (parts: Iterable<readonly [string, number]>, digits: (s: number) => string): string =>
    [...parts].map(([name, s]) => `${name} ${digits(s)}`).join(', ');
  const perStep = Object.entries(partSeconds).map(([part, s]) => [part, s / record.statement.steps] as const);
  return [
    `  time     ${said(report.stageSeconds, seconds)}`,
    ...(perStep.length > 0 ? [`  a step   ${said(perStep, (s) => `${(1000 * s).toFixed(0)} ms`)}`] : []),
    `  workers  ${pool.workers}, busy ${percent(busyShare(pool))} of the fold`,
    `  memory   peak ${bytes(peakMemory())}, without the process of Groth16`,
  ];
}

/** Of the worker threads' time. */
const busyShare = ({ workers, seconds, busy }: PoolUse): number => busy / (workers * seconds);
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Of this process; maxRSS is in kilobytes, whatever the platform counts in. */
const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

function facts(report: Reporter, job: Job, { record, verified, proofBytes, partSeconds, pool }: FoldedRun) {
  const { planned, items, batch, folder, workers, hidden } = job;
  const [{ output }] = items as [JobItem];
  const { model, key } = planned;
  return {
    folder,
    ...(batch
      ? { items: items.length, failed: batch.badLines.length }
      : { class: output.class, logits: [...output.logits], values: [...output.values] }),
    layers: toldLayers(model, hidden),
    ...record.statement,
    key: key.name,
    insecure: key.insecure,
    workers,
    proofBytes,
    stageSeconds: Object.fromEntries(report.stageSeconds),
    stepSeconds: Object.fromEntries(Object.entries(partSeconds).map(([part, s]) => [part, s / record.statement.steps])),
    workersBusy: busyShare(pool),
    peakMemory: peakMemory(),
    checks: verified.checks,
  };
}
