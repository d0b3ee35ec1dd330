/** The last page of `fold prove`: what was proven, what it took, and what to do with it. */
import type { Verified } from '../api/verify.ts';
import type { RunFile, RunRecord } from '../store/run-folder.ts';
import { PROOF_FILE } from '../store/run-folder.ts';
import { bytes, count, seconds } from './format.ts';
import type { Reporter } from './reporter.ts';
import { keyName } from './subject.ts';
import type { Job } from './verbs/prove.ts';
import { honestLines, shareLines } from './words.ts';

export interface ProvedFacts {
  readonly statement: NonNullable<RunRecord['statement']>;
  readonly verified: Verified;
  readonly proofBytes: number;
  /** Seconds of the fold's sequential parts over all steps. */
  readonly partSeconds: Readonly<Record<string, number>>;
  readonly files: readonly RunFile[];
}

export function provedReport(report: Reporter, { planned, output, folder, workers }: Job, facts: ProvedFacts): void {
  const { statement, verified, proofBytes, partSeconds, files } = facts;
  const { model, key } = planned;
  // kilobytes, whatever the platform counts in
  const peakMemory = process.resourceUsage().maxRSS * 1024;
  const stages = Object.fromEntries(report.stageSeconds);
  const perStep = Object.fromEntries(Object.entries(partSeconds).map(([part, s]) => [part, s / model.steps]));
  const said = (parts: Record<string, number>, digits: (s: number) => string): string =>
    Object.entries(parts)
      .map(([name, s]) => `${name} ${digits(s)}`)
      .join(', ');
  report.result(
    'prove',
    {
      folder,
      class: output.class,
      logits: [...output.logits],
      values: [...output.values],
      layers: model.layers,
      ...statement,
      key: key.name,
      insecure: key.insecure,
      workers,
      proofBytes,
      stageSeconds: stages,
      stepSeconds: perStep,
      peakMemory,
      checks: verified.checks,
      files: files.map(({ path, share }) => ({ path, share })),
    },
    [
      `predicted class: ${output.class}`,
      `PROVEN AND VERIFIED: ${count(model.layers)}/${count(model.layers)} layers, model ${statement.modelDigest}, key ${keyName(key)}`,
      `  proof    ${bytes(proofBytes)} in ${folder}/${PROOF_FILE}`,
      `  time     ${said(stages, seconds)}`,
      `  a step   ${said(perStep, (s) => `${(1000 * s).toFixed(0)} ms`)}`,
      `  memory   peak ${bytes(peakMemory)}`,
      '',
      `What is proven: ${statement.sentence}`,
      ...honestLines(key),
      '',
      ...shareLines(files),
      `next: npx fold verify ${folder} --model-digest ${statement.modelDigest}`,
    ],
  );
}
