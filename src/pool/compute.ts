/** The sequential part's heavy work, shared out over the threads of a pool. */
import { add } from '../algebra/curve.ts';
import { FIELD_BYTES, type Scalars } from '../algebra/engine.ts';
import { type Affine, G1_PARAMS } from '../algebra/params.ts';
import { type Piece, scalarCount } from '../folding/commit.ts';
import type { ChainCompute } from '../folding/compute.ts';
import { type Chunks, joinLines, joinParts, type Share, share } from '../folding/sweeps.ts';
import type { TaskName, Tasks } from './messages.ts';
import type { FoldPool } from './pool.ts';

/** Below this many scalars a multiplication is not worth splitting. */
const SPLIT_FROM = 1024;

/** @param chunks how the sweeps' rows are cut */
export function chainCompute(pool: Pick<FoldPool, 'workers' | 'urgent' | 'ahead'>, chunks: Chunks): ChainCompute {
  // more shares than threads, because equal shares do not cost the same and a thread may be busy with work ahead
  const most = pool.workers === 1 ? 1 : 2 * pool.workers;
  const every = (parts: number): Share[] => Array.from({ length: parts }, (_, part) => ({ part, parts }));
  /** A sweep over whole vectors. */
  const sweep = async <N extends TaskName>(name: N, input: (own: Share) => Tasks[N]['in']): Promise<void> => {
    await Promise.all(every(most).map((own) => pool.urgent(name, input(own))));
  };
  /** A sweep over the live chunks, its results in their order. */
  const overChunks = async <T>(run: (live: readonly number[]) => Promise<T[]>): Promise<T[]> => {
    const { live } = chunks;
    const shares = every(Math.min(most, live.length)).map((own) => live.slice(...share(live.length, own)));
    return (await Promise.all(shares.map(run))).flat();
  };
  return {
    terms: async () => {
      await Promise.all(every(most).map((own) => pool.ahead('terms', own, 'soon')));
    },
    line: async (rho, delta) => {
      const lines = await overChunks((live) => pool.urgent('line', { rho, delta, chunks: live }));
      return joinLines(chunks, lines, rho, delta);
    },
    cross: async (point) => {
      const parts = await overChunks((live) => pool.urgent('cross', { point, chunks: live }));
      return joinParts(chunks, parts, point);
    },
    update: (k) => sweep('update', (own) => ({ ...own, k })),
    forms: () => sweep('forms', (own) => own),
    writeLayers: ({ model, bits, small, fields }) =>
      pool.urgent('writeLayers', { blocks: { model, bits, small, fields } }),
    writeChain: (digests, advice) => pool.urgent('writeChain', { digests, advice }),
    commit: async (pieces) => {
      const tasks = splitPieces(pieces, pool.workers).map((part) => pool.urgent('commit', { pieces: part }));
      return sumOf(await Promise.all(tasks));
    },
    cycleFoldSum: (at, scalars) => pool.urgent('cycleFoldSum', { at, scalars }),
  };
}

/** Commits to pieces that nobody waits for yet, a task each, so that none keeps a thread for long. */
export async function commitAhead(pool: Pick<FoldPool, 'ahead'>, pieces: readonly Piece[]): Promise<Affine | null> {
  return sumOf(await Promise.all(pieces.map((piece) => pool.ahead('commit', { pieces: [piece] }))));
}

function sumOf(points: readonly (Affine | null)[]): Affine | null {
  return points.reduce<Affine | null>((sum, point) => add(G1_PARAMS, sum, point), null);
}

/** Cuts long pieces into equal ranges, one per worker; short ones go to the first. */
function splitPieces(pieces: readonly Piece[], workers: number): Piece[][] {
  const parts: Piece[][] = Array.from({ length: workers }, () => []);
  for (const { at, scalars } of pieces) {
    const n = scalarCount(scalars);
    const cuts = n < SPLIT_FROM ? 1 : workers;
    for (let k = 0; k < cuts; k++) {
      const [from, to] = share(n, { part: k, parts: cuts });
      parts[k]!.push({ at: at + from, scalars: scalarRange(scalars, from, to) });
    }
  }
  return parts.filter((part) => part.length > 0);
}

function scalarRange(scalars: Scalars, from: number, to: number): Scalars {
  if (scalars.kind === 'bits') return { kind: 'bits', bits: range(scalars.bits, from, to) };
  if (scalars.kind === 'small') return { kind: 'small', values: range(scalars.values, from, to) };
  return { kind: 'full', values: range(scalars.values, from * FIELD_BYTES, to * FIELD_BYTES) };
}

/** A view of shared memory, which threads get as it is; of other memory a copy: of a view they would get all of it. */
function range<T extends Uint8Array | Float64Array>(values: T, from: number, to: number): T {
  const shared = values.buffer instanceof SharedArrayBuffer;
  return (shared ? values.subarray(from, to) : values.slice(from, to)) as T;
}
