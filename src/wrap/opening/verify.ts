/**
 * The inner-product argument's verifier as a circuit (protocol section 9.3): it turns the claims on the blocks' extensions
 * at ry into two values of f = p_M + g p_P + g^2 p_Aux + g^3 s, which are signals of the wrap.
 *
 * Order: g' (called batch) after the claims; [s] before zeta; the evaluations before g. Only then is f bound to all
 * committed polynomials at once: with b blocks, if f takes the two values, each polynomial takes the private ones but with
 * probability 2 b / r, and the identity at zeta shows the claims but with probability (2^(n+1) + b - 1) / r.
 */

import { field } from '../../algebra/field.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import { type ConstraintSystem, multiply, type Product, sumOfProducts } from '../../circuit/constraint-system.ts';
import { type Commitment, limbsOfCommitment } from '../../folding/instance.ts';
import type { SpartanOutcome } from '../spartan/proof.ts';
import { type Evaluations, elementsOfEvaluations, type OpeningLayout, type OpeningMessages } from './prove.ts';

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
  { blocks }: OpeningLayout,
  { ry, claims }: SpartanOutcome<E>,
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
  const [p1, p2] = [0, 1].map((k) => allocate(cs, blocks.length, () => messages().evaluations[k]!)) as [
    Evaluations<E>,
    Evaluations<E>,
  ];
  transcript.absorb(...elementsOfEvaluations(p1), ...elementsOfEvaluations(p2));
  const g = squeeze();

  const [prefixes1, prefixes2] = [prefixProducts(cs, ry, zeta), prefixProducts(cs, ry, inverse)];
  // p(zeta) e(1/zeta) + p(1/zeta) e(zeta) - 2 c of each block, times its power of g': from the last one to the first
  let later: Product<E>[] = [];
  for (let k = blocks.length - 1; k >= 0; k--) {
    const { log } = blocks[k]!;
    const products: Product<E>[] = [
      [p1.blocks[k]!, prefixes2[log]!],
      [p2.blocks[k]!, prefixes1[log]!],
      [cs.scale(-2n, claims[k]!), one],
      ...later,
    ];
    if (k > 0) later = [[batch, sumOfProducts(cs, products)]];
    else cs.row(...products, [cs.scale(-1n, zeta), p1.s], [cs.scale(-1n, inverse), p2.s]);
  }

  const f = (p: Evaluations<E>): E => p.blocks.reduceRight((sum, value) => cs.add(value, multiply(cs, g, sum)), p.s);
  return { zeta, g, f1: f(p1), f2: f(p2) };
}

function allocate<E>(cs: ConstraintSystem<E>, blocks: number, value: () => Evaluations<bigint>): Evaluations<E> {
  return {
    blocks: Array.from({ length: blocks }, (_, k) => cs.field(() => value().blocks[k]!)),
    s: cs.field(() => value().s),
  };
}

/** prod_{j < n} ((1 - ry_j) + ry_j x^(2^j)) for all n: e of a block at x, whose point is a beginning of ry. */
function prefixProducts<E>(cs: ConstraintSystem<E>, ry: readonly E[], x: E): readonly E[] {
  const one = cs.constant(1n);
  let [power, product] = [x, one];
  const prefixes = [one];
  ry.forEach((coordinate, j) => {
    if (j > 0) power = multiply(cs, power, power);
    const factor = cs.add(one, multiply(cs, coordinate, cs.sub(power, one)));
    product = j > 0 ? multiply(cs, product, factor) : factor;
    prefixes.push(product);
  });
  return prefixes;
}
