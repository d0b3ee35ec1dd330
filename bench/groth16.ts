/**
 * The last stage of a run, on the real wrap circuit of digits512 (2^20 rows): the development key, and the Groth16 proof by our
 * prover and by snarkjs in turns, two threads each; and multiples in G2. Ten minutes, 4 GB.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bn254 } from '@noble/curves/bn254.js';
import { buildWrap, type WrapTarget } from '../src/api/wrap-circuit.ts';
import { invariant } from '../src/errors.ts';
import { developmentKeySource, loadModel, plan, prove, quantize } from '../src/index.ts';
import { logitOffset } from '../src/layers/readout.ts';
import { atOnce } from '../src/turns.ts';
import { wrapCircuit, wrapKeyLength } from '../src/wrap/circuit.ts';
import { writeDevelopmentKey } from '../src/wrap/groth16/development-key.ts';
import { createProverKernels } from '../src/wrap/groth16/native/module.ts';
import { type Groth16Prover, groth16Prove } from '../src/wrap/groth16/prove.ts';
import { groth16Verify } from '../src/wrap/groth16/verify.ts';
import { exportVerificationKey, readZkey } from '../src/wrap/groth16/zkey.ts';
import { prepareWrap } from '../src/wrap/last-fold.ts';
import { commitHere } from '../src/wrap/opening/commit.ts';
import { encodeWtns } from '../src/wrap/r1cs/files.ts';
import type { R1cs } from '../src/wrap/r1cs/r1cs.ts';
import { R1csWitness } from '../src/wrap/r1cs/witness.ts';
import { elements } from './data.ts';
import { type BenchOptions, compare } from './measure.ts';

const LAYERS = 8;
const WORKERS = 2;
const MULTIPLES = 1 << 14;

export async function groth16(options: BenchOptions): Promise<void> {
  if (options.wants('groth16.g2')) await multiples(options);
  if (options.wants('groth16.wrap')) await wrapped(options);
}

async function multiples({ rounds, report }: BenchOptions): Promise<void> {
  const { g2, fr } = await createProverKernels();
  const scalars = fr.fromCanonical(elements(MULTIPLES, 'g2'));
  const contenders = [{ name: 'kernels', run: () => g2.fixedBase(bn254.G2.Point.BASE, scalars) }];
  report(await compare('groth16.g2.multiple', contenders, rounds, { scale: 1e3 / MULTIPLES, unit: 'us' }));
}

async function wrapped({ rounds, report }: BenchOptions): Promise<void> {
  const { target, r1cs, witness } = await wrapWitness();
  const folder = await mkdtemp(join(tmpdir(), 'layerfold-bench-'));
  try {
    const key = join(folder, 'wrap.zkey');
    const made = await measured(() => writeDevelopmentKey(key, r1cs, { engine: target.engine, workers: WORKERS }));
    report([
      { name: 'groth16.wrap.constraints', value: r1cs.constraints, unit: '' },
      { name: `groth16.wrap.setup.${WORKERS}w`, value: made.seconds, unit: 's' },
    ]);
    const vk = await exportVerificationKey(key, await readZkey(key));
    const run = async (prover: Groth16Prover): Promise<void> => {
      const { proof, publicSignals } = await groth16Prove(key, witness, r1cs, { prover, workers: WORKERS });
      invariant(groth16Verify(vk, publicSignals, proof), `the proof of ${prover}`);
    };
    const native = await measured(() => run('native'));
    report([{ name: `groth16.wrap.native.${WORKERS}w.memory`, value: native.memory / 2 ** 20, unit: 'MiB' }]);
    const contenders = (['native', 'snarkjs'] as const).map((name) => ({ name, run: () => run(name) }));
    const name = `groth16.wrap.prove.${WORKERS}w`;
    report(await compare(name, contenders, Math.min(rounds, 3), { scale: 1e-3, unit: 's', warmUp: 0 }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A real witness: a short chain folded, the circuit of its plan, which is that of any depth. */
async function wrapWitness(): Promise<{ target: WrapTarget; r1cs: R1cs; witness: Uint8Array }> {
  const loaded = await loadModel({ network: 'digits512', layers: LAYERS });
  const planned = await plan(quantize(loaded), developmentKeySource());
  const { engine, system, model } = planned;
  const { step } = model.plan;
  const { proof, output } = await prove(planned, loaded.sample!, { workers: WORKERS });
  const offset = BigInt(logitOffset(step));
  const readout = { salt: 0n, shifted: Array.from(output.logits, (v) => BigInt(v) + offset) };
  const commit = commitHere(engine, await planned.key.load(wrapKeyLength(system)));
  const { advice } = await prepareWrap(engine, system, commit, proof, readout, BigInt(output.class + 1));
  const target = { ...planned, step };
  const r1cs = await buildWrap(target);
  const writer = new R1csWitness(engine, r1cs);
  atOnce(wrapCircuit(writer, { system, readout: step.readout }, () => advice));
  return { target, r1cs, witness: encodeWtns(r1cs.modulus, writer.finish()) };
}

/** Seconds, and by how much the resident memory of this process, all its threads included, rose at most. */
async function measured(run: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly memory: number }> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const start = performance.now();
  await run();
  clearInterval(timer);
  return { seconds: (performance.now() - start) / 1000, memory: peak - before };
}
