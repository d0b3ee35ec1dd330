/** A run from its fold to its folder: fold, verify, announce, write; then the final proof. */

import { join } from 'node:path';
import { itemOf } from '../api/items.ts';
import { forWrap } from '../api/keys.ts';
import { peakMemory } from '../api/machine.ts';
import { dataSpecOf, isMachineModel, provenProgram, stepSpecOf, toldLayers } from '../api/model.ts';
import { verifyOwn } from '../api/own-proof.ts';
import type { PlannedModel } from '../api/plan.ts';
import { type FoldOptions, type Proved, type ProvedBatch, prove, proveBatch } from '../api/prove.ts';
import { ownSentence } from '../api/sentence.ts';
import { slotsOf } from '../api/specs.ts';
import { outputDigest, statementOf } from '../api/statement.ts';
import type { WrapTarget } from '../api/wrap-circuit.ts';
import { command } from '../command.ts';
import { FoldError, invariant } from '../errors.ts';
import { stage } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { itemOfState } from '../folding/state.ts';
import type { Reporter } from '../show/reporter.ts';
import { writeFileAtomic } from '../store/atomic.ts';
import { withCheckpoint } from '../store/checkpoints.ts';
import { EVENTS_FILE } from '../store/event-log.ts';
import { encodeProof } from '../store/proof-file.ts';
import { writeComplete, writeUnfinished } from '../store/run-folder.ts';
import { COMPRESSED_FILE, type RunHead } from '../store/run-record.ts';
import { batchFiles, ItemClock, writeMembers } from './batch-files.ts';
import { writeCompressed } from './compressed.ts';
import type { CommandContext } from './context.ts';
import type { FoldedRun, Job } from './job.ts';
import { announceFolded, foldedReport, provedReport } from './proved-report.ts';
import type { Made } from './provers.ts';
import { isOwn } from './resolve.ts';
import { revealOf } from './reveal.ts';
import { runFiles } from './run-files.ts';
import { closeSession, type JobItem, openSession, resumable } from './session.ts';
import { openWrap, type ReadyWrap, type WrapJob, type WrapKeyPlan, type WrappedRun, wrapRun } from './wrap-job.ts';

export async function proveAnew(context: CommandContext, job: Job): Promise<number> {
  const { report } = context;
  // a key that somebody named is opened first: that it does not fit should not be found out after the fold
  const named = job.wrapKey && !job.wrapKey.development ? await openFor(context, job, job.wrapKey) : undefined;
  const folded = await fold(context, job);
  if (context.options.compressed) {
    const out = join(job.folder, COMPRESSED_FILE);
    const { bytes, line } = await writeCompressed(context, out, folded.verified.proof, job.planned);
    report.fact('compressed', { file: COMPRESSED_FILE, bytes }, [line]);
  }
  await keepEvents(report, job, folded);
  if (!job.wrapKey) {
    foldedReport(context, job, folded);
    return 0;
  }
  announceFolded(report, job, folded);
  const wrapped = await wrapFolded(context, job, job.wrapKey, named, folded);
  await closeSession(job.folder);
  await keepEvents(report, job, folded);
  provedReport(report, job, folded, wrapped);
  return 0;
}

/** The final proof. Interrupted, the folder stays that of a complete folded run, and `fold resume` goes on from there. */
async function wrapFolded(
  context: CommandContext,
  job: Job,
  key: WrapKeyPlan,
  named: ReadyWrap | undefined,
  folded: FoldedRun,
): Promise<WrappedRun> {
  try {
    return await wrapRun(context, named ?? key, wrapJob(context, job, folded.proof), folded.record);
  } catch (error) {
    throw resumable(error, command`fold resume ${job.folder}`);
  }
}

/** Where time and memory went, for `fold report`. */
async function keepEvents(report: Reporter, { folder }: Job, folded: FoldedRun): Promise<void> {
  const { proofBytes, record, pool } = folded;
  const peak = folded.peakMemory ?? (await peakMemory());
  const means = Object.entries(folded.partSeconds).map(([part, s]) => [part, s / record.statement.steps]);
  report.log.total({ workers: pool.workers, proofBytes, peakMemory: peak, stepSeconds: Object.fromEntries(means) });
  await writeFileAtomic(join(folder, EVENTS_FILE), report.log.bytes());
}

/** Folds, verifies and writes the run; whatever happens, run.json says how it ended. */
async function fold(context: CommandContext, job: Job): Promise<FoldedRun> {
  const { report, signal } = context;
  const { planned, folder, workers, items, batch } = job;
  const { model } = planned;
  const { output, salts } = items.at(-1)!;
  const run = headOf(context, job);
  const session = await openSession(context, { ...job, batch: batch !== undefined });
  const from = session.resumeFrom?.statement.steps ?? 0;
  const clock = new ItemClock(model.steps, session.on, from, batch?.earlier);
  try {
    if (!job.replaces) {
      await writeUnfinished(folder, run, 'running');
      // without what an item under way took: after a kill nobody would know what is missing in it
      await batch?.write('waiting', clock.seconds.slice(0, Math.floor(from / model.steps)));
    }
    const asked = { workers, signal, ...session, on: clock.on };
    const made: Made = await (context.provers ? context.provers.fold(job, asked) : foldAll(job, asked));
    const { proof, seconds, pool } = made;
    const verified = made.verified ?? (await verifyOwn(proof, planned, { on: report.on }));
    const digest = outputDigest(dataSpecOf(model), output.logits, salts.output);
    invariant(digest === itemOfState(planned.system.step.state, proof.statement.z).o, 'the proof is of this output');
    const claim = { steps: proof.statement.steps, slots: slotsOf(stepSpecOf(model.plan)), batch: batch !== undefined };
    const shown = job.batch || !output.k ? undefined : output.k - 1;
    const sentence = ownSentence(run, { ...claim, class: output.class }, shown);
    const statement = { sentence, ...statementOf(proof) };
    const file = encodeProof(proof);
    const program = isMachineModel(model) ? provenProgram(planned.engine, model, proof) : undefined;
    const data = { ...job, model, program, proof: file, own: isOwn(context.options) };
    const files = batch ? batchFiles(data) : runFiles({ ...data, ...items[0]! });
    const writeUnlisted = async (): Promise<void> => {
      if ('tree' in made) await writeMembers(folder, made, planned, items);
      await batch?.write('proven', clock.seconds);
    };
    const record = await stage(report.on, 'write', () =>
      withCheckpoint(folder, proof.statement.steps, file, () =>
        writeComplete(folder, run, statement, files, writeUnlisted),
      ),
    );
    if (!job.wrapKey) await closeSession(folder);
    return {
      ...{ proof, record, verified, proofBytes: file.length, partSeconds: seconds, pool },
      peakMemory: made.peakMemory,
    };
  } catch (error) {
    const state = error instanceof FoldError && error.code === 'E_ABORTED' ? 'interrupted' : 'failed';
    // on a full disk this fails as well; the error that is told is the first one
    if (!job.replaces) {
      await writeUnfinished(folder, run, state).catch(() => {});
      await batch?.write('waiting', clock.seconds).catch(() => {});
    }
    throw resumable(error, command`fold resume ${folder}`);
  }
}

/** One input, or all of a batch one after the other. */
function foldAll({ planned, items, batch }: Job, options: FoldOptions): Promise<Proved | ProvedBatch> {
  const [{ input, salts }] = items as [JobItem];
  if (!batch) return prove(planned, input, { ...options, salts });
  const ready = items.map((item) => itemOf(planned, item.input, item.output, item.salts));
  return proveBatch(planned, ready, options);
}

const openFor = (context: CommandContext, { planned, workers }: Job, key: WrapKeyPlan): Promise<ReadyWrap> =>
  openWrap(context, wrapTarget(planned), key, workers);

const wrapTarget = (planned: PlannedModel): WrapTarget => ({
  ...planned,
  key: forWrap(planned.key),
  step: stepSpecOf(planned.model.plan),
});

function wrapJob({ options }: CommandContext, job: Job, folded: FoldedProof): WrapJob {
  const { planned, folder, workers, items, batch, hidden } = job;
  const { output, salts } = items.at(-1)!;
  return {
    target: wrapTarget(planned),
    folder,
    folded,
    output: { logits: output.logits, salt: salts.output },
    reveal: revealOf(options, planned.model.plan, hidden, batch !== undefined),
    workers,
  };
}

function headOf({ options }: CommandContext, { loaded, planned, hidden }: Job): RunHead {
  const { model, key } = planned;
  return {
    model: {
      name: loaded.name,
      ...(hidden.includes('model') ? {} : { sha256: loaded.sha256 }),
      layers: toldLayers(model, hidden),
      layersPerStep: slotsOf(stepSpecOf(model.plan)) ?? 0,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
    key: { name: key.name, insecure: key.insecure },
    private: [...hidden],
  };
}
