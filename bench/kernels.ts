/**
 * The arithmetic kernels, and their multi-scalar multiplication against that of ffjavascript, one thread. The results of both are
 * compared before they are measured.
 */
import type { Engine, Scalars } from '../src/algebra/engine.ts';
import { useFma } from '../src/algebra/kernels/field/fma-choice.ts';
import { createKernelEngine } from '../src/algebra/kernels/index.ts';
import { fromMontgomery, toMontgomery } from '../src/algebra/montgomery.ts';
import { invariant } from '../src/errors.ts';
import { bases, elements } from './data.ts';
import { ffjavascript } from './ffjavascript.ts';
import { type BenchOptions, compare } from './measure.ts';
import { doubleLoop, pairLoop } from './multiplication.ts';

/** Loops of half a millisecond fit between two interruptions; there are many. */
const LOOP = 20_000;
const VECTOR_LOG = 16;

export async function kernels(options: BenchOptions): Promise<void> {
  const ours = await createKernelEngine();
  await multiplications(options);
  await sweeps(options, ours);
  await sums(options, ours);
}

async function multiplications({ rounds, wants, report }: BenchOptions): Promise<void> {
  for (const kernel of ['mul', 'square'] as const) {
    if (!wants(`field.${kernel}`)) continue;
    const own = await pairLoop(kernel);
    const contenders = [{ name: 'kernels', run: () => own(LOOP) }];
    const fma = kernel === 'mul' ? await doubleLoop() : undefined;
    if (fma) contenders.push({ name: 'fma', run: () => fma(LOOP) });
    report(await compare(`field.${kernel}`, contenders, 50 * rounds, { scale: 1e6 / LOOP, unit: 'ns' }));
  }
}

async function sweeps({ rounds, wants, report }: BenchOptions, engine: Engine): Promise<void> {
  const n = 2 ** VECTOR_LOG;
  const { fr, poseidon } = engine;
  const [a, b] = [fr.fromCanonical(elements(n, 'a')), fr.fromCanonical(elements(n, 'b'))];
  const [point, state] = [a.subarray(0, 32 * VECTOR_LOG), a.subarray(0, 32 * 17)];
  const list: [string, number, () => unknown][] = [
    ['mul', n, () => fr.mul(a, b)],
    ['dot', n, () => fr.dot(a, b)],
    ['inverse', n, () => fr.inverse(a)],
    ['axpy', n, () => fr.axpy(a, b.subarray(0, 32), b)],
    ['eq', n, () => fr.eqTable(point)],
    ['line', n, () => fr.linePolynomial(b, point, point)],
    ['poseidon17', 1, () => poseidon.permute(17, state)],
  ];
  for (const [name, count, run] of list) {
    if (!wants(`sweep.${name}`)) continue;
    report(await compare(`sweep.${name}`, [{ name: 'kernels', run }], 3 * rounds, { scale: 1e6 / count, unit: 'ns' }));
  }
}

type Kind = Scalars['kind'];

async function sums(options: BenchOptions, ours: Engine): Promise<void> {
  const outside = await ffjavascript();
  const list: ['g1' | 'grumpkin', Kind, number][] = [
    ['grumpkin', 'full', 778],
    ['g1', 'full', 5000],
    ['g1', 'full', 2 ** 14],
    ['g1', 'full', 2 ** 16],
    ['g1', 'full', 2 ** 18],
    ['g1', 'bits', 6000],
    ['g1', 'bits', 2 ** 16],
    ['g1', 'bits', 2 ** 18],
    ['g1', 'small', 2 ** 14],
  ];
  for (const [which, kind, n] of list) {
    const log = Math.log2(n);
    const name = `msm.${which === 'g1' ? '' : `${which}.`}${kind}.${Number.isInteger(log) ? `2^${log}` : n}.1t`;
    if (!options.wants(name)) continue;
    const points = bases(ours, which, n);
    const canonical = elements(n, 'scalars');
    const bits = canonical.filter((_, i) => i % 32 === 0).map((byte) => byte & 1);
    const values = Float64Array.from(bits, (bit, i) => (bit ? 1 : -1) * (canonical[32 * i + 1]! * 64));
    const scalars = (engine: Engine): Scalars => {
      if (kind === 'bits') return { kind, bits };
      if (kind === 'small') return { kind, values };
      return { kind, values: (which === 'g1' ? engine.fr : engine.fq).fromCanonical(canonical) };
    };
    // An engine of its own for every line: no tables of another line's key.
    const fresh = await createKernelEngine();
    // Tables are made before the first turn that counts.
    const [internal, given] = [fresh[which].fromCanonicalPoints(points), scalars(fresh)];
    const contenders = [{ name: 'kernels', run: async () => fresh[which].msm(internal, given) }];
    if (await useFma()) {
      const plain = await createKernelEngine(false);
      const [bases, values] = [plain[which].fromCanonicalPoints(points), scalars(plain)];
      contenders.push({ name: 'kernels-simd', run: async () => plain[which].msm(bases, values) });
    }
    if (kind !== 'small') {
      // Without tables of subset sums or multiples: they are made for bases that come again.
      contenders.push({ name: 'kernels-new-key', run: async () => fresh[which].msm(internal.slice(), given) });
    }
    if (which === 'g1' && kind !== 'small') {
      const montgomery = toMontgomery(internal, fresh, 'fq');
      const bytes = kind === 'bits' ? bits : canonical;
      const run = async () => {
        const sum = fromMontgomery(await outside.sum(montgomery, bytes), fresh);
        return fresh.g1.decodePoints(fresh.g1.fromCanonicalPoints(sum))[0] ?? null;
      };
      const [first, second] = [fresh.g1.msm(internal, given), await run()];
      invariant(first?.x === second?.x && first?.y === second?.y, `${name}: ffjavascript disagrees`);
      contenders.push({ name: 'ffjavascript', run });
    }
    options.report(await compare(name, contenders, n > 2 ** 16 ? Math.min(options.rounds, 3) : options.rounds));
  }
}
