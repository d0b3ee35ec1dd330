/** A random relaxed instance of a small system with its opening: any z satisfies the claim v = <eq(rho), Q(z)>. */
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { type ConstraintSystem, sumOfProducts } from '../../src/circuit/constraint-system.ts';
import { mostCopies } from '../../src/circuit/families.ts';
import type { ShapeBuilder } from '../../src/circuit/shape.ts';
import { SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { type BlockLayout, layoutOf } from '../../src/folding/layout.ts';
import type { FoldedWitness } from '../../src/wrap/spartan/blocks.ts';
import type { SpartanSystem } from '../../src/wrap/spartan/products.ts';
import type { SpartanClaim } from '../../src/wrap/spartan/proof.ts';
import { dot, eqValues } from '../folding/small-system.ts';
import { seeded } from '../helpers/chains.ts';
import { TestSystem } from '../helpers/circuit.ts';

const F = field(R);

export interface FoldedSizes {
  readonly model: number;
  readonly bits: number;
  /** Quadratic rows of three products and a linear part each, and rows of degree five. */
  readonly rows: number;
  readonly boxes: number;
  readonly seed: number;
  /** Logarithms of the copies of replicated patterns. */
  readonly families?: readonly number[];
}

export interface Folded {
  readonly system: SpartanSystem;
  readonly claim: SpartanClaim<bigint>;
  readonly witness: FoldedWitness;
  /** The blocks as their commitments have them. */
  readonly committed: readonly (readonly bigint[])[];
}

/** Seeded elements of Fr. */
export function elementsFrom(seed: number): () => bigint {
  const random = seeded(seed);
  return () => {
    let value = 0n;
    for (let k = 0; k < 8; k++) value = (value << 32n) | BigInt(Math.floor(random() * 2 ** 32));
    return value % R;
  };
}

/** Every row defines one field variable by random forms over what came before. */
function randomRows<E>(cs: ConstraintSystem<E>, model: readonly E[], { bits, rows, boxes, seed }: FoldedSizes): void {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pool: E[] = [...cs.publicInputs(() => [0n], 1), ...model, ...cs.bits(bits, () => 0n)];
  const form = (): E => cs.sum([1, 2, 3].map(() => [BigInt(1 + below(1e9)), pool[below(pool.length)]!]));
  const withConstant = (): E => cs.add(form(), cs.constant(BigInt(1 + below(1e9))));
  for (let k = 0; k < Math.max(rows, boxes); k++) {
    if (k < rows)
      pool.push(
        sumOfProducts(cs, [
          [form(), withConstant()],
          [form(), form()],
        ]),
      );
    // a single variable, a multiple of one and a proper form
    const input = [() => pool.at(-1)!, () => cs.scale(5n, pool[below(pool.length)]!), withConstant][k % 3]!;
    if (k < boxes) pool.push(cs.fifthPower(input()));
  }
}

/** Patterns over shared variables, arrays by the copy's number in several orders, own bits and fields, and constants that grow with it. */
function randomFamilies(shape: ShapeBuilder, { families = [], seed }: FoldedSizes): void {
  const random = seeded(seed + 1);
  const coefficient = (): bigint => BigInt(1 + Math.floor(random() * 1e9));
  for (const log of families) {
    const n = 2 ** log;
    // aligned to n^2: entry c n + i of `grid` is one of copy c, or of copy i
    const grid = shape.replicate(2 * log, () => shape.model(1)[0]!);
    const row = shape.replicate(log, () => shape.model(1)[0]!);
    const [shared] = shape.model(1);
    const k = Array.from({ length: 8 }, coefficient);
    shape.replicate(log, (c) => {
      const bits = shape.bits(5);
      const [a, b] = [shape.field(), shape.field()];
      const number = shape.sum(bits.map((x, j) => [1n << BigInt(j), x] as const));
      const mixed = shape.sum([
        [k[0]!, grid[c * n]!],
        [k[1]!, row[c]!],
        [k[2]!, bits[3]!],
        [k[3]!, shared!],
        [k[4]!, shape.constant(1n)],
      ]);
      const address = shape.constant(k[5]! + k[6]! * BigInt(c));
      const one = shape.constant(1n);
      shape.row(
        [number, mixed],
        [shape.scale(k[7]!, a), grid[c * n + 1]!],
        [row[c]!, shared!],
        [shape.sub(b, address), one],
      );
      shape.row([
        shape.sum([
          [1n, a],
          [-1n, number],
          [BigInt(c), one],
        ]),
        one,
      ]);
      shape.row([mixed, shape.sub(b, a)], [b, a]);
    });
  }
}

/** Q(z) at degree five: bit rows, listed rows after their padding, zero padding. */
function rowValues(system: TestSystem, listed: number, rowLog: number, z: readonly bigint[]): bigint[] {
  const { bits, rows } = system.matrix.sizes;
  const cube = F.pow(z[0]!, 3n);
  const out = new Array<bigint>(2 ** rowLog).fill(0n);
  system.rows(z).forEach((v, k) => {
    out[k < bits ? k : listed + k - bits] = k < bits + rows ? F.mul(cube, v) : v;
  });
  return out;
}

export function foldedInstance(engine: Engine, sizes: FoldedSizes): Folded {
  const small = new TestSystem(engine, 'fr', (cs) => {
    randomFamilies(cs, sizes);
    randomRows(cs, cs.model(sizes.model), sizes);
  });
  return foldedOf(engine, small, sizes.seed);
}

/** Of any small system. */
export function foldedOf(engine: Engine, small: TestSystem, seed: number): Folded {
  const { matrix, kernels } = small;
  const layout = layoutOf(
    SLOT_BLOCKS,
    { ...matrix.sizes, rows: matrix.sizes.rows + matrix.sizes.boxes },
    mostCopies(small.shape.families),
  );
  const next = elementsFrom(seed);
  const many = (n: number): bigint[] => Array.from({ length: n }, next);
  const z = many(matrix.matrix.variables);
  const rho = many(layout.rowLog);
  const { model, bits, fields } = matrix.offsets;
  const [M, P] = layout.blocks as [BlockLayout, BlockLayout];
  const blinding = [many(1), many(4)];
  const zeros = (n: number): bigint[] => new Array<bigint>(n).fill(0n);
  const F = z.slice(fields);
  const B = z.slice(bits, fields);
  return {
    system: { matrix, layout, rows: kernels },
    claim: { u: z[0]!, x: z[1]!, rho, v: dot(eqValues(rho), rowValues(small, layout.listed, layout.rowLog, z)) },
    witness: { z: engine.fr.encode(z), blinding: blinding.map((entries) => engine.fr.encode(entries)) },
    committed: [
      [...z.slice(model, bits), ...zeros(2 ** M.log - matrix.sizes.model - 1), ...blinding[0]!],
      [
        ...B,
        ...zeros(P.fields.at - B.length),
        ...F,
        ...zeros(2 ** P.log - P.fields.at - F.length - 4),
        ...blinding[1]!,
      ],
    ],
  };
}
