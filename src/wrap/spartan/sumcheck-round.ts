/**
 * One round of a sum-check over a range of its pairs: what threads share. The functions are given by their values; with halves f0, f1
 * the pair i is (f0(i), f1(i)), and the message is made of sums over all pairs at X = 0, 1, 2, ... of f0 + X (f1 - f0).
 *
 * A round first binds the coordinate before by its challenge, in place, then sums: one pass, piece by piece, so that what it takes
 * stays in the processor's cache. Pair i of a round is made of the elements i + k half alone, so ranges of pairs never meet.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { slice, zeros } from './blocks.ts';

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
  readonly support: Range;
}

export type Range = readonly [from: number, to: number];

export interface RoundState {
  /**
   * Of 2 half elements each, or 4 half where `challenge` is still to bind a coordinate. A shorter one repeats: it does not depend
   * on the coordinates before its own.
   */
  readonly functions: readonly Vec[];
  readonly half: number;
  readonly challenge: bigint | undefined;
  /** Pairs outside which each summand is zero. */
  readonly supports: readonly Range[];
}

/** Of one summand: its sums at X = 0, 1, ..., degree - 1, then the highest coefficient. Not reduced. */
export type RoundSums = bigint[];

/** Pairs that are worked on at once. */
const CHUNK = 1 << 12;

interface Pairs {
  readonly low: Vec;
  /** Nothing where all are zero. */
  readonly step: Vec | undefined;
}

/** The sums of every summand over the pairs [from, to). */
export function workRound(
  engine: Engine,
  summands: readonly Summand[],
  { functions, half, challenge, supports }: RoundState,
  [from, to]: Range = [0, half],
): RoundSums[] {
  const scalar = challenge === undefined ? undefined : engine.fr.encode([challenge]);
  const sums = summands.map(({ degree }): RoundSums => new Array<bigint>(degree + 1).fill(0n));
  for (let at = from; at < to; at += CHUNK) {
    const end = Math.min(to, at + CHUNK);
    const pairs = functions.map((f) => pairsOf(engine, f, half, scalar, [at, end]));
    for (const [k, summand] of summands.entries()) {
      const [first, last] = [Math.max(at, supports[k]![0]), Math.min(end, supports[k]![1])];
      if (first >= last) continue;
      const cut = (v: Vec): Vec => slice(v, first - at, last - at);
      const own = summand.functions.map((f) => pairs[f]!);
      addSums(
        engine,
        summand,
        own.map(({ low }) => cut(low)),
        own.map(({ step }) => step && cut(step)),
        sums[k]!,
      );
    }
  }
  return sums;
}

/** The pairs [from, to) of a function, after its last coordinate was bound. */
function pairsOf({ fr }: Engine, f: Vec, half: number, scalar: Vec | undefined, [from, to]: Range): Pairs {
  const length = f.length / FIELD_BYTES;
  if (length <= half) return { low: repeated(f, from, to), step: undefined };
  const part = (quarter: number): Vec => slice(f, from + quarter * half, to + quarter * half);
  if (scalar !== undefined && length === 4 * half)
    for (const quarter of [0, 1]) fr.axpy(part(quarter), scalar, fr.sub(part(quarter + 2), part(quarter)));
  return { low: part(0), step: fr.sub(part(1), part(0)) };
}

/** The elements [from, to) of a vector that repeats. */
function repeated(f: Vec, from: number, to: number): Vec {
  const length = f.length / FIELD_BYTES;
  const first = from % length;
  if (first + to - from <= length) return slice(f, first, first + to - from);
  const out = zeros(to - from);
  for (let at = from; at < to; ) {
    const start = at % length;
    const end = Math.min(length, start + to - at);
    out.set(slice(f, start, end), (at - from) * FIELD_BYTES);
    at += end - start;
  }
  return out;
}

function addSums(
  engine: Engine,
  { degree, sum, leading = sum }: Summand,
  low: readonly Vec[],
  steps: readonly (Vec | undefined)[],
  sums: RoundSums,
): void {
  let at = low;
  for (let x = 0; x < degree; x++) {
    if (x > 0) at = at.map((v, k) => (steps[k] ? engine.fr.add(v, steps[k]) : v));
    sums[x]! += sum(engine, at);
  }
  const none = zeros(low[0]!.length / FIELD_BYTES);
  sums[degree]! += leading(
    engine,
    steps.map((step) => step ?? none),
  );
}
