/**
 * Experiments: a network proven again and again over a sweep of parameters, one row of a CSV table per repetition.
 *
 * A row is written when its repetition ends. An experiment that is stopped or killed is taken up by running it again into
 * the same table: what has a row is not run again. Rows of another commit or machine stay; the columns say whose they are.
 */
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FoldError, throwIfAborted } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { type Cell, CsvTable } from '../store/csv.ts';
import { lockFolder } from '../store/lock.ts';
import { type ExperimentSpec, type Repetition, repetitions } from './experiment-spec.ts';
import { EXPERIMENT_COLUMNS, type ExperimentColumn, type ExperimentRow } from './experiment-table.ts';
import { machine, sourceCommit } from './machine.ts';
import type { Measured } from './repetition.ts';
import { measureInSubprocess } from './repetition-process.ts';

export interface ExperimentOptions {
  /** The CSV file; made where it is absent. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
  /** Before each repetition: its number among all, from 1, and how many there are. */
  readonly onStart?: ((repetition: Repetition, at: number, of: number) => void) | undefined;
  /** After each: its row as it stands in the table. */
  readonly onRow?: ((row: ExperimentRow) => void) | undefined;
  /** Measures one repetition; by default in a fresh process. */
  readonly measure?: typeof measureInSubprocess;
}

export interface ExperimentResult {
  /** All rows of this experiment in the table. */
  readonly rows: readonly ExperimentRow[];
  /** Rows that stood there before. */
  readonly found: number;
  readonly failed: number;
}

/**
 * Runs what has no row yet. A repetition that fails is a row with its error code: a sweep may well go beyond what is possible.
 * @throws E_LOCKED while another process works on the table; E_ABORTED, E_DISK, E_FORMAT for a table of something else
 */
export async function runExperiment(spec: ExperimentSpec, options: ExperimentOptions): Promise<ExperimentResult> {
  const work = `${options.path}.work`;
  const lock = await lockFolder(work);
  try {
    return await fillTable(spec, options, spec.cache === 'fresh' ? join(work, 'cache') : undefined);
  } finally {
    await lock.release();
    // what is in it now belongs to a process that has come meanwhile
    await rmdir(work).catch(() => {});
  }
}

/** @param cacheFolder emptied before and after each repetition; it may stand from one that was killed */
async function fillTable(
  spec: ExperimentSpec,
  options: ExperimentOptions,
  cacheFolder: string | undefined,
): Promise<ExperimentResult> {
  const { signal } = options;
  const table = await CsvTable.open(options.path, EXPERIMENT_COLUMNS);
  const all = repetitions(spec);
  const wanted = new Set(all.map(({ id }) => id));
  const ours = (): ExperimentRow[] =>
    table.rows.filter(({ experiment, id }) => experiment === spec.name && wanted.has(id));
  const done = new Set(ours().map(({ id }) => id));
  const { cpu, cores, memory, memoryLimit, node, platform } = machine();
  const where = { cpu, cores, memory: memoryLimit ?? memory, node, platform, commit: await sourceCommit() };
  for (const [k, repetition] of all.entries()) {
    if (done.has(repetition.id)) continue;
    throwIfAborted(signal);
    options.onStart?.(repetition, k + 1, all.length);
    const time = new Date().toISOString();
    const outcome = await attempt(repetition, options, cacheFolder);
    await table.append({
      ...where,
      id: repetition.id,
      experiment: spec.name,
      repetition: repetition.number,
      time,
      cache: spec.cache,
      ...askedCells(repetition),
      ...outcome,
      publishedProveSeconds: repetition.published?.proveSeconds,
      publishedVerifySeconds: repetition.published?.verifySeconds,
      publishedSource: repetition.published?.source,
    });
    options.onRow?.(table.rows.at(-1)!);
  }
  const rows = ours();
  return { rows, found: done.size, failed: rows.filter(({ error }) => error !== '').length };
}

type Cells = Readonly<Partial<Record<ExperimentColumn, Cell>>>;

async function attempt(
  { asked }: Repetition,
  { signal, on, measure = measureInSubprocess }: ExperimentOptions,
  cacheFolder: string | undefined,
): Promise<Cells> {
  const clear = async (): Promise<void> => {
    if (cacheFolder !== undefined) await rm(cacheFolder, { recursive: true, force: true });
  };
  await clear();
  try {
    return rounded(await measure(asked, { signal, on, cacheFolder }));
  } catch (error) {
    if (!(error instanceof FoldError) || error.code === 'E_ABORTED') throw error;
    return { error: error.code };
  } finally {
    await clear();
  }
}

function askedCells({ asked: { network, ...numbers } }: Repetition): Cells {
  const { circuit } = network;
  return 'network' in network
    ? { ...numbers, circuit, network: network.network, seed: network.seed }
    : { ...numbers, circuit, network: network.model };
}

/** Seconds to the microsecond; sizes are whole numbers. What a circuit does not have stays empty. */
function rounded(measured: Measured): Cells {
  return Object.fromEntries(
    Object.entries(measured).map(([name, value]: [string, number | string | undefined]) => [
      name,
      typeof value === 'number' ? Number(value.toFixed(6)) : value,
    ]),
  );
}
