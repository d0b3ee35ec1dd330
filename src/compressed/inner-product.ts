/**
 * An inner-product argument (Bootle et al., EUROCRYPT 2016; the form of Halo 2019): a commitment sum a_i G_i opens to a vector with
 * <a, eq(point)> = value, in one round per coordinate. It needs no structure of the key, only that nobody knows a relation of its
 * points and U.
 *
 * U' = n(s) U with a challenge s fixes the claimed value into P = sum a_i G_i + value U'. A round halves at the highest coordinate p: with
 * b = scale eq(point), L = <aL, GR> + <aL, bR> U' and R = <aR, GL> + <aR, bL> U' are answered by w = n(r), and
 *     a <- aL + aR / w,   G <- GL + w GR,   scale <- scale ((1 - p) + w p),   P <- P + w L + R / w.
 * Soundness error: 4 / 2^128 a round (three accepting answers of a round give a witness), not zero-knowledge.
 */
import { type Engine, POINT_BYTES, type Points, type Vec } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import type { Transcript } from '../algebra/sponge.ts';
import { lowChallenge } from '../circuit/gadgets/bits.ts';
import { invariant } from '../errors.ts';
import { scalarOfChallenge } from '../folding/fold-verifier.ts';
import { commitmentOf, limbsOfCommitment } from '../folding/instance.ts';
import { hashedPoints } from '../folding/transparent-key.ts';
import type { Interruptible } from '../turns.ts';
import { slice } from '../wrap/spartan/blocks.ts';
import { FoldedKey } from './folded-key.ts';

export interface InnerProductProof {
  /** L and R of every round, the highest coordinate first. */
  readonly rounds: readonly (readonly [Affine, Affine])[];
  /** The one element that is left of a. */
  readonly a: bigint;
}

/** What is claimed: `commitment` opens to a vector whose inner product with eq(point) is `value`. */
export interface InnerProductClaim {
  readonly commitment: Affine;
  readonly point: readonly bigint[];
  readonly value: bigint;
}

/** Part of the definition of a compressed proof under the transparent key. */
const BASE_SEED = 'layerfold/inner-product/v1';

const F = field(R);

/** @param a 2^n elements, n coordinates @param transcript must have absorbed commitment, point and value */
export function* proveInnerProduct(
  engine: Engine,
  transcript: Transcript<bigint>,
  key: Points,
  a: Vec,
  { point }: Pick<InnerProductClaim, 'point'>,
): Interruptible<InnerProductProof> {
  const { fr, g1 } = engine;
  const one = (v: Vec): bigint => fr.decode(v)[0]!;
  const base = basePoint(engine);
  const start = scalarOfChallenge(lowChallenge(transcript.squeeze()));
  let [vector, scale] = [a, 1n];
  let points = new FoldedKey(engine, key.subarray(0, 2 ** point.length * POINT_BYTES));
  const rounds: (readonly [Affine, Affine])[] = [];
  for (let n = point.length - 1; n >= 0; n--) {
    const [half, all] = [2 ** n, 2 ** (n + 1)];
    const [aL, aR] = [slice(vector, 0, half), slice(vector, half, all)];
    const { lower, upper } = points.halves();
    yield;
    const eq = fr.eqTable(fr.encode(point.slice(0, n)));
    const p = point[n]!;
    const cross = (points: FoldedKey, values: Vec, weight: bigint): Affine => {
      const inner = F.mul(F.mul(weight, scale), one(fr.dot(values, eq)));
      const sum = g1.sum([points.sum(values), product(engine, base, F.mul(start, inner))]);
      invariant(sum, 'a message of the inner-product argument is infinity');
      return sum;
    };
    const left = cross(new FoldedKey(engine, upper), aL, p);
    yield;
    const right = cross(lower, aR, F.sub(1n, p));
    yield;
    rounds.push([left, right]);
    const r = challenge(transcript, left, right);
    const w = scalarOfChallenge(r);
    const folded = aL.slice();
    fr.axpy(folded, fr.encode([F.inv(w)]), aR);
    vector = folded;
    points = n > 0 ? lower.folded(upper, r) : lower;
    scale = F.mul(scale, F.add(F.sub(1n, p), F.mul(w, p)));
    yield;
  }
  return { rounds, a: one(vector) };
}

/** One multi-scalar multiplication as long as the vector. */
export function verifyInnerProduct(
  engine: Engine,
  transcript: Transcript<bigint>,
  key: Points,
  { commitment, point, value }: InnerProductClaim,
  { rounds, a }: InnerProductProof,
): boolean {
  const { g1 } = engine;
  const start = scalarOfChallenge(lowChallenge(transcript.squeeze()));
  const answers = rounds.map(([left, right]) => scalarOfChallenge(challenge(transcript, left, right)));
  // the answer of coordinate n comes first
  const scale = answers.reduce((product, w, k) => {
    const p = point[point.length - 1 - k]!;
    return F.mul(product, F.add(F.sub(1n, p), F.mul(w, p)));
  }, 1n);
  const ofBase = F.mul(start, F.sub(value, F.mul(a, scale)));
  const outside = rounds.flatMap(([left, right], k) => [
    [left, answers[k]!] as const,
    [right, F.inv(answers[k]!)] as const,
  ]);
  outside.push([commitment, 1n], [basePoint(engine), ofBase]);
  const sum = g1.sum([
    g1.msm(key.subarray(0, 2 ** point.length * POINT_BYTES), {
      kind: 'full',
      values: weightsOf(engine, F.neg(a), [...answers].reverse()),
    }),
    ...outside.map(([p, k]) => product(engine, p, k)),
  ]);
  return sum === null;
}

/** root prod_j (bit j of i ? w_j : 1) for every i. */
function weightsOf({ fr }: Engine, root: bigint, answers: readonly bigint[]): Vec {
  let table = fr.encode([root]);
  for (const w of answers) {
    const upper = new Uint8Array(table.length);
    fr.axpy(upper, fr.encode([w]), table);
    const next = new Uint8Array(2 * table.length);
    next.set(table);
    next.set(upper, table.length);
    table = next;
  }
  return table;
}

function challenge(transcript: Transcript<bigint>, left: Affine, right: Affine): bigint {
  transcript.absorb(...[left, right].flatMap((point) => limbsOfCommitment(commitmentOf(point))));
  return lowChallenge(transcript.squeeze());
}

function basePoint(engine: Engine): Affine {
  return engine.g1.decodePoints(engine.g1.fromCanonicalPoints(hashedPoints(engine, BASE_SEED, 0, 1)))[0]!;
}

function product({ g1, fr }: Engine, point: Affine, k: bigint): Affine | null {
  return g1.msm(g1.encodePoints([point]), { kind: 'full', values: fr.encode([k]) });
}
