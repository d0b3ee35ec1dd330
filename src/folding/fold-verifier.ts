/**
 * The verifier of one fold, as a circuit (protocol sections 3 to 5; item 3 of section 6).
 *
 * Everything that a later check relies on is BUILT here from earlier values: challenges from the transcript, the new
 * scalars, the CycleFold public inputs. Advice are only the prover's messages and the new commitments, whose
 * correctness the CycleFold instances carry.
 */
import { type Affine, LAMBDA, R } from '../algebra/params.ts';
import { Transcript } from '../algebra/sponge.ts';
import { type ConstraintSystem, multiply, type Product } from '../circuit/constraint-system.ts';
import { challengeBits, pack } from '../circuit/gadgets/bits.ts';
import { allocateFq, type FqLimbs, foldFq, type SplitFq, splitFq } from '../circuit/gadgets/fq.ts';
import { foldPoints, plainMultiplier } from '../circuit/gadgets/grumpkin.ts';
import type { PointOf } from '../circuit/gadgets/ladder.ts';
import {
  type CycleFoldInstance,
  type FreshInstance,
  limbsOfCommitment,
  type Running,
  type RunningInstance,
} from './instance.ts';
import { CROSS_TERMS } from './shares.ts';

/** A commitment with the halves that the non-native products need. */
export interface SplitCommitment<E> {
  readonly x: SplitFq<E>;
  readonly y: SplitFq<E>;
}

/** The prover's messages of one fold. */
export interface FoldMessages<E> {
  /** Coefficients h_1..h_n; h_0 is v. */
  readonly h: readonly E[];
  /** t_1..t_4; t_5 is 0. */
  readonly t: readonly E[];
  /** The folded commitments, in the order of the blocks. */
  readonly cms: readonly SplitCommitment<E>[];
  /** A fresh CycleFold commitment for each of them: joint in witness and cross term. */
  readonly fresh: readonly PointOf<E>[];
}

/** The same as the prover has them. */
export interface FoldMessageValues {
  readonly h: readonly bigint[];
  readonly t: readonly bigint[];
  readonly cms: readonly Affine[];
  readonly fresh: readonly Affine[];
}

/** Folds the fresh instance `f` into the running ones; its commitments must be in range already (allocateFq). */
export function verifyFold<E>(
  cs: ConstraintSystem<E>,
  pp: E,
  running: Running<E>,
  f: FreshInstance<E> & { readonly cms: readonly SplitCommitment<E>[] },
  messages: FoldMessages<E>,
): Running<E> {
  const { U } = running;
  const transcript = cs.scope('transcript', () => {
    const t = new Transcript(cs, 'fold');
    t.absorb(pp, f.x, ...f.cms.flatMap(limbsOfCommitment));
    return t;
  });
  const squeeze = (...absorbed: E[]): E =>
    cs.scope('transcript', () => {
      transcript.absorb(...absorbed);
      return transcript.squeeze();
    });

  const c = squeeze();
  const b = squeeze(...messages.h);
  const squeezed = squeeze(...messages.t);
  const bits = cs.scope('challenges', () => challengeBits(cs, squeezed));
  const r = pack(cs, bits);
  const scalar = cs.scope('fields', () => foldScalar(cs, bits));
  const fields = cs.scope('fields', () => foldFields(cs, U, f.x, messages, { c, b, scalar }));

  const rLimbs: SplitFq<E> = {
    lo: r,
    hi: cs.constant(0n),
    half0: pack(cs, bits.slice(0, 68)),
    half1: pack(cs, bits.slice(68)),
  };
  const points = cs.scope('limbs', () => U.cms.map((cm) => ({ x: splitFq(cs, cm.x), y: splitFq(cs, cm.y) })));
  const input = (A: SplitCommitment<E>, B: SplitCommitment<E>, C: SplitCommitment<E>): SplitFq<E>[] => [
    rLimbs,
    ...[A, B, C].flatMap((p) => [p.x, p.y]),
  ];
  const folds = points.map((point1, k) => {
    const x = input(point1, f.cms[k]!, messages.cms[k]!);
    const point = messages.fresh[k]!;
    const s = squeeze(point.x, point.y, ...absorbedInput(x));
    return { x, point, bits: cs.scope('challenges', () => challengeBits(cs, s)) };
  });
  return {
    U: { ...fields, cms: messages.cms },
    cycleFold: foldCycleFold(cs, running.cycleFold, folds),
  };
}

/** r in one element (it is 128 bits), then the limbs of the three points. */
function absorbedInput<E>(x: readonly SplitFq<E>[]): E[] {
  return [x[0]!.lo, ...x.slice(1).flatMap(({ lo, hi }) => [lo, hi])];
}

/**
 * n(r) = a LAMBDA + b (protocol section 5) in one row. Bit 2k of r is the sign, bit 2k + 1 says whether a or b takes
 * it: a = 2^64 + sum 2^k s_k d_k and b = 2^64 + sum 2^k s_k (1 - d_k) with s_k = 2 e_k - 1.
 */
export function foldScalar<E>(cs: ConstraintSystem<E>, bits: readonly E[]): E {
  const one = cs.constant(1n);
  const start = cs.constant((LAMBDA + 1n) << 64n);
  const pairs: Product<E>[] = Array.from({ length: 64 }, (_, k) => [
    cs.scale(1n << BigInt(k), cs.sub(cs.scale(2n, bits[2 * k]!), one)),
    cs.sum([
      [LAMBDA - 1n, bits[2 * k + 1]!],
      [1n, one],
    ]),
  ]);
  const total = (): bigint => pairs.reduce((s, [a, b]) => s + cs.value(a) * cs.value(b), cs.value(start)) % R;
  const scalar = cs.field(total);
  cs.row(...pairs, [cs.sub(start, scalar), one]);
  return scalar;
}

/** Native twin of `foldScalar` (Halo 2019, algorithm 1, without its first doubling). */
export function scalarOfChallenge(r: bigint): bigint {
  let [a, b] = [1n, 1n];
  for (let k = 63; k >= 0; k--) {
    const sign = (r >> BigInt(2 * k)) & 1n ? 1n : -1n;
    [a, b] = [2n * a, 2n * b];
    if ((r >> BigInt(2 * k + 1)) & 1n) a += sign;
    else b += sign;
  }
  return (a * LAMBDA + b) % R;
}

/** The field part of protocol section 3: rho*, v*, u*, x*. 3 n + 4 rows. */
function foldFields<E>(
  cs: ConstraintSystem<E>,
  U: RunningInstance<E>,
  x: E,
  { h, t }: FoldMessages<E>,
  { c, b, scalar }: { c: E; b: E; scalar: E },
): Pick<RunningInstance<E>, 'u' | 'x' | 'rho' | 'v'> {
  let power = c;
  const rho = U.rho.map((coordinate, j) => {
    if (j > 0) power = multiply(cs, power, power);
    return cs.add(coordinate, multiply(cs, b, cs.sub(power, coordinate)));
  });
  // start + x (k_1 + x (k_2 + ...)), highest first
  const plus = (start: E, x: E, coefficients: readonly E[]): E => {
    const tail = coefficients.reduceRight((s, k) => cs.add(k, multiply(cs, x, s)));
    return cs.add(start, multiply(cs, x, tail));
  };
  return {
    rho,
    v: plus(plus(U.v, b, h), scalar, t),
    u: cs.add(U.u, scalar),
    x: cs.add(U.x, multiply(cs, scalar, x)),
  };
}

/** Protocol section 4: the fresh CycleFold instances of all blocks folded into the running one, in one reduction per input element. */
function foldCycleFold<E>(
  cs: ConstraintSystem<E>,
  running: CycleFoldInstance<E>,
  folds: readonly { readonly x: readonly SplitFq<E>[]; readonly point: PointOf<E>; readonly bits: readonly E[] }[],
): CycleFoldInstance<E> {
  const multipliers = folds.map(({ bits }) => plainMultiplier(cs, bits));
  const c = cs.scope('grumpkin', () => foldPoints(cs, running.c, folds));
  const x = cs.scope('non-native', () =>
    running.x.map(
      (element, k): FqLimbs<E> =>
        foldFq(
          cs,
          element,
          folds.map((f, side) => ({ n: multipliers[side]!, x: f.x[k]! })),
        ),
    ),
  );
  return { c, u: multipliers.reduce((u, n) => cs.add(u, n.whole), running.u), x };
}

/** Fresh commitments and messages as advice, coordinates in range. */
export function allocateCommitment<E>(
  cs: ConstraintSystem<E>,
  value: () => { x: bigint; y: bigint },
): SplitCommitment<E> {
  return { x: allocateFq(cs, () => value().x), y: allocateFq(cs, () => value().y) };
}

/** The prover's messages as advice, for instances like `defaults`. */
export function allocateMessages<E>(
  cs: ConstraintSystem<E>,
  { U }: Running<unknown>,
  messages: () => FoldMessageValues,
): FoldMessages<E> {
  const variable = (value: (m: FoldMessageValues) => bigint): E => cs.field(() => value(messages()));
  return {
    h: U.rho.map((_, k) => variable((m) => m.h[k]!)),
    t: Array.from({ length: CROSS_TERMS }, (_, k) => variable((m) => m.t[k]!)),
    cms: U.cms.map((_, k) => allocateCommitment(cs, () => messages().cms[k]!)),
    fresh: U.cms.map((_, k) => ({ x: variable((m) => m.fresh[k]!.x), y: variable((m) => m.fresh[k]!.y) })),
  };
}
