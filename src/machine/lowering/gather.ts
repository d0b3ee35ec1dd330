/**
 * Which jobs stand side by side in the rows of a tile: those whose sums read the same vectors by the same blocks, and then neighbours that read
 * some of the same (patches.ts). They are of one depth, the
 * longest path that leads to them, so that none waits for another, nor through others for one of its own tile.
 */
import { joinedShape, type MachineShape, tilesPerMatrix } from '../shape.ts';
import { columnsOf } from './columns.ts';
import { type Job, type JobList, ZERO_VECTOR } from './jobs.ts';
import type { Pattern } from './patches.ts';
import type { WeightClass } from './weights.ts';

/** Jobs side by side; one alone where nothing is summed up, or where its weights are computed. */
export interface Sums {
  readonly jobs: readonly Job[];
  /** By column: what is read; ZERO_VECTOR where nothing is. */
  readonly vectors: Int32Array;
  readonly depth: number;
  /** Of jobs of several positions; else they all read the same, a column for each block. */
  readonly pattern?: Pattern;
}

interface Gathered extends Sums {
  readonly jobs: Job[];
}

/**
 * The jobs of a list, as many side by side as a tile has rows, or another power of two.
 * @param joining whether long sums may be as many as a tile of joined matrices has rows
 */
export function gather(list: JobList, shape: MachineShape, joining: boolean): Sums[] {
  const { tile } = shape;
  const depths = depthsOf(list);
  const all: Gathered[] = [];
  const found = new Map<number, Gathered[]>();
  for (const job of list.jobs) {
    const own = { jobs: [job], vectors: vectorsOf(job), depth: depths[job.result]! };
    const mayStandBeside = job.weights !== undefined && !job.weights.isComputed;
    const hash = hashOf(own.vectors, own.depth);
    const others = mayStandBeside ? (found.get(hash) ?? []) : [];
    const alike = others.find(({ depth, vectors }) => depth === own.depth && isSame(vectors, own.vectors));
    if (alike) alike.jobs.push(job);
    else all.push(own);
    if (mayStandBeside && !alike) found.set(hash, [...others, own]);
  }
  const positions = new Map<WeightClass | undefined, number>();
  for (const { jobs } of all) positions.set(jobs[0]!.weights, (positions.get(jobs[0]!.weights) ?? 0) + 1);
  // sums that one matrix takes whole, and so few positions that its tiles do, gain nothing by a larger one
  const isLong = ({ jobs, vectors }: Sums): boolean =>
    joining && vectors.length > columnsOf(shape) && positions.get(jobs[0]!.weights)! > tilesPerMatrix(shape);
  return all.flatMap(({ jobs, ...own }) =>
    powersOfTwo(jobs, isLong({ jobs, ...own }) ? joinedShape(shape).tile : tile).map((side) => ({
      ...own,
      jobs: side,
    })),
  );
}

/** Runs of a list, each as long as the largest power of two up to `most` that is left: rows of tiles that leave no gaps. */
function powersOfTwo<T>(list: readonly T[], most: number): T[][] {
  const runs: T[][] = [];
  for (let from = 0; from < list.length; ) {
    const size = Math.min(most, 2 ** Math.floor(Math.log2(list.length - from)));
    runs.push(list.slice(from, from + size));
    from += size;
  }
  return runs;
}

function vectorsOf({ weights, reads }: Job): Int32Array {
  const vectors = new Int32Array(weights?.size ?? 0).fill(ZERO_VECTOR);
  for (let at = 0; at < reads.length; at += 2) vectors[reads[at]!] = reads[at + 1]!;
  return vectors;
}

/** By vector: how many jobs and look-ups follow one another until it is there. What a vector is made of has lower numbers than it. */
function depthsOf({ origins, jobs, lookups }: JobList): Int32Array {
  const depths = new Int32Array(origins.length);
  origins.forEach(({ from, place }, v) => {
    if (from === 'lookup') depths[v] = depths[lookups[place]!.index]! + 1;
    if (from !== 'job') return;
    const { left, right, y, reads, weights } = jobs[place]!;
    let most = Math.max(depths[left]!, depths[right]!, depths[y]!);
    for (let at = 1; at < reads.length; at += 2) most = Math.max(most, depths[reads[at]!]!);
    for (const vectors of weights?.computed ?? []) for (const w of vectors) most = Math.max(most, depths[w]!);
    depths[v] = most + 1;
  });
  return depths;
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

function hashOf(vectors: Int32Array, depth: number): number {
  let hash = depth;
  for (const v of vectors) hash = (Math.imul(hash ^ v, 0x9e3779b1) + (hash >>> 15)) | 0;
  return hash;
}
