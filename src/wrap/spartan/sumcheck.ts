/**
 * The two sum-checks, prover's side, on the engine's vectors (Spartan, ePrint 2019/550).
 *
 * A claim is a sum over {0,1}^n of products of multilinear functions given by their 2^n values. A round binds the highest
 * free coordinate: with halves f0, f1 the functions are f0 + X (f1 - f0), and the message is the sum's polynomial in X
 * without its coefficient 1, which follows from g(0) + g(1) = claim. Soundness error per round: degree / r.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import { type Interruptible, kept } from '../../turns.ts';
import { slice } from './blocks.ts';
import { fromValues } from './interpolate.ts';
import type { Answer } from './proof.ts';
import { type Range, type RoundState, type RoundSums, type Summand, workRound } from './sumcheck-round.ts';

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

/** Who works the rounds of sums off. */
export interface RoundWork {
  /** A copy that the rounds may overwrite. */
  copy(v: Vec): Vec;
  /** The sums of every summand over all pairs (sumcheck-round.ts). */
  round(summands: readonly Summand[], state: RoundState): RoundSums[] | Promise<RoundSums[]>;
}

/** In this thread. */
export function roundsHere(engine: Engine): RoundWork {
  return { copy: (v) => v.slice(), round: (summands, state) => workRound(engine, summands, state) };
}

/** The sum of all summands; the longest functions have 2^n elements, n >= 1, shorter ones repeat. */
export function* proveSummands(
  engine: Engine,
  given: readonly Vec[],
  summands: readonly Summand[],
  start: bigint,
  answer: Answer,
  work: RoundWork = roundsHere(engine),
): Interruptible<SumcheckResult> {
  const { fr } = engine;
  let functions: readonly Vec[] = given.map((v) => work.copy(v));
  let supports = summands.map(({ support }) => support);
  let [claim, challenge]: [bigint, bigint | undefined] = [start, undefined];
  const messages: bigint[][] = [];
  const point: bigint[] = [];
  for (let half = Math.max(...functions.map((v) => v.length)) / FIELD_BYTES / 2; half >= 1; half /= 2) {
    supports = supports.map((support) => folded(support, half));
    const sums = work.round(summands, { functions, half, challenge, supports });
    const sent = messageOf(summands, sums instanceof Promise ? yield* kept(sums) : sums, claim);
    functions = functions.map((v) => slice(v, 0, Math.min(2 * half, v.length / FIELD_BYTES)));
    challenge = answer(sent);
    claim = nextClaim(claim, sent, challenge);
    messages.push(sent);
    point.unshift(challenge);
    yield;
  }
  const finals = functions.map((v) => {
    const [low, high] = fr.decode(v) as [bigint, bigint?];
    return high === undefined ? low : F.create(low + challenge! * (high - low));
  });
  return { rounds: messages, point, claim, finals };
}

/** All coefficients of the sums' polynomial but number 1. */
function messageOf(summands: readonly Summand[], sums: readonly RoundSums[], claim: bigint): bigint[] {
  const parts = sums.map((values) => {
    const reduced = values.map((v) => F.create(v));
    return fromValues(reduced.slice(0, -1), reduced.at(-1)!);
  });
  const degree = Math.max(...summands.map((summand) => summand.degree));
  const sum = Array.from({ length: degree + 1 }, (_, d) => F.create(parts.reduce((s, p) => s + (p[d] ?? 0n), 0n)));
  const [c0, , ...high] = sum as [bigint, bigint, ...bigint[]];
  invariant(F.create(sum.reduce((s, c) => s + c, c0) - claim) === 0n, 'a sum-check proves a false claim');
  return [c0, ...high];
}

/** Where a product can be non-zero after the halves were joined. */
function folded([from, to]: Range, half: number): Range {
  if (to <= half) return [from, to];
  return from >= half ? [from - half, to - half] : [0, half];
}

/** A pair of functions of a quadratic sum, of 2^k elements each; beyond them both are zero. */
interface Product {
  pair: readonly [Vec, Vec];
  /** What the coordinates beyond its own have multiplied each of the two by. */
  factor: bigint;
  /** The sum of the products as the vectors stand. */
  readonly whole: bigint;
}

/**
 * sum of w_1 f_1 + w_2 f_2 + ..., the pairs of functions of 2^n elements or fewer, the rest zero. As long as a coordinate only says
 * that a function is zero there, binding it is a factor, and no vector is touched.
 */
export function* proveQuadratic(
  engine: Engine,
  pairs: readonly (readonly [Vec, Vec])[],
  start: bigint,
  answer: Answer,
): Interruptible<SumcheckResult> {
  const { fr } = engine;
  const dot = (a: Vec, b: Vec): bigint => fr.decode(fr.dot(a, b))[0]!;
  const products = pairs.map((pair): Product => ({ pair, factor: 1n, whole: dot(...pair) }));
  let claim = start;
  const messages: bigint[][] = [];
  const point: bigint[] = [];
  for (let half = Math.max(...pairs.map(([w]) => w.length)) / FIELD_BYTES / 2; half >= 1; half /= 2) {
    const steps: (readonly [Vec, Vec] | undefined)[] = [];
    const sent = [0n, 0n];
    for (const { pair, factor, whole } of products) {
      const inside = pair[0].length / FIELD_BYTES > half;
      const step = inside ? pair.map((v) => fr.sub(slice(v, half, 2 * half), slice(v, 0, half))) : undefined;
      steps.push(step as [Vec, Vec] | undefined);
      const square = F.mul(factor, factor);
      // of a function that is zero above, the difference is what it is below, negated
      sent[0]! += square * (inside ? dot(slice(pair[0], 0, half), slice(pair[1], 0, half)) : whole);
      sent[1]! += square * (step ? dot(step[0]!, step[1]!) : whole);
    }
    const message = sent.map((c) => F.create(c));
    const challenge = answer(message);
    const scalar = fr.encode([challenge]);
    for (const [k, product] of products.entries()) {
      const step = steps[k];
      if (!step) product.factor = F.mul(product.factor, F.sub(1n, challenge));
      else
        product.pair = product.pair.map((v, j) => {
          const next = slice(v, 0, half).slice();
          fr.axpy(next, scalar, step[j]!);
          return next;
        }) as [Vec, Vec];
    }
    claim = nextClaim(claim, message, challenge);
    messages.push(message);
    point.unshift(challenge);
    yield;
  }
  const finals = products.flatMap(({ pair, factor }) => pair.map((v) => F.mul(factor, fr.decode(v)[0]!)));
  return { rounds: messages, point, claim, finals };
}

/** g(challenge) from the coefficients sent and g(0) + g(1) = claim. */
function nextClaim(claim: bigint, [c0, ...high]: readonly bigint[], challenge: bigint): bigint {
  const c1 = high.reduce((s, c) => s - c, claim - 2n * c0!);
  return [c0!, c1, ...high].reduceRight((s, c) => F.create(s * challenge + c), 0n);
}
