/** The sequential part's heavy work, shared out over the threads of a pool. */
import { add } from '../algebra/curve.ts';
import { FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { type Affine, G1_PARAMS } from '../algebra/params.ts';
import { type Piece, scalarCount } from '../folding/commit.ts';
import type { ChainCompute } from '../folding/compute.ts';
import { type Chunks, joinLines, joinParts, type Share, share } from '../folding/sweeps.ts';
import type { TaskName, Tasks } from './messages.ts';
import type { FoldPool } from './pool.ts';

/** Fewer full scalars are not worth a task of their own. */
const SPLIT_INTO = 512;

/** @param chunks how the sweeps' rows are cut */
export function chainCompute(pool: Pick<FoldPool, 'workers' | 'urgent' | 'ahead'>, chunks: Chunks): ChainCompute {
  // more shares than threads, because equal shares do not cost the same and a thread may be busy with work ahead
  const most = pool.workers === 1 ? 1 : 2 * pool.workers;
  const every = (parts: number): Share[] => Array.from({ length: parts }, (_, part) => ({ part, parts }));
  /** A sweep that runs beside what the fold waits for. */
  const beside = async <N extends TaskName>(
    name: N,
    parts: number,
    input: (own: Share) => Tasks[N]['in'],
  ): Promise<void> => {
    await Promise.all(every(parts).map((own) => pool.ahead(name, input(own), 'soon')));
  };
  /** A sweep over the live chunks, its results in their order. */
  const overChunks = async <T>(run: (live: readonly number[]) => Promise<T[]>): Promise<T[]> => {
    const { live } = chunks;
    const shares = every(Math.min(most, live.length)).map((own) => live.slice(...share(live.length, own)));
    return (await Promise.all(shares.map(run))).flat();
  };
  return {
    // each share of these two reads whole vectors: no more of them than threads
    terms: () => beside('terms', pool.workers, (own) => own),
    forms: () => beside('forms', pool.workers, (own) => own),
    update: (k) => beside('update', most, (own) => ({ ...own, k })),
    line: async (rho, delta) => {
      const lines = await overChunks((live) => pool.urgent('line', { rho, delta, chunks: live }));
      return joinLines(chunks, lines, rho, delta);
    },
    cross: async (point) => {
      const parts = await overChunks((live) => pool.urgent('cross', { point, chunks: live }));
      return joinParts(chunks, parts, point);
    },
    writeLayers: ({ model, bits, small, fields }) =>
      pool.urgent('writeLayers', { blocks: { model, bits, small, fields } }),
    writeChain: (digests, advice) => pool.urgent('writeChain', { digests, advice }),
    commit: async (pieces) => {
      const tasks = splitPieces(pieces, most).map((part) => pool.urgent('commit', { pieces: part }));
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

/** Cuts long pieces into at most so many equal ranges, a task each; short ones are one task together. */
function splitPieces(pieces: readonly Piece[], most: number): Piece[][] {
  const whole: Piece[] = [];
  const ranges: Piece[][] = [];
  for (const piece of pieces) {
    const { at, scalars } = piece;
    const n = scalarCount(scalars);
    const parts = Math.min(most, Math.floor(n / SPLIT_INTO));
    if (scalars.kind !== 'full' || parts <= 1) {
      whole.push(piece);
      continue;
    }
    for (let part = 0; part < parts; part++) {
      const [from, to] = share(n, { part, parts });
      const values = range(scalars.values, from * FIELD_BYTES, to * FIELD_BYTES);
      ranges.push([{ at: at + from, scalars: { kind: 'full', values } }]);
    }
  }
  return whole.length > 0 ? [whole, ...ranges] : ranges;
}

/** A view of shared memory, which threads get as it is; of other memory a copy: of a view they would get all of it. */
function range(values: Vec, from: number, to: number): Vec {
  return values.buffer instanceof SharedArrayBuffer ? values.subarray(from, to) : values.slice(from, to);
}
