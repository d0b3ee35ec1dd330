/**
 * One fold, the prover's side, on values and vectors (protocol sections 3 and 4): names follow the page
 * (rho, c, h, b, t, r, R, s). The verifier's side is fold-verifier.ts; both must squeeze from the same messages.
 *
 * Beside z its errors are kept, without powers of u, which may be 0: q(z) of the quadratic rows, for which q' = q + R T where the
 * fresh instance is satisfied, and the S-boxes, which are made anew from z.
 */
import type { Engine } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { nativeSponge, Transcript } from '../algebra/sponge.ts';
import { lowChallenge } from '../circuit/gadgets/bits.ts';
import { invariant } from '../errors.ts';
import type { CycleFoldRunning } from './cyclefold.ts';
import type { CycleFoldWork } from './cyclefold-witness.ts';
import { foldCommitments } from './fold-commitments.ts';
import { scalarOfChallenge } from './fold-verifier.ts';
import { commitmentOf, limbsOfCommitment, type RunningInstance } from './instance.ts';
import type { StepAdvice } from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';
import type { Sweeps } from './sweeps.ts';

/** The running primary instance, with its commitments as points. */
export interface PrimaryRunning {
  readonly instance: RunningInstance<bigint>;
  readonly cms: readonly Affine[];
}

/** A fresh primary instance. */
export interface PrimaryFresh {
  readonly x: bigint;
  readonly cms: readonly Affine[];
}

/** What is folded into. */
export interface RunningPair {
  readonly primary: PrimaryRunning;
  readonly cycleFold: CycleFoldRunning;
}

/** The sweeps over the witnesses, and the work in CycleFold instances, which is by default done in this thread. */
export interface FoldCompute extends Sweeps {
  readonly cycleFold?: CycleFoldWork;
}

export interface FoldResult extends RunningPair {
  readonly messages: StepAdvice['messages'];
  /** R = n(r), by which everything fresh was multiplied. */
  readonly scalar: bigint;
  /** For the CycleFold instances, one a block. */
  readonly cycleFoldSeconds: number;
}

/** Folds `fresh` into both running instances; `compute` holds the witnesses and changes the running one. */
export async function foldFresh(
  engine: Engine,
  { pp, cycleFold: circuit }: Pick<StepSystem, 'pp' | 'cycleFold'>,
  { primary, cycleFold }: RunningPair,
  fresh: PrimaryFresh,
  compute: FoldCompute,
): Promise<FoldResult> {
  const F = field(R);
  const U = primary.instance;
  const terms = compute.terms();
  // awaited later, as `updated` below: should another part fail first, this failure must not stay unhandled
  terms.catch(() => {});
  const transcript = new Transcript(nativeSponge(engine), 'fold');
  transcript.absorb(pp, fresh.x, ...fresh.cms.flatMap((p) => limbsOfCommitment(commitmentOf(p))));

  let power = transcript.squeeze();
  const delta = U.rho.map((coordinate, j) => {
    if (j > 0) power = F.mul(power, power);
    return F.sub(power, coordinate);
  });
  const lines = await compute.line(U.rho, delta);
  const cube = F.pow(U.u, 3n);
  const [h0, ...h] = lines.quadratic.map((k, d) => F.add(F.mul(cube, k), lines.boxes[d]!));
  invariant(h0 === U.v, 'the running error claim does not hold');

  transcript.absorb(...h);
  const b = transcript.squeeze();
  const rho = U.rho.map((coordinate, j) => F.add(coordinate, F.mul(b, delta[j]!)));
  const at = (polynomial: readonly bigint[], x: bigint): bigint =>
    polynomial.reduceRight((s, k) => F.add(k, F.mul(x, s)), 0n);
  await terms;
  const t = await compute.cross(rho, U.u, at(lines.quadratic, b));

  transcript.absorb(...t);
  const r = lowChallenge(transcript.squeeze());
  const scalar = scalarOfChallenge(r);

  const start = performance.now();
  const pairs = primary.cms.map((cm, k) => [cm, fresh.cms[k]!] as const);
  let updated: Promise<void> | undefined;
  const update = (): void => {
    updated = compute.update(scalar);
    updated.catch(() => {});
  };
  const work = compute.cycleFold ?? circuit.work;
  const folded = await foldCommitments(engine, circuit, cycleFold, pairs, { r, scalar }, transcript, work, update);
  const cycleFoldSeconds = (performance.now() - start) / 1000;
  await updated;

  return {
    primary: {
      cms: folded.cms,
      instance: {
        cms: folded.cms.map(commitmentOf),
        u: F.add(U.u, scalar),
        x: F.add(U.x, F.mul(scalar, fresh.x)),
        rho,
        v: F.add(at([U.v, ...h], b), at([0n, ...t], scalar)),
      },
    },
    cycleFold: folded.running,
    scalar,
    cycleFoldSeconds,
    messages: { h, t, cms: folded.cms, fresh: folded.fresh },
  };
}
