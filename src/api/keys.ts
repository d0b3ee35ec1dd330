/** Commitment keys as sources: the transparent key, the insecure development key, and a ceremony's .ptau file. */
import { basename } from 'node:path';
import { POINT_BYTES, type Points } from '../algebra/engine.ts';
import { createEngine } from '../algebra/index.ts';
import { FoldError } from '../errors.ts';
import { DEVELOPMENT_TAU, developmentKey, developmentTau } from '../folding/commitment-key.ts';
import type { CommitmentKeyTasks } from '../folding/key-tasks.ts';
import type { KeySource } from '../folding/step-system.ts';
import { TRANSPARENT_SEED } from '../folding/transparent-key.ts';
import { Threads } from '../pool/threads.ts';
import { cached } from '../store/cache.ts';
import { sha256Json } from '../store/digest.ts';
import { readPtau } from '../store/ptau.ts';
import type { AffineG2 } from '../wrap/final-proof.ts';
import { defaultWorkers } from './workers.ts';

/** A commitment key that also checks openings, which the final proof needs. */
export interface CommitmentKeySource extends KeySource {
  /** [tau]_2. */
  loadTau(): Promise<AffineG2>;
}

/** Whether what is folded under a key can be wrapped: it has powers of a tau. */
export function canWrap(key: KeySource): key is CommitmentKeySource {
  return 'loadTau' in key;
}

/** @throws E_KEY for a key under which nothing is wrapped */
export function forWrap(key: KeySource): CommitmentKeySource {
  if (canWrap(key)) return key;
  throw new FoldError(
    'E_KEY',
    'What is folded under the transparent key cannot be wrapped: it has no powers of a tau.',
    {
      expected: 'a run that was folded with --ptau FILE or, for trials, with --insecure-dev',
      got: `the ${key.name} key`,
      hint: 'the same command without --no-wrap, or with it and one of these keys',
    },
  );
}

/** What the transparent key is called, in the files of a run too. */
export const TRANSPARENT = 'transparent';

/** Always makes at least this many points, so that small and large plans share one cache entry; under powers the final proof too. */
const CACHED_POINTS = 2 ** 17;
const CACHED_POWERS = 2 ** 18;

/**
 * The development key: the same on every machine, its tau public. INSECURE: anyone can forge proofs under it. Made in
 * a few seconds and kept in the cache.
 */
export function developmentKeySource(): CommitmentKeySource {
  // a run asks several times: as long as nobody needs the memory the file is read and hashed once
  let last: { readonly id: string; readonly content: WeakRef<Uint8Array> } | undefined;
  return {
    name: 'INSECURE DEV',
    insecure: true,
    load: async (n) => {
      const engine = await createEngine();
      const powers = Math.max(n, CACHED_POWERS);
      const id = sha256Json({ tau: DEVELOPMENT_TAU.toString(), powers, encoding: 'canonical-affine-v1' });
      const content =
        (last?.id === id ? last.content.deref() : undefined) ??
        (await cached('commitment-key', id, async () => engine.g1.toCanonicalPoints(developmentKey(engine, powers))))
          .content;
      last = { id, content: new WeakRef(content) };
      return first(engine.g1.fromCanonicalPoints(content.subarray(0, n * POINT_BYTES)), n);
    },
    loadTau: async () => developmentTau(),
  };
}

/**
 * The transparent key: hashed points, so that nobody knows a secret and nothing is to be set up. Sound for folded proofs; these
 * can't be wrapped. Made in a few seconds by all cores and kept in the cache.
 */
export function transparentKeySource(): KeySource {
  return {
    name: TRANSPARENT,
    insecure: false,
    load: async (n) => {
      const engine = await createEngine();
      const points = Math.max(n, CACHED_POINTS);
      const id = sha256Json({ seed: TRANSPARENT_SEED, points, encoding: 'canonical-affine-v1' });
      const entry = await cached('commitment-key', id, () => hashedPoints(points));
      return first(engine.g1.fromCanonicalPoints(entry.content.subarray(0, n * POINT_BYTES)), n);
    },
  };
}

/** The first n points of the transparent key, made by all cores. */
async function hashedPoints(n: number): Promise<Uint8Array> {
  const workers = defaultWorkers();
  const threads = new Threads<CommitmentKeyTasks>('commitment-key', 'the transparent key', { workers });
  try {
    const size = Math.ceil(n / (4 * workers));
    const parts = Array.from({ length: Math.ceil(n / size) }, (_, k) =>
      threads.run('points', { from: k * size, to: Math.min(n, (k + 1) * size) }),
    );
    return Buffer.concat(await Promise.all(parts));
  } finally {
    await threads.close();
  }
}

/** The key of a ceremony: a snarkjs .ptau file, checked as it is read (src/store/ptau.ts). */
export function ptauKeySource(path: string): CommitmentKeySource {
  return {
    name: basename(path),
    insecure: false,
    load: async (n) => (await readPtau(path, n, await createEngine())).points,
    loadTau: async () => (await readPtau(path, 2, await createEngine())).tau,
  };
}

/** The first n points in shared memory, for the threads of the pool. */
function first(points: Points, n: number): Points {
  const shared = new Uint8Array(new SharedArrayBuffer(n * POINT_BYTES));
  shared.set(points.subarray(0, n * POINT_BYTES));
  return shared;
}
