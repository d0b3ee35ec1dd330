/**
 * A small system over Fq with everything that the CycleFold circuit's rows have: products of forms, squares, constants, BETA on
 * a variable in a form and as a coefficient of a product, and a form of powers of four. Its relaxed instances and openings are made
 * with plain bigints.
 */
import { add, mul } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { grumpkinGenerators } from '../../../src/algebra/grumpkin-generators.ts';
import { type Affine, BETA, GRUMPKIN_PARAMS, Q } from '../../../src/algebra/params.ts';
import { compile } from '../../../src/circuit/compile.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { limbsOf } from '../../../src/circuit/gadgets/fq.ts';
import { ShapeBuilder } from '../../../src/circuit/shape.ts';
import type { CycleFoldInstance } from '../../../src/folding/instance.ts';
import type { CycleFoldRelation } from '../../../src/wrap/auxiliary/proof.ts';
import type { CycleFoldOpening } from '../../../src/wrap/auxiliary/prove.ts';

export const F = field(Q);
const INPUTS = 2;
const FIELDS = 3;

/** Rows are asked for nothing but their shape: relaxed instances have any values. */
function toyCircuit<E>(cs: ConstraintSystem<E>): void {
  const one = cs.constant(1n);
  const [x, y] = cs.publicInputs(() => [], INPUTS) as [E, E];
  const [a, b, c] = Array.from({ length: FIELDS }, () => cs.field(() => 0n)) as [E, E, E];
  cs.row([cs.add(a, b), cs.sub(x, c)], [cs.scale(-2n, a), b], [cs.constant(-3n), one]);
  cs.row([cs.sub(a, x), cs.sub(a, cs.scale(BETA, x))], [c, c]);
  const powers = cs.sum([a, b, c, y].map((v, k) => [4n ** BigInt(60 - 20 * k), v] as const));
  cs.row([one, powers], [cs.scale(1n - BETA, x), b]);
  cs.row([y, y], [cs.scale(-1n, x), cs.sub(a, cs.scale(2n, y))]);
}

/** The rows of `toyCircuit` once more. */
export function toyRows([u, x, y, a, b, c]: readonly [bigint, bigint, bigint, bigint, bigint, bigint]): bigint[] {
  return [
    (a + b) * (x - c) - 2n * a * b - 3n * u * u,
    (a - x) * (a - BETA * x) + c * c,
    u * (4n ** 60n * a + 4n ** 40n * b + 4n ** 20n * c + y) + (1n - BETA) * x * b,
    y * y - x * (a - 2n * y),
  ].map((v) => F.create(v));
}

const shape = new ShapeBuilder(Q);
toyCircuit(shape);
const matrix = compile(shape);
export const TOY_SCALARS = FIELDS + matrix.sizes.rows + 1;
export const toy: CycleFoldRelation = { matrix, generators: grumpkinGenerators(TOY_SCALARS) };

export interface ToyRun {
  readonly instance: CycleFoldInstance<bigint>;
  readonly opening: CycleFoldOpening;
}

/** Commitment by plain curve arithmetic. */
export function commit({ w, e, blinding }: CycleFoldOpening, generators = toy.generators): Affine {
  const scalars = [...w, ...e, blinding];
  return scalars.reduce<Affine | null>(
    (sum, s, i) => add(GRUMPKIN_PARAMS, sum, mul(GRUMPKIN_PARAMS, generators[i]!, s)),
    null,
  )!;
}

/** A satisfied relaxed instance for any values. u below 2^163, the others elements of Fq. */
export function toyRun(u: bigint, x: readonly [bigint, bigint], w: readonly [bigint, bigint, bigint]): ToyRun {
  const opening = { w, e: toyRows([u, ...x, ...w]), blinding: 1234567n };
  return { instance: { c: commit(opening), u, x: x.map(limbsOf) }, opening };
}
