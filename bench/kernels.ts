/**
 * The arithmetic kernels against the engine on wasmcurves (`wasmcurves`) and ffjavascript's multi-scalar multiplication
 * (`ffjavascript`), one thread. Every multi-scalar multiplication's results are compared before it is measured.
 */
import type { Engine, Scalars } from '../src/algebra/engine.ts';
import { useFma } from '../src/algebra/kernels/fma-choice.ts';
import { createKernelEngine } from '../src/algebra/kernels/index.ts';
import { createWasmEngine } from '../src/algebra/wasm/index.ts';
import { invariant } from '../src/errors.ts';
import { bases, elements } from './data.ts';
import { ffjavascript } from './ffjavascript.ts';
import { type BenchOptions, compare } from './measure.ts';
import { doubleLoop, pairLoop, wasmcurvesLoop } from './multiplication.ts';

/** Loops of half a millisecond fit between two interruptions; there are many. */
const LOOP = 20_000;
const VECTOR_LOG = 16;

export async function kernels(options: BenchOptions): Promise<void> {
  const ours = await createKernelEngine();
  const wasm = await createWasmEngine();
  await multiplications(options);
  await sweeps(options, ours, wasm);
  await sums(options, ours, wasm);
}

async function multiplications({ rounds, wants, report }: BenchOptions): Promise<void> {
  for (const kernel of ['mul', 'square'] as const) {
    if (!wants(`field.${kernel}`)) continue;
    const [own, other] = [await pairLoop(kernel), await wasmcurvesLoop(kernel)];
    const contenders = [
      { name: 'kernels', run: () => own(LOOP) },
      { name: 'wasmcurves', run: () => other(LOOP) },
    ];
    const fma = kernel === 'mul' ? await doubleLoop() : undefined;
    if (fma) contenders.push({ name: 'fma', run: () => fma(LOOP) });
    report(await compare(`field.${kernel}`, contenders, 50 * rounds, { scale: 1e6 / LOOP, unit: 'ns' }));
  }
}

async function sweeps({ rounds, wants, report }: BenchOptions, ours: Engine, wasm: Engine): Promise<void> {
  const n = 2 ** VECTOR_LOG;
  const [a, b] = [elements(n, 'a'), elements(n, 'b')];
  const prepared = [ours, wasm].map((engine) => ({
    engine,
    a: engine.fr.fromCanonical(a),
    b: engine.fr.fromCanonical(b),
    point: engine.fr.fromCanonical(a.subarray(0, 32 * VECTOR_LOG)),
    state: engine.fr.fromCanonical(a.subarray(0, 32 * 17)),
  }));
  type Data = (typeof prepared)[number];
  const list: [string, number, (d: Data) => unknown][] = [
    ['mul', n, ({ engine, a, b }) => engine.fr.mul(a, b)],
    ['dot', n, ({ engine, a, b }) => engine.fr.dot(a, b)],
    ['inverse', n, ({ engine, a }) => engine.fr.inverse(a)],
    ['axpy', n, ({ engine, a, b }) => engine.fr.axpy(a, b.subarray(0, 32), b)],
    ['eq', n, ({ engine, point }) => engine.fr.eqTable(point)],
    ['line', n, ({ engine, b, point }) => engine.fr.linePolynomial(b, point, point)],
    ['poseidon17', 1, ({ engine, state }) => engine.poseidon.permute(17, state)],
  ];
  for (const [name, count, run] of list) {
    if (!wants(`sweep.${name}`)) continue;
    const contenders = prepared.map((data, i) => ({ name: i ? 'wasmcurves' : 'kernels', run: () => run(data) }));
    report(await compare(`sweep.${name}`, contenders, 3 * rounds, { scale: 1e6 / count, unit: 'ns' }));
  }
}

type Kind = Scalars['kind'];

async function sums(options: BenchOptions, ours: Engine, wasm: Engine): Promise<void> {
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
    const contenders = [fresh, wasm].map((engine, i) => {
      const [internal, given] = [engine[which].fromCanonicalPoints(points), scalars(engine)];
      return { name: i ? 'wasmcurves' : 'kernels', run: async () => engine[which].msm(internal, given) };
    });
    if (await useFma()) {
      const plain = await createKernelEngine(false);
      const [internal, given] = [plain[which].fromCanonicalPoints(points), scalars(plain)];
      contenders.push({ name: 'kernels-simd', run: async () => plain[which].msm(internal, given) });
    }
    if (kind !== 'small') {
      // Without tables of subset sums or multiples: they are made for bases that come again.
      const [internal, given] = [fresh[which].fromCanonicalPoints(points), scalars(fresh)];
      contenders.push({ name: 'kernels-new-key', run: async () => fresh[which].msm(internal.slice(), given) });
    }
    const [first, second] = [await contenders[0]!.run(), await contenders[1]!.run()];
    invariant(first?.x === second?.x && first?.y === second?.y, `${name}: the engines disagree`);
    if (which === 'g1' && kind !== 'small') {
      // wasmcurves' engine has ffjavascript's internal form.
      const montgomery = wasm.g1.fromCanonicalPoints(points);
      const bytes = kind === 'bits' ? bits : canonical;
      const sum = await outside.sum(montgomery, bytes);
      invariant(wasm.g1.decodePoints(sum)[0]?.x === first?.x, `${name}: ffjavascript disagrees`);
      const run = async () => wasm.g1.decodePoints(await outside.sum(montgomery, bytes))[0] ?? null;
      contenders.push({ name: 'ffjavascript', run });
    }
    options.report(await compare(name, contenders, n > 2 ** 16 ? Math.min(options.rounds, 3) : options.rounds));
  }
}
