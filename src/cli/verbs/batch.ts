/**
 * `fold batch`: many inferences of one committed model, with a proof each or in one proof; what is there already is not
 * made again. All integer runs come before the first proof: seconds, after which every bad input is known.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { memoryEstimate } from '../../api/budget.ts';
import { commitModel } from '../../api/commit.ts';
import { toldLayers } from '../../api/model.ts';
import { plan } from '../../api/plan.ts';
import { hex } from '../../api/statement.ts';
import { runWarnings } from '../../api/warnings.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { FoldError, throwIfAborted } from '../../errors.ts';
import { readBatch } from '../../ir/batch-inputs.ts';
import type { Tensor } from '../../ir/graph.ts';
import { withQueue } from '../../queue/with-queue.ts';
import { type BatchRun, badInput, FAILED_IN_PART, failure, integerRun, tellIds } from '../../runs/batch-inputs.ts';
import { type BatchJob, proveItem } from '../../runs/batch-item.ts';
import { proveTogether } from '../../runs/batch-job.ts';
import { reportBudget } from '../../runs/budget.ts';
import { type CommandContext, MODEL_OPTIONS, PLAN_OPTIONS, PRIVACY_OPTIONS } from '../../runs/context.ts';
import { memoryLimit } from '../../runs/limits.ts';
import { verifyCommand } from '../../runs/next-commands.ts';
import { hiddenParts, hidesClass, openModelSalt } from '../../runs/privacy.ts';
import { namesModel, openKey, openModel, openQuantized } from '../../runs/resolve.ts';
import { count, seconds } from '../../show/format.ts';
import type { Reporter } from '../../show/reporter.ts';
import { warnOfRuns } from '../../show/warnings.ts';
import { type BatchItem, itemFolder, readBatchItems, writeBatch } from '../../store/batch-folder.ts';
import { checkPlace } from '../../store/disk-error.ts';
import { lockFolder } from '../../store/lock.ts';
import { readRun } from '../../store/run-folder.ts';
import { PROOF_FILE } from '../../store/run-record.ts';
import {
  FINAL_PROOF,
  MODEL_SALT,
  OF_QUEUE,
  OF_THIS_MACHINE,
  onMachine,
  REVEAL,
  revealsFolded,
  SCALES,
  SEED,
} from '../meaning.ts';
import type { Verb } from '../verb.ts';

/** Items whose jobs are in the queue at a time. */
const MOST_SUBMITTED = 1000;

export const batchVerb: Verb = {
  name: 'batch',
  about: 'Prove many inputs of one model, one proof each, or all in one. Run again, it does only what is missing.',
  argument: { name: '[model]', about: 'an ONNX file; with --model or --network the first input' },
  more: { name: '[inputs...]', about: 'files, folders, .jsonl with one input per line, or - for such lines' },
  options: [
    ...MODEL_OPTIONS,
    ...PLAN_OPTIONS,
    ...PRIVACY_OPTIONS,
    ...(['oneProof', 'reveal', 'ptau', 'key', 'insecureDev', 'workers', 'maxMemory', 'out', 'onBad', 'force'] as const),
    ...(['checkpointEvery', 'keep', 'verifyCheckpoints', 'stream', 'wrap', 'groth16'] as const),
    ...(['redis', 'store', 'batchKey'] as const),
  ],
  meanings: [SEED, SCALES, MODEL_SALT, FINAL_PROOF, REVEAL, OF_QUEUE, OF_THIS_MACHINE],
  factsOf: (context) => onMachine(aboutModel(context), revealsFolded(context.options)),
  examples: [
    'fold batch MODEL.onnx inputs/ --out runs/batch --ptau FILE.ptau --no-wrap',
    'fold batch --network digits512 a.json b.json --out runs/digits',
    'fold batch --network digits512 inputs/ --one-proof --out runs/together',
    'cat lines.jsonl | fold batch MODEL.onnx - --out runs/lines --insecure-dev',
    'fold batch MODEL.onnx inputs/ --no-wrap --redis redis://queue.local:6379 --store /mnt/shared',
  ],
  run: async (context) => {
    const { options, report } = context;
    const about = aboutModel(context);
    const paths = [...(about.argument === context.argument ? [] : [context.argument!]), ...context.more];
    const loaded = await openModel(about);
    const key = openKey(options);
    const inputs = await readBatch(paths, loaded.graph, process.stdin);
    const first = inputs.map(({ input }) => input).find((input): input is Tensor => !(input instanceof FoldError));
    if (!first) throw badInput(inputs[0]!.id, inputs[0]!.input as FoldError);
    tellIds(report, inputs);
    const model = await openQuantized(context, loaded, first);
    const runs = inputs.map((item) => integerRun(model, item));
    const bad = runs.find(({ error }) => error !== undefined);
    if (bad && options.onBad === 'stop') throw badInput(bad.id, bad.error!);
    warnOfRuns(report, runWarnings(loaded, model), runs);
    if (options.oneProof) {
      const folder = options.out ?? join('runs', `${loaded.name}-${toldLayers(model, hiddenParts(about))}-together`);
      const planned = await plan(model, key, report.on);
      return withQueue(about, { loaded, planned }, (there) =>
        proveTogether(there, { loaded, planned, folder }, runs, undefined),
      );
    }
    const folder = options.out ?? join('runs', `${loaded.name}-${toldLayers(model, hiddenParts(about))}-batch`);
    checkPlace(folder);
    if (await readRun(folder)) throw isRun(folder);
    const planned = await plan(model, key, report.on);
    const workers = options.workers ?? defaultWorkers();
    const missing = runs.filter(({ id, error }) => !error && !existsSync(join(itemFolder(folder, id), PROOF_FILE)));
    const wrapKey = await reportBudget(about, planned, folder, workers, missing.length);
    const hidden = hiddenParts(about);
    const modelSalt = await openModelSalt(about);
    const { digest } = await commitModel(planned, { workers, signal: context.signal, on: report.on, salt: modelSalt });
    const job = { loaded, planned, workers, hidden, wrapKey, modelSalt, modelDigest: digest };
    return withQueue(about, { loaded, planned }, async (there) => {
      const lock = await lockFolder(folder);
      try {
        return await proveAll(there, job, folder, runs);
      } finally {
        await lock.release();
      }
    });
  },
};

/** Where an option names the network, the argument is an input. */
const aboutModel = (context: CommandContext): CommandContext =>
  namesModel(context.options) ? { ...context, argument: undefined } : context;

/** The lists of a batch with a proof each have no place in the folder of a run. */
function isRun(folder: string): FoldError {
  return new FoldError('E_RUN_EXISTS', `The folder "${folder}" is that of a run.`, {
    expected: 'a new folder, or that of a batch with a proof each',
    got: 'a folder with a run.json',
    hint: '--one-proof, or --out FOLDER elsewhere',
  });
}

async function proveAll(
  context: CommandContext,
  job: BatchJob,
  folder: string,
  runs: readonly BatchRun[],
): Promise<number> {
  const { report } = context;
  const before = await readBatchItems(folder);
  const hideClass = hidesClass(job.planned.model, job.hidden);
  const items = runs.map(({ id, source, output, error }): BatchItem => {
    const item = { id, source, folder: itemFolder('.', id), ...(output && !hideClass ? { class: output.class } : {}) };
    if (error) return { ...item, ...failure(error) };
    // of what is there already; it stays in the lists should this sitting end before the item's turn
    const took = before.get(id)?.seconds;
    return { ...item, status: 'waiting', ...(took === undefined ? {} : { seconds: took }) };
  });
  await writeBatch(folder, items);
  let written = Promise.resolve();
  await sideBySide(context, job, runs, async ({ id, input, output }, k, lane) => {
    const start = performance.now();
    try {
      const run = { id, input: input!, output: output!, folder: itemFolder(folder, id) };
      const made = await proveItem({ ...context, report: report.forItem(id) }, lane, run);
      const took = Number(((performance.now() - start) / 1000).toFixed(3));
      items[k] = { ...items[k]!, status: 'proven', ...(made ? { seconds: took } : {}) };
      tell(report, items[k]!, made, items);
    } catch (error) {
      if (!(error instanceof FoldError) || error.code === 'E_BUG') throw error;
      if (['E_ABORTED', 'E_DISK', 'E_KEY'].includes(error.code)) throw goOn(error);
      const { seconds: _, ...item } = items[k]!;
      items[k] = { ...item, ...failure(error) };
      tell(report, items[k]!, true, items);
    }
    // one after another: the list that is written last has to be the newest
    written = written.then(() => writeBatch(folder, items));
    await written;
  });
  return conclude(context, job, folder, items);
}

/**
 * Proves several items at a time, each with its share of the threads: a proof's sequential part leaves cores idle. As many
 * as memory allows; one at a time where final proofs are made, each of which fills the machine.
 */
async function sideBySide(
  { signal, options, env, provers }: CommandContext,
  job: BatchJob,
  runs: readonly BatchRun[],
  work: (run: BatchRun, index: number, lane: BatchJob) => Promise<void>,
): Promise<void> {
  const good = [...runs.entries()].filter(([, { input, output }]) => input && output);
  const each = memoryEstimate(job.planned.system, job.planned.model, 1);
  const fit = Math.floor(memoryLimit(options.maxMemory, env).bytes / each);
  // all of them at once where others prove
  const here = job.wrapKey ? 1 : Math.max(1, Math.min(job.workers, good.length, fit));
  const lanes = provers ? Math.min(good.length, MOST_SUBMITTED) : here;
  const lane = { ...job, workers: Math.max(1, Math.floor(job.workers / lanes)) };
  const queue = good[Symbol.iterator]();
  let stopped = false;
  const run = async (): Promise<void> => {
    for (const [k, item] of queue) {
      if (stopped) return;
      throwIfAborted(signal);
      await work(item, k, lane);
    }
  };
  const ends = await Promise.allSettled(
    Array.from({ length: lanes }, () =>
      run().catch((error: unknown) => {
        stopped = true;
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** An interruption, a full disk or a damaged key ends the batch as it stands: every other item would meet the same. */
function goOn(error: FoldError): FoldError {
  const { code, message, expected = '', got = '', cause } = error;
  // without the item's own way on
  const remedy = code !== 'E_ABORTED' && cause instanceof FoldError ? cause.hint : undefined;
  const again = 'The same command again goes on.';
  const hint = remedy === undefined ? again : `${remedy}   and then: ${again}`;
  return new FoldError(code, message, { expected, got, hint, cause: error });
}

function tell(report: Reporter, item: BatchItem, made: boolean, items: readonly BatchItem[]): void {
  const waiting = items.filter(({ status }) => status === 'waiting').length;
  const what = item.status === 'failed' ? `FAILED ${item.error}: ${item.message}` : `class ${item.class ?? 'hidden'}`;
  const took = made && item.seconds !== undefined ? seconds(item.seconds) : 'there already';
  report.fact('item', { ...item, made, waiting }, [
    `${item.id}: ${what}${item.status === 'proven' ? `, ${took}` : ''}; ${count(waiting)} to go`,
  ]);
}

function conclude(context: CommandContext, job: BatchJob, folder: string, items: readonly BatchItem[]): number {
  const bad = items.filter(({ status }) => status !== 'proven');
  const [name] = items.filter(({ status }) => status === 'proven').map(({ id }) => id);
  const digest = hex(job.modelDigest);
  const about = { modelDigest: digest, folded: job.wrapKey === undefined };
  context.report.result(
    'batch',
    { folder, modelDigest: digest, items: items.length, proven: items.length - bad.length, failed: bad.length },
    [
      ...bad.map(({ id, error, message }) => `FAILED ${id}: ${error} ${message}`),
      `${count(items.length - bad.length)} of ${count(items.length)} inputs proven, model ${digest}: ${folder}/results.csv`,
      ...(name === undefined ? [] : [`next: ${verifyCommand(itemFolder(folder, name), context, about)}`]),
    ],
  );
  return bad.length === 0 ? 0 : FAILED_IN_PART;
}
