/**
 * Jobs cut into the rows that compute them: a sum over more blocks than a row of the bank has vectors goes on in further rows,
 * each adding to what the last one left whole. Prepared for the scheduler: who waits for whom, and how long a path hangs on it.
 */
import { type Job, type JobList, PLAIN, UNIT, ZERO_VECTOR } from './jobs.ts';
import type { WeightClass } from './weights.ts';

/** One row of a job. */
export interface Part {
  /** Which rowVectors of the class's blocks. */
  readonly chunk: number;
  /** What is read by these blocks; ZERO_VECTOR where nothing is. */
  readonly vectors: Int32Array;
}

export interface Task {
  readonly job: Job;
  /** At least one; without weights the one has no vectors. */
  readonly parts: readonly Part[];
}

/**
 * A sum of several rows cannot be compared with Y in its last one: Y holds the sum so far. Then a row of its own does it. A Y that is
 * only added comes first.
 */
function splitComparisons(list: JobList, rowVectors: number): void {
  const jobs = list.jobs.splice(0);
  for (const job of jobs) {
    const isCompared = job.m[3] !== 0;
    if (!isCompared || job.weights === undefined || partsOf(job, rowVectors).length < 2) {
      list.keep(job);
      continue;
    }
    const { weights, reads, bias, node } = job;
    const sum = list.job({ weights, reads, bias, m: PLAIN, node }, list.used[job.result]!);
    list.keep({ ...NO_SUM, left: sum, right: list.uniform(UNIT), y: job.y, m: job.m, result: job.result, node });
  }
}

const NO_SUM = { weights: undefined, reads: new Int32Array(0), bias: undefined };
const NO_VECTORS = new Int32Array(0);

function partsOf({ weights, reads }: Job, rowVectors: number): readonly Part[] {
  if (weights === undefined) return [{ chunk: 0, vectors: NO_VECTORS }];
  const vectors = new Int32Array(weights.size);
  for (let at = 0; at < reads.length; at += 2) vectors[reads[at]!] = reads[at + 1]!;
  const parts: Part[] = [];
  for (let from = 0; from < vectors.length; from += rowVectors) {
    const chunk = vectors.subarray(from, from + rowVectors);
    if (chunk.some((v) => v !== ZERO_VECTOR)) parts.push({ chunk: from / rowVectors, vectors: chunk });
  }
  return parts.length > 0 ? parts : [{ chunk: 0, vectors: NO_VECTORS }];
}

export function makeTasks(list: JobList, rowVectors: number): Task[] {
  splitComparisons(list, rowVectors);
  return list.jobs.map((job) => ({ job, parts: partsOf(job, rowVectors) }));
}

/** Every vector that a job reads, each once. */
export function readsOf({ weights, reads, left, right, y }: Job): ReadonlySet<number> {
  const all = new Set([left, right, y]);
  for (let at = 1; at < reads.length; at += 2) all.add(reads[at]!);
  for (const vectors of weights?.computed ?? []) for (const v of vectors) all.add(v);
  all.delete(ZERO_VECTOR);
  return all;
}

/** Blocks of a chunk of a class. */
export function chunkSize(weights: WeightClass, chunk: number, rowVectors: number): number {
  return Math.min(rowVectors, weights.size - chunk * rowVectors);
}
