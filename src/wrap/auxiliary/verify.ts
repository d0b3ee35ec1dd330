/**
 * The folded CycleFold instance inside the wrap (protocol section 9.4): some (w, e, blinding) opens its commitment C on
 * Grumpkin and satisfies Q(u, x, w) = e modulo q. What is asserted here ends in six linear claims on Aux, which join Spartan's
 * second sum-check.
 *
 * Order matters: everything that is checked is in Aux, whose commitment is absorbed before any challenge; S is absorbed before theta.
 */

import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import { type ConstraintSystem, inScope, multiply } from '../../circuit/constraint-system.ts';
import type { PointOf } from '../../circuit/gadgets/ladder.ts';
import { invariant } from '../../errors.ts';
import { type Commitment, type CycleFoldInstance, limbsOfCommitment } from '../../folding/instance.ts';
import type { Interruptible } from '../../turns.ts';
import type { JoinedVector } from '../spartan/joined.ts';
import { startAtEnd } from './chain.ts';
import { verifyChain } from './chain-verify.ts';
import { challengePair } from './challenges.ts';
import { claimedVector } from './claims.ts';
import { auxiliaryLayout } from './layout.ts';
import { limbsOfFq, limbsOfInteger } from './limbs.ts';
import {
  type AuxiliaryProof,
  type CycleFoldRelation,
  chainTranscript,
  challengesTranscript,
  pairCount,
  rowsTranscript,
} from './proof.ts';
import { assertMultipleOfQ } from './reduction.ts';
import { rowSystem } from './row-system.ts';
import { RowWeights } from './row-weights.ts';
import { verifyRows } from './rows-verify.ts';
import { digitTables } from './tables.ts';

/**
 * Asserts that the instance is satisfied, provided that the claims hold.
 * @param transcript has absorbed all of the instance; the ranges of its x (136 and 118 bits) and u are asserted here
 * @param bits of u (`cycleFoldBits`)
 * @param commitment limbs of cmAux, signals of the wrap
 * @param proof called only when a witness is written
 */
export function* verifyAuxiliary<E>(
  cs: ConstraintSystem<E>,
  transcript: Transcript<E>,
  { matrix, generators }: CycleFoldRelation,
  instance: CycleFoldInstance<E>,
  bits: number,
  commitment: Commitment<E>,
  proof: () => AuxiliaryProof,
): Interruptible<JoinedVector<E>> {
  const { fields, rows, x } = matrix.sizes;
  invariant(generators.length === fields + rows + 1 && instance.x.length === x, 'shape of a CycleFold relation');
  const layout = auxiliaryLayout(generators.length);
  const system = rowSystem(matrix);
  const squeeze = (): E => cs.scope('transcript', () => transcript.squeeze());

  transcript.absorb(...limbsOfCommitment(commitment));
  const { pairs, tau, lambda } = cs.scope('challenges', () => {
    const drawn = challengesTranscript(cs, transcript);
    const draw = (): E => cs.scope('transcript', () => drawn.squeeze());
    return {
      pairs: Array.from({ length: pairCount(rows) }, () => challengePair(cs, draw())),
      ...{ tau: draw(), lambda: draw() },
    };
  });
  const identity = system.bounds.map((_, j) => cs.field(() => proof().identity[j]!));
  transcript.absorb(...identity);
  const theta = squeeze();
  cs.scope('quotient', () => assertMultipleOfQ(cs, identity, system.bounds));
  yield;
  const head = cs.scope('ranges', () => [
    limbsOfInteger(cs, instance.u, bits),
    ...instance.x.map((limbs) => limbsOfFq(cs, limbs)),
  ]);
  const rounds = cs.scope('transcript', () => rowsTranscript(cs, transcript));
  function* checkRows() {
    const weights = new RowWeights(cs, system, pairs, theta);
    const value = identity.reduceRight((sum, s) => cs.add(s, multiply(cs, theta, sum)));
    yield;
    return { weights, outcome: yield* verifyRows(cs, system, weights, head, value, rounds, proof) };
  }
  const { weights, outcome } = yield* inScope(cs, 'rows', checkRows());
  cs.scope('transcript', () => transcript.absorb(rounds.squeeze()));

  const ofChain = cs.scope('transcript', () => chainTranscript(cs, transcript));
  const end = cs.scope('chain', () => endOf(cs, instance.c, generators.length));
  const tables = digitTables(generators);
  const chain = yield* inScope(
    cs,
    'chain',
    verifyChain(cs, layout, tables, end, { tau, lambda }, ofChain, () => proof().chain),
  );
  cs.scope('transcript', () => transcript.absorb(ofChain.squeeze()));
  return claimedVector(cs, layout, system, weights, outcome, chain);
}

/**
 * C + 8^84 H0: where the chain must end. x = x_C + ... has no exception: that x_C is not the other point's is asserted, so the slope is
 * determined by C. Nothing else is asked of C.
 */
function endOf<E>(cs: ConstraintSystem<E>, c: PointOf<E>, n: number): PointOf<E> {
  const h = startAtEnd(n);
  const [hx, hy] = [cs.constant(h.x), cs.constant(h.y)];
  const one = cs.constant(1n);
  const inverse = cs.field(() => field(R).inv(field(R).sub(h.x, cs.value(c.x))));
  cs.row([cs.sub(hx, c.x), inverse], [cs.scale(-1n, one), one]);
  const slope = multiply(cs, cs.sub(hy, c.y), inverse);
  const x = cs.sub(multiply(cs, slope, slope), cs.add(hx, c.x));
  const y = cs.sub(multiply(cs, slope, cs.sub(c.x, x)), c.y);
  return { x, y };
}
