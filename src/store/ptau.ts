/**
 * Reader of `.ptau` files (ptau-file.ts): the powers of tau that commit, and what can be seen of the ceremony's three secrets.
 *
 * The file comes from anyone, so nothing in it is believed: sizes, encodings and the curve equation are checked, and one
 * pairing equation shows that the points are successive powers of ONE tau, the one in G2 (error 2^-127). A tau, alpha or beta that
 * everyone knows is refused. What no check of points can show is that nobody knows them: that is the ceremony's transcript, which
 * `fold key verify` checks with everything else that a Groth16 key is made from (src/wrap/groth16/ceremony.ts).
 */
import { randomBytes } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254.js';
import type { Engine, Points } from '../algebra/engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../algebra/engine.ts';
import { fromMontgomery } from '../algebra/montgomery.ts';
import { type Affine, G1_PARAMS } from '../algebra/params.ts';
import { FoldError, invariant } from '../errors.ts';
import { knownSecret } from '../wrap/known-secrets.ts';
import {
  G2_BYTES,
  type G2Point,
  malformed,
  type PtauFile,
  readBytes,
  readG1Point,
  readG2Point,
  type Section,
  section,
  withPtau,
} from './ptau-file.ts';

/** Points converted per turn (1 MB). */
const CHUNK = 1 << 14;
/** Random weights of 128 bits. */
const WEIGHT_BYTES = 16;

/** Powers of an unknown tau: what commits, and what checks openings. */
export interface PtauKey {
  /** [tau^i]_1, in shared memory. */
  readonly points: Points;
  /** [tau]_2, every coordinate c0 + c1 i. */
  readonly tau: {
    readonly x: { readonly c0: bigint; readonly c1: bigint };
    readonly y: { readonly c0: bigint; readonly c1: bigint };
  };
}

/**
 * The first n powers [tau^i]_1 of the file at `path` with [tau]_2, checked.
 * @throws E_FILE cannot be read; E_FORMAT not such a file, truncated, or bytes that are no points; E_KEY too few powers,
 *         not the powers of one tau, or a tau, alpha or beta that everyone knows
 */
export async function readPtau(path: string, n: number, engine: Engine): Promise<PtauKey> {
  invariant(Number.isInteger(n) && n > 0, `a key of ${n} points`);
  return withPtau(path, async (file) => {
    const { power, sections } = file;
    const available = 2 ** (power + 1) - 1;
    if (n > available) {
      throw new FoldError('E_KEY', 'The powers-of-tau file is too small for this step.', {
        expected: `at least ${n} powers`,
        got: `${available} powers (2^${power})`,
        hint: `Take a ceremony file of power ${Math.ceil(Math.log2(n + 1)) - 1} or more.`,
      });
    }
    const points = await readG1(file, section(sections, 2, available * POINT_BYTES), n, engine);
    const inG2 = section(sections, 3, 2 ** power * G2_BYTES);
    const [one, tau] = [await readG2Point(file, inG2, 0), await readG2Point(file, inG2, 1)];
    if (!one.equals(bn254.G2.Point.BASE))
      throw malformed('Power 0 in G2 is not the generator.', 'the generator', 'another point');
    checkPowers(points, n, one, tau, engine);
    checkSecret('tau', tau);
    await checkAlphaAndBeta(file);
    return { points, tau: tau.toAffine() };
  });
}

async function readG1({ handle }: PtauFile, { start }: Section, n: number, engine: Engine): Promise<Points> {
  const points = new Uint8Array(new SharedArrayBuffer(n * POINT_BYTES));
  for (let from = 0; from < n; from += CHUNK) {
    const count = Math.min(CHUNK, n - from);
    const bytes = await readBytes(handle, start + from * POINT_BYTES, count * POINT_BYTES);
    for (let i = 0; i < count; i++) {
      const point = bytes.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
      if (point.every((byte) => byte === 0))
        throw malformed(`Power ${from + i} is the point at infinity.`, 'a point', 'infinity');
    }
    const chunk = engine.g1.fromCanonicalPoints(fromMontgomery(bytes, engine));
    if (!engine.g1.onCurve(chunk)) {
      throw malformed(
        `One of the powers ${from} to ${from + count - 1} is not on the curve.`,
        'points of BN254',
        'others',
      );
    }
    points.set(chunk, from * POINT_BYTES);
  }
  const [first] = engine.g1.decodePoints(points.subarray(0, POINT_BYTES));
  const { x, y } = G1_PARAMS.generator;
  if (first?.x !== x || first.y !== y)
    throw malformed('Power 0 is not the generator.', `(${x}, ${y})`, 'another point');
  return points;
}

function checkSecret(name: string, point: { toAffine(): Parameters<typeof knownSecret>[0] }): void {
  const known = knownSecret(point.toAffine());
  if (known)
    throw new FoldError('E_KEY', 'A secret of this powers-of-tau file is public: anyone can forge proofs under it.', {
      expected: 'a file of a ceremony that is complete',
      got: `${name} is ${known.value}`,
    });
}

/** [alpha]_1, [beta]_1 and [beta]_2, from which a Groth16 key of this file is made. A file of powers alone has none. */
async function checkAlphaAndBeta(file: PtauFile): Promise<void> {
  const { sections, power } = file;
  if (![4, 5, 6].some((type) => sections.has(type))) return;
  const bytes = 2 ** power * POINT_BYTES;
  const alpha = await readG1Point(file, section(sections, 4, bytes), 0);
  const beta = await readG1Point(file, section(sections, 5, bytes), 0);
  const inG2 = await readG2Point(file, section(sections, 6, G2_BYTES), 0);
  const { G1, G2 } = bn254;
  if (!bn254.fields.Fp12.eql(bn254.pairing(beta, G2.Point.BASE), bn254.pairing(G1.Point.BASE, inG2)))
    throw new FoldError('E_KEY', 'The powers-of-tau file has two different beta.', {
      expected: 'the same secret in G1 and in G2',
      hint: 'Do not use this file.',
    });
  checkSecret('alpha', alpha);
  checkSecret('beta', beta);
}

/**
 * P_(i+1) = tau P_i for all i at once: with random a_i, e(sum a_i P_i, [tau]_2) = e(sum a_i P_(i+1), [1]_2).
 * If one equation is wrong, so is their combination but for a chance of 2^-128.
 */
function checkPowers(points: Points, n: number, one: G2Point, tau: G2Point, engine: Engine): void {
  if (n < 2) return;
  const weights = new Uint8Array((n - 1) * FIELD_BYTES);
  const entropy = randomBytes((n - 1) * WEIGHT_BYTES);
  for (let i = 0; i < n - 1; i++) {
    weights.set(entropy.subarray(i * WEIGHT_BYTES, (i + 1) * WEIGHT_BYTES), i * FIELD_BYTES);
  }
  const values = engine.fr.fromCanonical(weights);
  const combine = (from: number): Affine | null =>
    engine.g1.msm(points.subarray(from * POINT_BYTES, (from + n - 1) * POINT_BYTES), { kind: 'full', values });
  const [lower, upper] = [combine(0), combine(1)];
  const holds =
    lower !== null &&
    upper !== null &&
    bn254.fields.Fp12.eql(
      bn254.pairing(bn254.G1.Point.fromAffine(lower), tau),
      bn254.pairing(bn254.G1.Point.fromAffine(upper), one),
    );
  if (!holds) {
    throw new FoldError('E_KEY', 'The powers-of-tau file does not hold the powers of one tau.', {
      expected: 'each point tau times the one before',
      hint: 'Do not use this file.',
    });
  }
}
