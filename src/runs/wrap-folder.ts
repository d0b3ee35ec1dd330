/** The final proof of a folded run that lies in its folder: `fold wrap`, and `fold prove` of a run that stopped there. */

import { type LastOutput, lastOutput } from '../api/batch-folder.ts';
import { budgetOf } from '../api/budget.ts';
import type { CommitmentKeySource } from '../api/keys.ts';
import { dataSpecOfPlan, stepSpecOf } from '../api/model.ts';
import { type VerifiedRun, verifyRun } from '../api/verify-run.ts';
import { defaultWorkers } from '../api/workers.ts';
import { FoldError } from '../errors.ts';
import { provenBatch } from '../folding/member.ts';
import { seconds } from '../show/format.ts';
import { sweepTemporary } from '../store/checkpoints.ts';
import type { CommandContext } from './context.ts';
import { memoryLimit } from './limits.ts';
import { knownSalts } from './privacy.ts';
import { wrappedFacts, wrappedLines } from './proved-report.ts';
import { revealOf } from './reveal.ts';
import { closeSession, resumable } from './session.ts';
import { planWrapKey, wrapBudget, wrapRun } from './wrap-job.ts';

/**
 * Verifies the folded proof, wraps it, and adds the final proof to the folder, which is locked by this process.
 * @throws E_FILE where private output or salts are not at hand; and as the verification and the wrap
 */
export async function wrapFolder(context: CommandContext, folder: string, key: CommitmentKeySource): Promise<number> {
  await sweepTemporary(folder);
  try {
    await addFinal(context, folder, key);
  } catch (error) {
    throw resumable(error, 'the same command again');
  }
  await closeSession(folder);
  return 0;
}

async function addFinal(context: CommandContext, folder: string, key: CommitmentKeySource): Promise<void> {
  const { options, report, env } = context;
  const workers = options.workers ?? defaultWorkers();
  const verified = await verifyRun(folder, { key, on: report.on });
  const { record, plan, proof, parameters } = verified;
  const batch = record.statement.root !== undefined;
  const reveal = revealOf(options, plan, record.private, batch);
  const output = await (batch
    ? lastOutput(folder, provenBatch(proof), dataSpecOfPlan(plan, proof.statement.wires.modelDigest))
    : singleOutput(folder, verified));
  if (!output)
    throw new FoldError('E_FILE', 'The output of this run is private and not here.', {
      expected: `${folder}/private as it was written`,
      got: 'a copy without it',
      hint: 'Only who made the run can finish it.',
    });
  const target = { ...parameters, key, step: stepSpecOf(plan) };
  const keyPlan = await planWrapKey(context, target);
  const budget = await wrapBudget(
    await budgetOf(parameters.system, stepSpecOf(plan)),
    keyPlan,
    memoryLimit(options.maxMemory, env),
    workers,
    options.groth16,
  );
  report.fact(
    'budget',
    { wrapMemory: budget.memory, wrapKeyBytes: budget.key, wrapKeyCached: budget.cached },
    budget.lines,
  );
  const job = { target, folder, folded: proof, workers, reveal, output };
  const wrapped = await wrapRun(context, keyPlan, job, record);
  const times = [...report.stageSeconds].map(([name, s]) => `${name} ${seconds(s)}`).join(', ');
  report.result('wrap', { folder, ...record.statement, ...wrappedFacts(record, wrapped) }, [
    ...wrappedLines(folder, record, wrapped, [`  time     ${times}`]),
  ]);
}

async function singleOutput(folder: string, { record, output }: VerifiedRun): Promise<LastOutput | undefined> {
  const salts = await knownSalts(folder, record);
  return output && salts && { logits: Float64Array.from(output.integers), salt: salts.output };
}
