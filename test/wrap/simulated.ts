/**
 * Final proofs without a circuit, for tests of the outside: Groth16 proofs simulated with the key's own secrets (that
 * is what its zero-knowledge says one can do), and real KZG openings of random polynomials under a known tau. Every
 * equation that a verifier checks is exercised; what the circuit would show is not.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { field } from '../../src/algebra/field.ts';
import { type Affine, R } from '../../src/algebra/params.ts';
import { plainSponge } from '../../src/algebra/sponge.ts';
import { type BlockName, blockNames, SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import {
  type AffineG2,
  type FinalOpening,
  type FinalProof,
  type FinalStatement,
  mergeChallenge,
  pointsOf,
} from '../../src/wrap/final-proof.ts';
import { digestSignals, PUBLIC_INPUTS, publicInputs, signalsOf } from '../../src/wrap/signals.ts';
import type { VerificationKey } from '../../src/wrap/verification-key.ts';

const Fr = field(R);
const SLOT = blockNames(SLOT_BLOCKS);

/** A fixed stream of elements, none of them zero, the same in every run. */
export function stream(seed: bigint): () => bigint {
  let state = seed + 7n;
  return () => {
    state = Fr.add(Fr.pow(state, 5n), 11n);
    return state === 0n ? 1n : state;
  };
}

export const g1 = (k: bigint): Affine => affine(bn254.G1.Point.BASE.multiply(k));
export const g2 = (k: bigint): AffineG2 => bn254.G2.Point.BASE.multiply(k).toAffine();
const affine = (point: { toAffine(): Affine }): Affine => {
  const { x, y } = point.toAffine();
  return { x, y };
};

/** What a ceremony forgets. */
export interface Secrets {
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
  /** Exponents of the four points IC. */
  readonly ic: readonly bigint[];
  readonly tau: bigint;
}

function makeSecrets(next: () => bigint): Secrets {
  return {
    ...{ alpha: next(), beta: next(), gamma: next(), delta: next(), tau: next() },
    ic: Array.from({ length: PUBLIC_INPUTS + 1 }, next),
  };
}

export function makeKey(secrets: Secrets, insecure = false, blocks: readonly BlockName[] = SLOT): VerificationKey {
  const { alpha, beta, gamma, delta, ic, tau } = secrets;
  return {
    alpha: g1(alpha),
    beta: g2(beta),
    gamma: g2(gamma),
    delta: g2(delta),
    ic: ic.map(g1),
    tau: g2(tau),
    blocks,
    insecure,
  };
}

/** a b = alpha beta + inputs gamma + c delta in the exponents. */
export function simulateGroth16(secrets: Secrets, publics: readonly bigint[], next: () => bigint) {
  const { alpha, beta, gamma, delta, ic } = secrets;
  const inputs = publics.reduce((sum, x, i) => Fr.add(sum, Fr.mul(x, ic[i + 1]!)), ic[0]!);
  const [a, b] = [next(), next()];
  const rest = Fr.sub(Fr.sub(Fr.mul(a, b), Fr.mul(alpha, beta)), Fr.mul(inputs, gamma));
  return { a: g1(a), b: g2(b), c: g1(Fr.mul(rest, Fr.inv(delta))) };
}

const evaluate = (p: readonly bigint[], x: bigint) => p.reduceRight((sum, c) => Fr.add(Fr.mul(sum, x), c), 0n);

/** (p(X) - p(x)) / (X - x), by synthetic division. */
function quotient(p: readonly bigint[], x: bigint): bigint[] {
  const out: bigint[] = new Array(p.length - 1);
  for (let i = p.length - 1, carry = 0n; i > 0; i--) {
    carry = Fr.add(Fr.mul(carry, x), p[i]!);
    out[i - 1] = carry;
  }
  return out;
}

/** Of the blocks' polynomials. */
const LENGTHS = { M: 4, T: 12, P: 16 };

/**
 * Commitments to random polynomials of all blocks, of Aux and to s, and f, their sum by powers of g, opened at zeta and at 1/zeta,
 * or elsewhere.
 */
export function randomOpening(
  tau: bigint,
  next: () => bigint,
  elsewhere?: bigint,
  blocks: readonly BlockName[] = SLOT,
): FinalOpening {
  const polynomials = [...blocks.map((name) => LENGTHS[name]), 8, 15].map((n) => Array.from({ length: n }, next));
  const [aux, s] = polynomials.slice(blocks.length) as [bigint[], bigint[]];
  const [zeta, g] = [next(), next()];
  const f = Array.from({ length: LENGTHS.P }, (_, i) =>
    polynomials.reduceRight((sum, c) => Fr.add(Fr.mul(sum, g), c[i] ?? 0n), 0n),
  );
  const second = elsewhere ?? Fr.inv(zeta);
  const commit = (poly: readonly bigint[]) => g1(evaluate(poly, tau));
  return {
    ...{ cms: polynomials.slice(0, blocks.length).map(commit), cmAux: commit(aux), s: commit(s), zeta, g },
    ...{ f1: evaluate(f, zeta), f2: evaluate(f, second) },
    ...{ w1: commit(quotient(f, zeta)), w2: commit(quotient(f, second)) },
  };
}

/** The same commitments opened with other numbers, which whoever knows tau makes true: W1 = (F - f1 G) / (tau - zeta), and W2 so. */
export function reopened(
  tau: bigint,
  opening: FinalOpening,
  numbers: Partial<Pick<FinalOpening, 'g' | 'f1' | 'f2'>>,
): FinalOpening {
  const other = { ...opening, ...numbers };
  const { zeta, g } = other;
  const { Point } = bn254.G1;
  const f = pointsOf(opening).reduceRight<typeof Point.BASE>(
    (sum, { x, y }) => sum.multiplyUnsafe(g).add(Point.fromAffine({ x, y })),
    Point.ZERO,
  );
  const quotientAt = (x: bigint, value: bigint): Affine =>
    affine(f.subtract(Point.BASE.multiplyUnsafe(value)).multiplyUnsafe(Fr.inv(Fr.sub(tau, x))));
  return { ...other, w1: quotientAt(zeta, other.f1), w2: quotientAt(Fr.inv(zeta), other.f2) };
}

export interface Case {
  readonly secrets: Secrets;
  readonly vk: VerificationKey;
  readonly statement: FinalStatement;
  readonly proof: FinalProof;
}

/** A key, a statement and a proof that every verifier accepts. */
export function simulatedCase(seed: bigint, blocks: readonly BlockName[] = SLOT): Case {
  const next = stream(seed);
  const secrets = makeSecrets(next);
  const statement: FinalStatement = {
    ...{ modelDigest: next(), inputDigest: next(), outputDigest: next(), revealed: 8n, steps: 64n, root: 0n },
  };
  const vk = makeKey(secrets, false, blocks);
  return { secrets, vk, statement, proof: simulate(secrets, statement, next, blocks) };
}

/** A proof of any statement, as whoever knows the secrets can make it. */
export function simulate(
  secrets: Secrets,
  statement: FinalStatement,
  next: () => bigint,
  blocks: readonly BlockName[] = SLOT,
): FinalProof {
  return simulateFor(secrets, statement, randomOpening(secrets.tau, next, undefined, blocks), next);
}

/** The same of a given opening. */
export function simulateFor(
  secrets: Secrets,
  statement: FinalStatement,
  opening: FinalOpening,
  next: () => bigint,
): FinalProof {
  const signalsDigest = digestSignals(plainSponge, signalsOf(statement, opening));
  const inputs = publicInputs(statement, { opening, signalsDigest });
  return { opening, signalsDigest, groth16: simulateGroth16(secrets, inputs, next) };
}

/** A point of the twist outside the group of order r: found by trying x, the cofactor being about 2^254. */
export function outsideTheGroup(): AffineG2 {
  const { Fp2 } = bn254.fields;
  const b = Fp2.sub(Fp2.sqr(bn254.G2.Point.BASE.y), Fp2.mul(Fp2.sqr(bn254.G2.Point.BASE.x), bn254.G2.Point.BASE.x));
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 1n };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
    try {
      return { x, y: Fp2.sqrt(square) };
    } catch {
      // Not a square: the next x.
    }
  }
}

/**
 * What a prover could do if delta did not cover W1 and W2. With delta known, W1 + a G and W2 - (a / delta) G leave the
 * right side of the opening's equation alone and move its left side by a (zeta - 1/zeta) G, which pays for a wrong
 * f(zeta). `before`: the equation under the delta that the forger used; `after`: the proof as it must be shown.
 */
export function forgeOpening({ secrets, statement, proof }: Omit<Case, 'vk'>): { before: boolean; after: FinalProof } {
  const { opening } = proof;
  const f1 = Fr.add(opening.f1, 1n);
  const known = mergeChallenge(statement, proof);
  const zetaInverse = Fr.inv(opening.zeta);
  const a = Fr.inv(Fr.sub(opening.zeta, zetaInverse));
  const add = (p: Affine, k: bigint) =>
    affine(bn254.G1.Point.fromAffine({ ...p }).add(bn254.G1.Point.BASE.multiply(k)));
  const forged: FinalOpening = {
    ...opening,
    f1,
    w1: add(opening.w1, a),
    w2: add(opening.w2, Fr.neg(Fr.mul(a, Fr.inv(known)))),
  };
  const after = simulateFor(secrets, statement, forged, stream(99n));
  return { before: openingHolds(forged, known, secrets.tau), after };
}

/** F - f1 G + (zeta - tau) W1 + delta (F - f2 G + (1/zeta - tau) W2) = 0: no pairing is needed when tau is known. */
function openingHolds(opening: FinalOpening, delta: bigint, tau: bigint): boolean {
  const { w1, w2, zeta, g, f1, f2 } = opening;
  const k = Fr.add(1n, delta);
  const terms: [Affine, bigint][] = [
    ...pointsOf(opening).map((p, j): [Affine, bigint] => [p, Fr.mul(k, Fr.pow(g, BigInt(j)))]),
    [g1(1n), Fr.neg(Fr.add(f1, Fr.mul(delta, f2)))],
    [w1, Fr.sub(zeta, tau)],
    [w2, Fr.mul(delta, Fr.sub(Fr.inv(zeta), tau))],
  ];
  const sum = terms.reduce(
    (total, [p, scalar]) => total.add(bn254.G1.Point.fromAffine({ ...p }).multiplyUnsafe(scalar)),
    bn254.G1.Point.ZERO,
  );
  return sum.is0();
}
