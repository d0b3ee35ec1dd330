/**
 * Prepared powers of tau of any size in minutes, for tests of the ceremony path at full size. The ceremony is snarkjs' own: a new
 * accumulator and one contribution, whose secrets this process sees as they are drawn. With them all powers and the Lagrange bases of
 * phase 2 are multiples of the generators, where `snarkjs powersoftau prepare phase2`, which must not know them, takes a transform of points for
 * each power: half an hour and more at power 18. That the file is the one that it would make, `verifyPtau` tells.
 */
import { rm } from 'node:fs/promises';
import { curves, powersOfTau } from 'snarkjs';
import { type Engine, POINT_BYTES, type Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { atOnce } from '../../src/turns.ts';
import { G2_BYTES } from '../../src/wrap/groth16/g2.ts';
import { KeyPool } from '../../src/wrap/groth16/key-pool.ts';
import { lagrange, multiple, rootOfUnity } from '../../src/wrap/groth16/qap.ts';
import { powersOf } from '../../src/wrap/opening/tensor.ts';
import { slice } from '../../src/wrap/spartan/blocks.ts';
import { readSections, writeSections } from './ptau.ts';

const F = field(R);

export interface PowersSecrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
}

type ApplyKey = (points: Uint8Array, first: Uint8Array, factor: Uint8Array) => Promise<Uint8Array>;

/** What is used here of snarkjs' curve, of which there is one in a process. */
interface Curve {
  readonly Fr: { fromRng(rng: unknown): Uint8Array; toObject(element: Uint8Array): bigint };
  readonly G1: { batchApplyKey: ApplyKey };
  readonly G2: { batchApplyKey: ApplyKey };
  terminate(): Promise<void>;
}

type Points = (group: 'g1' | 'g2', scalars: Vec) => Promise<Buffer>;

/** Writes prepared powers of tau of this power to `path`. Whoever calls it forgets the secrets, or uses them as an attacker would. */
export async function trialPowers(path: string, power: number, workers = 1): Promise<PowersSecrets> {
  const engine = await createEngine();
  const pool = new KeyPool(workers);
  const points: Points = async (group, scalars) => {
    const parts: Uint8Array[] = [];
    for await (const part of pool.points(group, engine.fr.toCanonical(scalars))) parts.push(part);
    return Buffer.concat(parts);
  };
  const curve = (await curves.getCurveFromName('bn128')) as unknown as Curve;
  const [empty, raw] = [`${path}.0`, `${path}.1`];
  try {
    await powersOfTau.newAccumulator(curve, power, empty);
    const contribute = () => powersOfTau.contribute(empty, raw, 'a trial', 'some entropy');
    const secrets = await seen(curve, () => fromGenerators(engine, curve, points, contribute));
    const bases = Array.from({ length: power + 1 }, (_, p) => atOnce(lagrange(engine, secrets.tau, p, 1n, p)));
    const all = Buffer.concat(bases);
    const sections = await readSections(raw);
    sections.set(12, await points('g1', Buffer.concat([all, withoutTop(engine, secrets.tau, power + 1)])));
    sections.set(13, await points('g2', all));
    sections.set(14, await points('g1', multiple(engine, secrets.alpha, all)));
    sections.set(15, await points('g1', multiple(engine, secrets.beta, all)));
    await writeSections(path, 'ptau', sections);
    return secrets;
  } finally {
    await Promise.all([pool.close(), curve.terminate(), ...[empty, raw].map((file) => rm(file, { force: true }))]);
  }
}

/** Every point of an empty accumulator is the generator, whose multiples by first, first * factor, ... our kernels make in seconds. */
async function fromGenerators(
  engine: Engine,
  curve: Curve,
  points: Points,
  work: () => Promise<unknown>,
): Promise<void> {
  const kept = [curve.G1.batchApplyKey, curve.G2.batchApplyKey] as const;
  const apply =
    (group: 'g1' | 'g2', bytes: number): ApplyKey =>
    (given, first, factor) => {
      const length = given.length / bytes;
      const powers = powersOf(engine, curve.Fr.toObject(factor), 2 ** Math.ceil(Math.log2(length)));
      return points(group, multiple(engine, curve.Fr.toObject(first), slice(powers, 0, length)));
    };
  curve.G1.batchApplyKey = apply('g1', POINT_BYTES);
  curve.G2.batchApplyKey = apply('g2', G2_BYTES);
  try {
    await work();
  } finally {
    [curve.G1.batchApplyKey, curve.G2.batchApplyKey] = kept;
  }
}

/** The bases of one power more than there are powers for: the highest coefficient, of which there is no point, counts as zero. */
function withoutTop(engine: Engine, tau: bigint, power: number): Vec {
  const { fr } = engine;
  const n = 1n << BigInt(power);
  const out = atOnce(lagrange(engine, tau, power, 1n, power));
  const top = F.neg(F.mul(F.pow(tau, n - 1n), F.inv(n % R)));
  fr.axpy(out, fr.encode([top]), powersOf(engine, rootOfUnity(power), Number(n)));
  return out;
}

/** The first three scalars that the contribution draws. */
async function seen(curve: Curve, contribute: () => Promise<unknown>): Promise<PowersSecrets> {
  const { Fr } = curve;
  const { fromRng } = Fr;
  const drawn: bigint[] = [];
  Fr.fromRng = (rng) => {
    const value = fromRng.call(Fr, rng);
    drawn.push(Fr.toObject(value));
    return value;
  };
  try {
    await contribute();
  } finally {
    Fr.fromRng = fromRng;
  }
  const [tau, alpha, beta] = drawn as [bigint, bigint, bigint];
  return { tau, alpha, beta };
}
