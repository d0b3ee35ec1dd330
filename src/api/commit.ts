/** Commitments to a model's steps and its digest D = H(pp, L, m_L), made once per model and plan, and cached. */

import type { Engine } from '../algebra/engine.ts';
import { POINT_BYTES } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { invariant, throwIfAborted } from '../errors.ts';
import { counter, type EventListener, stage } from '../events.ts';
import { modelBlinding } from '../folding/commit.ts';
import { createBuffers } from '../folding/compute.ts';
import { extendModelChain, hashModel, hashProgram } from '../folding/hashes.ts';
import { commitmentOf } from '../folding/instance.ts';
import { interfaceDigest } from '../machine/interface.ts';
import { FoldPool } from '../pool/fold-pool.ts';
import { cached } from '../store/cache.ts';
import { sha256Hex } from '../store/digest.ts';
import { isMachineModel, type ProvableModel, stepSpecOf } from './model.ts';
import type { PlannedModel } from './plan.ts';
import { defaultWorkers } from './workers.ts';

/** A network as everyone may know it: commitments to its weights, and their digest. */
export interface ModelCommitment {
  /** cmM of each step of the network. */
  readonly points: readonly Affine[];
  /** D: covers weights, architecture, order, scales and quantization. */
  readonly digest: bigint;
}

/** A model on its parameters. */
export type Committable = Pick<PlannedModel, 'engine' | 'system' | 'model'>;

/** Of `commitModel`. */
export interface CommitOptions {
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
  /** Hides the weights in D: a secret kept with the model; 0 (the default) for a public model. */
  readonly salt?: bigint | undefined;
}

/** Commits to a model; from the cache where it was done before. */
export async function commitModel(planned: Committable, options: CommitOptions = {}): Promise<ModelCommitment> {
  const { engine, system, model } = planned;
  const buffers = createBuffers(system);
  const pool = new FoldPool(engine, system, stepSpecOf(model.plan), buffers, options.workers ?? defaultWorkers());
  try {
    return await commitWith(planned, pool, options);
  } finally {
    await pool.close();
  }
}

/** The same on a pool that exists. */
export async function commitWith(
  planned: Committable,
  pool: FoldPool,
  options: CommitOptions,
): Promise<ModelCommitment> {
  return stage(options.on, 'commit', async () => {
    const { engine, system, model } = planned;
    const entry = await cached('model-commitment', modelKey(planned, options.salt ?? 0n), async () => {
      const points = await commitSteps(planned, pool, options);
      return engine.g1.toCanonicalPoints(engine.g1.encodePoints(points));
    });
    const points = engine.g1.decodePoints(engine.g1.fromCanonicalPoints(entry.content)).map((point) => {
      invariant(point, 'a cached model commitment is infinity');
      return point;
    });
    invariant(entry.content.length === model.steps * POINT_BYTES, 'number of cached model commitments');
    return { points, digest: modelDigest(engine, system.pp, model, points) };
  });
}

async function commitSteps({ engine, model }: Committable, pool: FoldPool, options: CommitOptions): Promise<Affine[]> {
  const window = 4 * pool.workers;
  const points: Affine[] = [];
  const told = counter(options.on, 'commit', 'steps');
  for (let from = 0; from < model.steps; from += window) {
    throwIfAborted(options.signal);
    const count = Math.min(window, model.steps - from);
    const some = Array.from({ length: count }, (_, k) =>
      pool.run(
        'commitModel',
        { model: model.stepModel(from + k), blinding: modelBlinding(engine, options.salt ?? 0n, from + k) },
        'now',
      ),
    );
    points.push(...(await Promise.all(some)));
    told(points.length, model.steps);
  }
  return points;
}

/** D of a model with these step commitments. */
function modelDigest(engine: Engine, pp: bigint, model: ProvableModel, points: readonly Affine[]): bigint {
  const sponge = nativeSponge(engine);
  const m = points.reduce((chain, point) => extendModelChain(sponge, chain, commitmentOf(point)), 0n);
  const steps = BigInt(points.length);
  if (isMachineModel(model)) return hashProgram(sponge, pp, steps, m, interfaceDigest(model.ports));
  return hashModel(sponge, pp, steps, m);
}

/** What the commitments depend on: the parameters, every model entry and the salt. One step's entries are held at a time. */
function modelKey({ system, model }: Pick<PlannedModel, 'system' | 'model'>, salt: bigint): string {
  const digests = Array.from({ length: model.steps }, (_, j) => {
    const entries = model.stepModel(j);
    return new TextEncoder().encode(sha256Hex(new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)));
  });
  return sha256Hex(new TextEncoder().encode(`model-commitment/v2 ${system.pp} ${model.steps} ${salt}\n`), ...digests);
}
