/**
 * Prepared powers of tau of any size in minutes, for tests of the ceremony path at full size. The ceremony is snarkjs' own: a new
 * accumulator and one contribution, whose secrets this process sees as they are drawn. With them the Lagrange bases of phase 2 are
 * multiples of the generators, where `snarkjs powersoftau prepare phase2`, which must not know them, takes a transform of points for
 * each power: half an hour and more at power 18. That the file is the one that it would make, `verifyPtau` tells.
 */
import { rm } from 'node:fs/promises';
import { curves, powersOfTau } from 'snarkjs';
import type { Engine, Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { atOnce } from '../../src/turns.ts';
import { KeyPool } from '../../src/wrap/groth16/key-pool.ts';
import { lagrange, multiple, rootOfUnity } from '../../src/wrap/groth16/qap.ts';
import { powersOf } from '../../src/wrap/opening/tensor.ts';
import { readSections, writeSections } from './ptau.ts';

const F = field(R);

export interface PowersSecrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
}

/** What is used here of snarkjs' curve, of which there is one in a process. */
interface Curve {
  readonly Fr: { fromRng(rng: unknown): Uint8Array; toObject(element: Uint8Array): bigint };
  terminate(): Promise<void>;
}

/** Writes prepared powers of tau of this power to `path`. Whoever calls it forgets the secrets, or uses them as an attacker would. */
export async function trialPowers(path: string, power: number, workers = 1): Promise<PowersSecrets> {
  const curve = (await curves.getCurveFromName('bn128')) as unknown as Curve;
  const [empty, raw] = [`${path}.0`, `${path}.1`];
  await powersOfTau.newAccumulator(curve, power, empty);
  const secrets = await seen(curve, () => powersOfTau.contribute(empty, raw, 'a trial', 'some entropy'));
  await curve.terminate();
  const engine = await createEngine();
  const pool = new KeyPool(workers);
  try {
    const points = async (group: 'g1' | 'g2', scalars: Vec): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      for await (const part of pool.points(group, engine.fr.toCanonical(scalars))) parts.push(part);
      return Buffer.concat(parts);
    };
    const bases = Array.from({ length: power + 1 }, (_, p) => atOnce(lagrange(engine, secrets.tau, p, 1n, p)));
    const all = Buffer.concat(bases);
    const sections = await readSections(raw);
    sections.set(12, await points('g1', Buffer.concat([all, withoutTop(engine, secrets.tau, power + 1)])));
    sections.set(13, await points('g2', all));
    sections.set(14, await points('g1', multiple(engine, secrets.alpha, all)));
    sections.set(15, await points('g1', multiple(engine, secrets.beta, all)));
    await writeSections(path, 'ptau', sections);
  } finally {
    await pool.close();
    await Promise.all([empty, raw].map((file) => rm(file, { force: true })));
  }
  return secrets;
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
