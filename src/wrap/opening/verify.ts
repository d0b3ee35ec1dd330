/**
 * The inner-product argument's verifier as a circuit (protocol section 9.3): it turns the claims M~(ry) = cM and
 * P~(ry) = cP into two values of f = p_M + g p_P + g^2 s, which are signals of the wrap.
 *
 * Order: g' (called batch) after the claims; [s] before zeta; the six evaluations before g. Only then is f bound to all
 * three committed polynomials at once: if it takes the two values, each polynomial takes the private ones but with
 * probability 2 * 2 / r, and the identity at zeta shows the claims but with probability 2^(n+1) / r.
 */

import { field } from '../../algebra/field.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import { type ConstraintSystem, multiply, sumOfProducts } from '../../circuit/constraint-system.ts';
import { type Commitment, limbsOfCommitment } from '../../folding/instance.ts';
import type { Layout } from '../../folding/layout.ts';
import type { SpartanOutcome } from '../spartan/proof.ts';
import { type Evaluations, elementsOfEvaluations, type OpeningMessages } from './prove.ts';

/** What the wrap makes public of the opening, beside [s]. */
export interface OpeningOutcome<E> {
  readonly zeta: E;
  readonly g: E;
  /** f(zeta) and f(1/zeta). */
  readonly f1: E;
  readonly f2: E;
}

/**
 * @param s limbs of [s], signals of the wrap: whoever verifies computes them from the point, so they are in range
 * @param messages called only when a witness is written
 */
export function verifyOpening<E>(
  cs: ConstraintSystem<E>,
  transcript: Transcript<E>,
  layout: Pick<Layout, 'modelLog' | 'witnessLog'>,
  { ry, cM, cP }: SpartanOutcome<E>,
  s: Commitment<E>,
  messages: () => OpeningMessages,
): OpeningOutcome<E> {
  const squeeze = (): E => cs.scope('transcript', () => transcript.squeeze());
  const one = cs.constant(1n);
  const batch = squeeze();
  transcript.absorb(...limbsOfCommitment(s));
  const zeta = squeeze();
  const inverse = cs.field(() => field(cs.modulus).inv(cs.value(zeta)));
  cs.row([zeta, inverse], [cs.scale(-1n, one), one]);
  const [p1, p2] = [0, 1].map((k) => allocate(cs, () => messages().evaluations[k]!)) as [
    Evaluations<E>,
    Evaluations<E>,
  ];
  transcript.absorb(...elementsOfEvaluations(p1), ...elementsOfEvaluations(p2));
  const g = squeeze();

  const e1 = tensors(cs, ry, zeta, layout);
  const e2 = tensors(cs, ry, inverse, layout);
  // p(zeta) e(1/zeta) + p(1/zeta) e(zeta) - 2 c for P, then all of it with g' for P and 1 for M
  const minus = (k: bigint, e: E) => [cs.scale(-k, e), one] as const;
  const witness = sumOfProducts(cs, [[p1.witness, e2.witness], [p2.witness, e1.witness], minus(2n, cP)]);
  cs.row(
    [p1.model, e2.model],
    [p2.model, e1.model],
    minus(2n, cM),
    [batch, witness],
    [cs.scale(-1n, zeta), p1.s],
    [cs.scale(-1n, inverse), p2.s],
  );

  const f = ({ model, witness: p, s: value }: Evaluations<E>): E =>
    cs.add(model, multiply(cs, g, cs.add(p, multiply(cs, g, value))));
  return { zeta, g, f1: f(p1), f2: f(p2) };
}

function allocate<E>(cs: ConstraintSystem<E>, value: () => Evaluations<bigint>): Evaluations<E> {
  return {
    model: cs.field(() => value().model),
    witness: cs.field(() => value().witness),
    s: cs.field(() => value().s),
  };
}

/** e_M and e_P at x: prod_j ((1 - ry_j) + ry_j x^(2^j)); both points are beginnings of ry, so both are prefixes. */
function tensors<E>(
  cs: ConstraintSystem<E>,
  ry: readonly E[],
  x: E,
  layout: Pick<Layout, 'modelLog' | 'witnessLog'>,
): { readonly model: E; readonly witness: E } {
  const one = cs.constant(1n);
  let [power, product] = [x, one];
  const prefixes = [one];
  ry.forEach((coordinate, j) => {
    if (j > 0) power = multiply(cs, power, power);
    const factor = cs.add(one, multiply(cs, coordinate, cs.sub(power, one)));
    product = j > 0 ? multiply(cs, product, factor) : factor;
    prefixes.push(product);
  });
  return { model: prefixes[layout.modelLog]!, witness: prefixes[layout.witnessLog]! };
}
