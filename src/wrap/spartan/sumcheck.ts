/**
 * The two sum-checks, prover's side, on the engine's vectors (Spartan, ePrint 2019/550).
 *
 * A claim is sum over {0,1}^n of a product of multilinear functions given by their 2^n values. A round binds the highest
 * free coordinate: with halves f0, f1 the functions are f0 + X (f1 - f0), and the message is the sum's polynomial in X
 * without its coefficient 1, which follows from g(0) + g(1) = claim. Soundness error per round: degree / r.
 */
import type { Engine, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import type { Pieces } from '../../pieces.ts';
import { slice } from './blocks.ts';

const F = field(R);
const HALF = (R + 1n) / 2n;

/** Absorbs a message, returns the challenge. */
export type Answer = (message: readonly bigint[]) => bigint;

export interface SumcheckResult {
  readonly rounds: readonly (readonly bigint[])[];
  /** Coordinate j weighs bit j of an index: the last one was bound first. */
  readonly point: readonly bigint[];
  /** The claim that is left. */
  readonly claim: bigint;
  /** The functions' values at the point, in the order in which they were given. */
  readonly finals: readonly bigint[];
}

/** sum of w a b, all of 2^n elements, n >= 1. */
export function proveCubic(
  engine: Engine,
  functions: readonly [w: Vec, a: Vec, b: Vec],
  claim: bigint,
  answer: Answer,
): Pieces<SumcheckResult> {
  const { fr } = engine;
  const sum = ([w, a, b]: readonly Vec[]): bigint => fr.decode(fr.dot(fr.mul(w!, a!), b!))[0]!;
  return rounds(engine, functions, claim, answer, (low, delta, current) => {
    const [c0, c3] = [sum(low), sum(delta)];
    // g(-1) = c0 - c1 + c2 - c3 with c1 = claim - 2 c0 - c2 - c3
    const atMinusOne = sum(low.map((v, k) => fr.sub(v, delta[k]!)));
    const c2 = F.mul(F.create(atMinusOne - 3n * c0 + current), HALF);
    return [c0, c2, c3];
  });
}

/** sum of w_1 f_1 + w_2 f_2 + ..., the functions given as w_1, f_1, w_2, f_2, ... */
export function proveQuadratic(
  engine: Engine,
  functions: readonly Vec[],
  claim: bigint,
  answer: Answer,
): Pieces<SumcheckResult> {
  const { fr } = engine;
  const sum = (f: readonly Vec[]): bigint =>
    f.reduce((s, v, k) => (k % 2 === 0 ? s : F.add(s, fr.decode(fr.dot(f[k - 1]!, v))[0]!)), 0n);
  return rounds(engine, functions, claim, answer, (low, delta) => [sum(low), sum(delta)]);
}

function* rounds(
  engine: Engine,
  functions: readonly Vec[],
  start: bigint,
  answer: Answer,
  message: (low: readonly Vec[], delta: readonly Vec[], claim: bigint) => bigint[],
): Pieces<SumcheckResult> {
  const { fr } = engine;
  let [current, claim] = [functions, start];
  const messages: bigint[][] = [];
  const point: bigint[] = [];
  for (let half = functions[0]!.length / FIELD_BYTES / 2; half >= 1; half /= 2) {
    const low = current.map((v) => slice(v, 0, half));
    const delta = current.map((v, k) => fr.sub(slice(v, half, 2 * half), low[k]!));
    const sent = message(low, delta, claim);
    const challenge = answer(sent);
    const scalar = fr.encode([challenge]);
    current = low.map((v, k) => {
      const next = v.slice();
      fr.axpy(next, scalar, delta[k]!);
      return next;
    });
    claim = nextClaim(claim, sent, challenge);
    messages.push(sent);
    point.unshift(challenge);
    yield;
  }
  return { rounds: messages, point, claim, finals: current.map((v) => fr.decode(v)[0]!) };
}

/** g(challenge) from the coefficients sent and g(0) + g(1) = claim. */
function nextClaim(claim: bigint, [c0, ...high]: readonly bigint[], challenge: bigint): bigint {
  const c1 = high.reduce((s, c) => s - c, claim - 2n * c0!);
  return [c0!, c1, ...high].reduceRight((s, c) => F.create(s * challenge + c), 0n);
}
