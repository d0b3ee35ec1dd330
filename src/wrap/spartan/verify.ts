/**
 * Spartan's verifier as a circuit (protocol section 9.2); the prover is prove.ts, where the two equations stand.
 *
 * Every message is a private wire and enters the transcript before the challenge that must not depend on it. Soundness
 * error: (6 log + 2 innerLog + 3) / r, below 2^-246, for a transcript that has absorbed the claim and both commitments.
 */
import type { Transcript } from '../../algebra/sponge.ts';
import {
  assertEqual,
  type ConstraintSystem,
  inScope,
  multiply,
  sumOfProducts,
} from '../../circuit/constraint-system.ts';
import type { Interruptible } from '../../turns.ts';
import { EqTree, scaledEq } from './eq.ts';
import { type Evaluate, operandSum, weightExtension } from './evaluate.ts';
import type { JoinedVector } from './joined.ts';
import { twiceZero, type Values, valuesAt } from './operands.ts';
import type { Side } from './pattern-sums.ts';
import { innerLog, productList, type SpartanSystem } from './products.ts';
import {
  INNER_DEGREE,
  innerTranscript,
  OUTER_DEGREE,
  outerTranscript,
  type SpartanClaim,
  type SpartanOutcome,
  type SpartanProof,
} from './proof.ts';
import { verifyRounds } from './rounds.ts';

/**
 * Asserts that the instance with this claim is satisfied and that the claims on joined vectors hold, provided that the extensions
 * of blocks and vectors have the values returned.
 * @param proof called only when a witness is written
 */
export function* verifySpartan<E>(
  cs: ConstraintSystem<E>,
  transcript: Transcript<E>,
  system: Pick<SpartanSystem, 'matrix' | 'layout'> & { readonly evaluate?: Evaluate<E> },
  claim: SpartanClaim<E>,
  proof: () => SpartanProof,
  joined: readonly JoinedVector<E>[] = [],
): Interruptible<SpartanOutcome<E>> {
  const list = productList(system);
  const linear = cs.field(() => proof().linear);
  const outerRounds = cs.scope('transcript', () => outerTranscript(cs, transcript));
  outerRounds.absorb(linear);

  const square = multiply(cs, claim.u, claim.u);
  const cube = multiply(cs, square, claim.u);
  const start = cs.sub(claim.v, multiply(cs, multiply(cs, square, square), linear));
  const outer = verifyRounds(cs, outerRounds, start, list.log, OUTER_DEGREE, () => proof().outer);
  const [a, b, l] = [cs.field(() => proof().a), cs.field(() => proof().b), cs.field(() => proof().l)];
  outerRounds.absorb(a, b, l);
  const gamma = cs.scope('transcript', () => outerRounds.squeeze());
  const rounds = innerTranscript(cs, gamma);

  // a + gamma b + gamma^2 l + gamma^3 linear, and gamma^4, gamma^5, ... times the claims on joined vectors
  const ofBlocks = [b, a].reduce(
    (sum, claimed) => cs.add(claimed, multiply(cs, gamma, sum)),
    cs.add(l, multiply(cs, gamma, linear)),
  );
  const root = multiply(cs, multiply(cs, gamma, gamma), gamma);
  let power = root;
  const next = (): E => {
    power = multiply(cs, power, gamma);
    return power;
  };
  const factors = joined.map((vector) => vector.claims.map(next));
  const ofVectors = joined.flatMap((vector, k) =>
    vector.claims.map((claimed, j) => [factors[k]![j]!, claimed] as const),
  );
  const combined = ofVectors.length > 0 ? cs.add(ofBlocks, sumOfProducts(cs, ofVectors)) : ofBlocks;
  const inner = verifyRounds(cs, rounds, combined, innerLog(system, joined), INNER_DEGREE, () => proof().inner);
  const claims = [...system.layout.blocks, ...joined].map((_, k) => cs.field(() => proof().claims[k]!));
  rounds.absorb(...claims);
  cs.scope('transcript', () => transcript.absorb(rounds.squeeze()));

  // gamma^3 is the root of the row tree, so that it serves W~(r) and the linear parts at once (gamma = 0: 1 / r)
  const sides = {
    rows: { tree: new EqTree(cs, root, claim.rho), point: claim.rho },
    positions: { tree: new EqTree(cs, cs.constant(1n), outer.point), point: outer.point },
  };
  const at = { root, rho: claim.rho, r: outer.point };
  const evaluated = system.evaluate?.({ ...at, gamma, ry: inner.point, u: claim.u, x: claim.x, claims });
  const weight = evaluated?.weight ?? (yield* inScope(cs, 'weights', weightExtension(cs, list, root, sides)));
  const products = cs.add(multiply(cs, cube, multiply(cs, a, b)), cs.fifthPower(l));
  cs.row([weight, products], [cs.scale(-1n, root), outer.claim]);

  const z = valuesAt(cs, system, claim, inner.point, claims);
  const listed = evaluated?.listed ?? (yield* inScope(cs, 'operands', operandSum(cs, system, list, sides, gamma, z)));
  const bits = cs.scope('bits', () => bitSum(cs, system, sides.positions, gamma, z));
  const others = yield* inScope(
    cs,
    'joined',
    joinedSum(cs, joined, factors, inner.point, claims.slice(system.layout.blocks.length)),
  );
  assertEqual(cs, cs.sum([listed, bits, ...others].map((share) => [1n, share] as const)), inner.claim);
  return { ry: inner.point, claims };
}

/** The joined vectors' shares of the second claim: extension of the weights times that of the vector. */
function* joinedSum<E>(
  cs: ConstraintSystem<E>,
  joined: readonly JoinedVector<E>[],
  factors: readonly (readonly E[])[],
  ry: readonly E[],
  claims: readonly E[],
): Interruptible<E[]> {
  const shares: E[] = [];
  for (const [k, vector] of joined.entries()) {
    const weight = yield* vector.weight(factors[k]!, ry.slice(0, vector.log));
    shares.push(multiply(cs, weight, twiceZero(cs, claims[k]!, ry.slice(vector.log))));
  }
  return shares;
}

/**
 * The bit rows' share: B_k on the left and B_k - u on the right, weight eq(r, row of k). Over a piece of 2^t entries, whose rows have the same high bits
 * as one another, it is closed: the eq values of the high coordinates, times prod_{j < t} ((1 - r_j)(1 - ry_j) + r_j ry_j).
 */
function bitSum<E>(
  cs: ConstraintSystem<E>,
  { layout }: Pick<SpartanSystem, 'layout'>,
  positions: Side<E>,
  gamma: E,
  z: Values<E>,
): E {
  const { tree, point: r } = positions;
  const shares = layout.blocks.flatMap(({ bits: own }, k) => {
    if (!own) return [];
    const rows = own.pieces.map(({ from, log }) => tree.over(own.row + from, log));
    // pieces are ordered by their logs, the largest first: their low coordinates' factors are shared, as in Horner's rule
    const bits = own.pieces.reduce((sum, { from, log }, n) => {
      const high = multiply(cs, rows[n]!, z.blocks[k]!.over(from, log));
      const below = own.pieces[n + 1]?.log ?? 0;
      return scaledEq(cs, cs.add(sum, high), r.slice(below, log), z.point.slice(below, log));
    }, cs.constant(0n));
    const right = cs.sub(bits, multiply(cs, z.u, cs.sum(rows.map((row) => [1n, row] as const))));
    return [[1n, cs.add(bits, multiply(cs, gamma, right))] as const];
  });
  return cs.sum(shares);
}
