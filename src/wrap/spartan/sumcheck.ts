/**
 * The two sum-checks, prover's side, on the engine's vectors (Spartan, ePrint 2019/550).
 *
 * A claim is a sum over {0,1}^n of products of multilinear functions given by their 2^n values. A round binds the highest
 * free coordinate: with halves f0, f1 the functions are f0 + X (f1 - f0), and the message is the sum's polynomial in X
 * without its coefficient 1, which follows from g(0) + g(1) = claim. Soundness error per round: degree / r.
 */
import type { Engine, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import type { Interruptible } from '../../turns.ts';
import { slice } from './blocks.ts';
import { fromValues } from './interpolate.ts';
import type { Answer } from './proof.ts';

const F = field(R);

export interface SumcheckResult {
  readonly rounds: readonly (readonly bigint[])[];
  /** Coordinate j weighs bit j of an index: the last one was bound first. */
  readonly point: readonly bigint[];
  /** The claim that is left. */
  readonly claim: bigint;
  /** The functions' values at the point, in the order in which they were given. */
  readonly finals: readonly bigint[];
}

/** One kind of product in a sum. */
export interface Summand {
  readonly degree: number;
  /** Which of the functions it multiplies. */
  readonly functions: readonly number[];
  /** The sum of the products over these vectors, which hold the functions' values at one X. */
  readonly sum: (engine: Engine, functions: readonly Vec[]) => bigint;
  /** The same of the terms of that degree alone, where not all are: the highest coefficient, at the functions' differences. */
  readonly leading?: (engine: Engine, functions: readonly Vec[]) => bigint;
  /** The indices [from, to) outside which the product is zero. */
  readonly support: readonly [from: number, to: number];
}

/** The sum of all summands; the functions have 2^n elements each, n >= 1. */
export function proveSummands(
  engine: Engine,
  functions: readonly Vec[],
  summands: readonly Summand[],
  claim: bigint,
  answer: Answer,
): Interruptible<SumcheckResult> {
  const supports = summands.map(({ support }) => support);
  return rounds(engine, functions, claim, answer, (low, delta, current) => {
    const half = low[0]!.length / FIELD_BYTES;
    const parts = summands.map((summand, k) => {
      const [from, to] = folded(supports[k]!, half);
      supports[k] = [from, to];
      const cut = (vectors: readonly Vec[]): Vec[] => summand.functions.map((f) => slice(vectors[f]!, from, to));
      return roundPolynomial(engine, summand, cut(low), cut(delta));
    });
    const degree = Math.max(...summands.map((summand) => summand.degree));
    const sum = Array.from({ length: degree + 1 }, (_, d) => F.create(parts.reduce((s, p) => s + (p[d] ?? 0n), 0n)));
    const [c0, , ...high] = sum as [bigint, bigint, ...bigint[]];
    invariant(F.create(sum.reduce((s, c) => s + c, c0) - current) === 0n, 'a sum-check proves a false claim');
    return [c0, ...high];
  });
}

/** Where a product can be non-zero after the halves were joined. */
function folded([from, to]: readonly [number, number], half: number): readonly [number, number] {
  if (to <= half) return [from, to];
  return from >= half ? [from - half, to - half] : [0, half];
}

/** Elements of a vector that are worked on at once: what all functions take then stays in the processor's cache. */
const CHUNK = 1 << 12;

/** All coefficients of one summand's polynomial: its values at 0, 1, ..., degree - 1 and its highest coefficient. */
function roundPolynomial(
  engine: Engine,
  { degree, sum, leading = sum }: Summand,
  low: readonly Vec[],
  delta: readonly Vec[],
): bigint[] {
  const length = low[0]!.length / FIELD_BYTES;
  if (length === 0) return [];
  const values = new Array<bigint>(degree).fill(0n);
  let highest = 0n;
  for (let from = 0; from < length; from += CHUNK) {
    const cut = (v: Vec): Vec => slice(v, from, Math.min(length, from + CHUNK));
    const step = delta.map(cut);
    let at = low.map(cut);
    for (let x = 0; x < degree; x++) {
      if (x > 0) at = at.map((v, k) => engine.fr.add(v, step[k]!));
      values[x]! += sum(engine, at);
    }
    highest += leading(engine, step);
  }
  return fromValues(
    values.map((v) => F.create(v)),
    F.create(highest),
  );
}

/** sum of w_1 f_1 + w_2 f_2 + ..., the functions given as w_1, f_1, w_2, f_2, ... */
export function proveQuadratic(
  engine: Engine,
  functions: readonly Vec[],
  claim: bigint,
  answer: Answer,
): Interruptible<SumcheckResult> {
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
): Interruptible<SumcheckResult> {
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
