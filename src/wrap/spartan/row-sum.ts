/**
 * The first sum-check of Spartan, prover's side (protocol section 9.2): the functions over all positions of the product list, and what
 * is summed up of them.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { type CommittedBlocks, gather, padded, repeated, slice, take, zeros } from './blocks.ts';
import type { ProductList, SpartanSystem } from './products.ts';
import type { RoundWork } from './sumcheck.ts';
import type { Range, Summand } from './sumcheck-round.ts';

const F = field(R);

/** What the first sum-check sums up, so that others can as well. */
export interface RowSum {
  /** Over 2^log positions. */
  readonly log: number;
  /** The positions of S-boxes. */
  readonly boxes: Range;
  readonly u: bigint;
}

/** Who works off the rounds of the first sum-check: this thread, where nobody is named. */
export type RowWork = (sum: RowSum) => RoundWork;

/** u^3 W A B and W S^5. */
export function rowSummands({ log, boxes, u }: RowSum): readonly Summand[] {
  const cube = F.pow(u, 3n);
  const total = ({ fr }: Engine, a: Vec, b: Vec): bigint => fr.decode(fr.dot(a, b))[0]!;
  return [
    {
      degree: 3,
      functions: [0, 1, 2],
      sum: (e, [w, a, b]) => F.mul(cube, total(e, e.fr.mul(w!, a!), b!)),
      support: [0, 2 ** log],
    },
    {
      degree: 6,
      functions: [0, 3],
      sum: (e, [w, s]) => {
        const square = e.fr.mul(s!, s!);
        return total(e, e.fr.mul(w!, s!), e.fr.mul(square, square));
      },
      support: boxes,
    },
  ];
}

interface OuterInputs {
  readonly eqRho: Vec;
  readonly operands: Vec;
  readonly blocks: CommittedBlocks;
  readonly u: bigint;
}

/** W, A, B and S over all positions of the list. */
export function outerFunctions(
  engine: Engine,
  { layout }: SpartanSystem,
  { log, products, boxes, coefficients }: ProductList,
  { eqRho, operands, blocks, u }: OuterInputs,
): readonly [w: Vec, a: Vec, b: Vec, s: Vec] {
  const { fr } = engine;
  const [w, a, b, s] = [padded(eqRho, 2 ** log), zeros(2 ** log), zeros(2 ** log), zeros(2 ** log)];
  for (const [k, { bits: own, fields }] of layout.blocks.entries()) {
    if (!own) continue;
    const bits = slice(blocks[k]!, 0, fields.at);
    a.set(bits, own.row * FIELD_BYTES);
    b.set(fr.sub(bits, repeated(engine, u, fields.at)), own.row * FIELD_BYTES);
  }
  const { position, row, left, right, coefficient } = products;
  gather(fr.mul(take(fr.encode(coefficients), coefficient), take(operands, left)), counting(left.length), a, position);
  gather(operands, right, b, position);
  gather(eqRho, row, w, position);
  gather(operands, boxes.operand, s, boxes.row);
  return [w, a, b, s];
}

function counting(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, k) => k);
}
