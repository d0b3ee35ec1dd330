/**
 * Multi-scalar multiplication on two threads: ours (a Piscina pool as the fold has one, bases and scalars in shared memory,
 * half the range for each thread) against ffjavascript's own threads, of which it starts one per core.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { add } from '../src/algebra/curve.ts';
import { createKernelEngine } from '../src/algebra/kernels/index.ts';
import { fromMontgomery, toMontgomery } from '../src/algebra/montgomery.ts';
import { type Affine, G1_PARAMS } from '../src/algebra/params.ts';
import { invariant } from '../src/errors.ts';
import { bases, elements } from './data.ts';
import { ffjavascript } from './ffjavascript.ts';
import { type BenchOptions, compare } from './measure.ts';
import type { SharedSum, SumRange } from './msm-thread.ts';

const THREADS = 2;
const CASES = [
  ['full', 14],
  ['full', 16],
  ['full', 18],
  ['bits', 16],
  ['bits', 18],
] as const;

export async function threads(options: BenchOptions): Promise<void> {
  invariant(availableParallelism() === THREADS, `ffjavascript takes all cores: limit this process to ${THREADS}`);
  const engine = await createKernelEngine();
  const outside = await ffjavascript('all');
  for (const [kind, log] of CASES) {
    const name = `msm.${kind}.2^${log}.${THREADS}t`;
    if (!options.wants(name)) continue;
    const n = 2 ** log;
    const points = bases(engine, 'g1', n);
    const canonical = elements(n, 'scalars');
    const bits = canonical.filter((_, i) => i % 32 === 0).map((byte) => byte & 1);
    const data: SharedSum = {
      bases: shared(engine.g1.fromCanonicalPoints(points)),
      full: shared(engine.fr.fromCanonical(canonical)),
      bits: shared(bits),
    };
    const pool = new Piscina({
      filename: new URL('msm-thread.js', import.meta.url).href,
      minThreads: THREADS,
      maxThreads: THREADS,
      workerData: data,
    });
    const ours = async (): Promise<Affine | null> => {
      const halves = [0, 1].map((k): SumRange => ({ kind, from: (k * n) / THREADS, to: ((k + 1) * n) / THREADS }));
      const sums = await Promise.all(halves.map((half): Promise<Affine | null> => pool.run(half)));
      return sums.reduce((sum, part) => add(G1_PARAMS, sum, part), null);
    };
    const montgomery = toMontgomery(data.bases, engine, 'fq');
    const theirs = async (): Promise<Affine | null> => {
      const sum = fromMontgomery(await outside.sum(montgomery, kind === 'bits' ? bits : canonical), engine);
      return engine.g1.decodePoints(engine.g1.fromCanonicalPoints(sum))[0]!;
    };
    const [first, second] = [await ours(), await theirs()];
    invariant(first && first.x === second?.x && first.y === second.y, `${name}: ffjavascript disagrees`);
    const contenders = [
      { name: 'kernels', run: ours },
      { name: 'ffjavascript', run: theirs },
    ];
    options.report(await compare(name, contenders, log > 16 ? Math.min(options.rounds, 3) : options.rounds));
    await pool.destroy();
  }
  await outside.close();
}

function shared(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(new SharedArrayBuffer(bytes.length));
  out.set(bytes);
  return out;
}
