/** The rows' sum-check, prover's side; the verifier is rows-verify.ts. Values are few: 2^10 products. */
import type { Engine, Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import type { Interruptible } from '../../turns.ts';
import { padded } from '../spartan/blocks.ts';
import { answersOf } from '../spartan/proof.ts';
import { proveSummands } from '../spartan/sumcheck.ts';
import { evaluateAt } from './limbs.ts';
import type { Polynomial } from './polynomials.ts';
import { type AuxiliaryProof, ROWS_DEGREE } from './proof.ts';
import type { RowSystem } from './row-system.ts';
import type { RowWeights } from './row-weights.ts';

const F = field(R);

export interface ProvenRows {
  readonly proof: Pick<AuxiliaryProof, 'errors' | 'rows'>;
  readonly point: readonly bigint[];
}

/**
 * @param z (u, x, w) and @param e as limbs
 * Throws E_BUG when `identity`, S(theta), is not theirs.
 */
export function* proveRows(
  engine: Engine,
  system: RowSystem,
  weights: RowWeights<bigint>,
  z: readonly Polynomial[],
  e: readonly Polynomial[],
  identity: bigint,
  rounds: Transcript<bigint>,
): Interruptible<ProvenRows> {
  const { fr } = engine;
  const theta = weights.powers[0]!;
  const values = z.map((limbs) => evaluateAt(limbs, theta));
  const operands = system.operands.map((terms) =>
    F.create(terms.reduce((sum, [c, v]) => sum + evaluateAt(c, theta) * values[v]!, 0n)),
  );
  const errors = F.create(e.reduce((sum, limbs, i) => sum + weights.rows[i]! * evaluateAt(limbs, theta), 0n));
  rounds.absorb(errors);
  const vector = (list: readonly bigint[]): Vec => padded(fr.encode(list), 2 ** system.log);
  const [V, A, B] = [
    weights.products(),
    system.products.map(([a]) => operands[a]!),
    system.products.map(([, b]) => operands[b]!),
  ].map(vector) as [Vec, Vec, Vec];
  const {
    rounds: sent,
    point,
    finals,
  } = yield* proveSummands(
    engine,
    [V, A, B],
    [
      {
        degree: ROWS_DEGREE,
        functions: [0, 1, 2],
        sum: (_, [v, a, b]) => fr.decode(fr.dot(fr.mul(v!, a!), b!))[0]!,
        support: [0, 2 ** system.log],
      },
    ],
    F.add(identity, errors),
    answersOf(rounds),
  );
  const [, a, b] = finals as [bigint, bigint, bigint];
  rounds.absorb(a, b);
  return { proof: { errors, rows: { rounds: sent, a, b } }, point };
}
