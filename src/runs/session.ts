/**
 * One sitting of a run that may take several: what it needs to go on is written before the first step, checkpoints while it
 * goes on, and a later sitting (`fold resume`) begins where the last one stopped.
 */
import { randomUUID } from 'node:crypto';
import type { CheckpointOptions } from '../api/checkpoints.ts';
import type { LoadedModel } from '../api/load.ts';
import type { PlannedModel } from '../api/plan.ts';
import type { RunSalts } from '../api/salts.ts';
import { shownInput } from '../api/shown-data.ts';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import { parseJoined } from '../ir/input.ts';
import type { IntegerResult } from '../ir/run.ts';
import { newestCheckpoint, removeCheckpoints, sweepTemporary } from '../store/checkpoints.ts';
import { type ResumeItem, type ResumeRecord, removeResume, writeResume } from '../store/resume-file.ts';
import type { PrivatePart } from '../store/run-record.ts';
import { checkpointing } from './checkpoints.ts';
import type { CommandContext } from './context.ts';
import { savedOptions } from './saved-options.ts';

export const DEFAULT_KEEP = 2;

export interface SessionJob {
  readonly planned: PlannedModel;
  /** In the order of proving; one of a single run. */
  readonly items: readonly JobItem[];
  /** Whether all of them go into one proof with a root; a single run has none. */
  readonly batch: boolean;
  readonly folder: string;
  /** Of an earlier sitting. */
  readonly resuming: ResumeRecord | undefined;
}

/** An input with its integer run and its salts. Of a single run id and source are empty. */
export interface JobItem {
  readonly id: string;
  readonly source: string;
  readonly input: Tensor;
  readonly output: IntegerResult;
  readonly salts: RunSalts;
}

/** The items of a run that has one. */
export function singleRun(input: Tensor, output: IntegerResult, salts: RunSalts): { readonly items: [JobItem] } {
  return { items: [{ id: '', source: '', input, output, salts }] };
}

/** Whether an earlier sitting was asked to hide the same: its salts are kept. */
export function hidTheSame({ options }: ResumeRecord, hidden: readonly PrivatePart[]): boolean {
  return (options.private ?? '') === hidden.join(',');
}

/** Whether an item of an earlier sitting is this input. */
export function isInput({ input }: ResumeItem, { data }: Tensor): boolean {
  const given = input.input_data[0]!;
  return given.length === data.length && given.every((v, k) => v === data[k]);
}

/** What `prove` takes of it. */
export interface Session {
  readonly on: EventListener;
  readonly checkpoints: CheckpointOptions;
  readonly resumeFrom: FoldedProof | undefined;
}

/** Begins a sitting. The folder is locked by this process. @throws E_DISK, E_FORMAT for checkpoints that are all damaged */
export async function openSession(context: CommandContext, job: SessionJob): Promise<Session> {
  const { options, report } = context;
  const { planned, folder, resuming } = job;
  await sweepTemporary(folder);
  if (!resuming) await removeCheckpoints(folder);
  const record = resuming ?? (await newRecord(context, job));
  const newest = resuming && (await newestCheckpoint(folder));
  for (const { file, error } of newest?.damaged ?? [])
    report.warn(`warning: ${file} is damaged and left aside: ${error.message}`);
  if (newest) {
    const { steps } = newest.proof.statement;
    report.fact('resume', { file: newest.file, step: steps, runId: record.runId }, [
      `resuming after step ${steps} of ${job.items.length * planned.model.steps}, from ${newest.file}`,
    ]);
  }
  const { checkpoints, on } = checkpointing(
    {
      planned,
      ids: job.batch ? job.items.map(({ id }) => id) : undefined,
      folder,
      runId: record.runId,
      every: options.checkpointEvery,
      keep: options.keep ?? DEFAULT_KEEP,
      selfVerify: options.verifyCheckpoints ?? false,
      from: newest?.sha256,
    },
    report.on,
  );
  return { on, checkpoints, resumeFrom: newest?.proof };
}

/** The run has all that was asked for: nothing is left to resume. */
export const closeSession = removeResume;

/** What a run can go on after, once its cause is gone: faults of disk, key, memory and threads. */
const PASSING: readonly string[] = ['E_DISK', 'E_KEY', 'E_MEMORY', 'E_WORKER'];

/** An interruption or a fault of the machine, with the way on; any other error as it is. */
export function resumable(error: unknown, hint: string): unknown {
  if (!(error instanceof FoldError)) return error;
  const { code, message, expected = '', got = '' } = error;
  if (code === 'E_ABORTED')
    return new FoldError(code, 'The run was interrupted and can go on.', { hint, cause: error });
  if (!PASSING.includes(code)) return error;
  return new FoldError(code, message, {
    expected,
    got,
    hint: error.hint === undefined ? hint : `${error.hint}   and then: ${hint}`,
    cause: error,
  });
}

/** An input of an earlier sitting, of the model's shape. @throws E_INPUT */
export function resumedInput({ input }: ResumeItem, { graph }: LoadedModel): Tensor {
  return parseJoined(input, graph);
}

async function newRecord(
  context: CommandContext,
  { planned, items, batch, folder }: SessionJob,
): Promise<ResumeRecord> {
  const record: ResumeRecord = {
    runId: randomUUID(),
    options: savedOptions(context),
    plan: planned.model.plan,
    batch,
    items: items.map(({ id, source, input, salts }) => ({
      ...{ id, source, input: shownInput(input) },
      salts: { input: salts.input, output: salts.output },
    })),
  };
  await writeResume(folder, record);
  return record;
}
