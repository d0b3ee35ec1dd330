/** A random relaxed instance of a small system with its opening: any z satisfies the claim v = <eq(rho), Q(z)>. */
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { type ConstraintSystem, sumOfProducts } from '../../src/circuit/constraint-system.ts';
import { alignmentOf } from '../../src/circuit/families.ts';
import type { ShapeBuilder } from '../../src/circuit/shape.ts';
import { MACHINE_BLOCKS, SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { type Layout, layoutOf, rangeOf } from '../../src/folding/layout.ts';
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
  /** Makes a block of its own. */
  readonly trace?: { readonly bits: number; readonly fields: number };
  /** Logarithms of the copies of replicated patterns. */
  readonly families?: readonly number[];
}

export interface Folded {
  readonly system: SpartanSystem;
  readonly claim: SpartanClaim<bigint>;
  readonly witness: FoldedWitness;
  /** v of another z, for the claim's rho. */
  readonly value: (z: readonly bigint[]) => bigint;
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
function randomRows<E>(cs: ConstraintSystem<E>, given: readonly E[], { bits, rows, boxes, seed }: FoldedSizes): void {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pool: E[] = [...cs.publicInputs(() => [0n], 1), ...given, ...cs.bits(bits, () => 0n)];
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

/** Q(z) at degree five: each block's bit rows, the listed rows, zeros between them and behind. */
function rowValues(system: TestSystem, { blocks, listed, rowLog }: Layout, z: readonly bigint[]): bigint[] {
  const { matrix } = system;
  const { bits, rows } = matrix.sizes;
  const cube = F.pow(z[0]!, 3n);
  const out = new Array<bigint>(2 ** rowLog).fill(0n);
  for (const { bits: own } of blocks) {
    if (!own) continue;
    const implied = z.slice(...rangeOf(matrix, own.part)).map((b) => F.mul(cube, F.mul(b, F.sub(b, z[0]!))));
    out.splice(own.row, implied.length, ...implied);
  }
  const values = system.rows(z).slice(bits);
  out.splice(listed, values.length, ...values.map((v, k) => (k < rows ? F.mul(cube, v) : v)));
  return out;
}

export function foldedInstance(engine: Engine, sizes: FoldedSizes): Folded {
  const { model, trace } = sizes;
  const small = new TestSystem(engine, 'fr', (cs) => {
    randomFamilies(cs, sizes);
    const ofTrace = trace ? [...cs.traceBits(trace.bits), ...cs.trace(trace.fields)] : [];
    randomRows(cs, [...cs.model(model), ...ofTrace], sizes);
  });
  return foldedOf(engine, small, sizes.seed);
}

/** Of any small system. */
export function foldedOf(engine: Engine, small: TestSystem, seed: number): Folded {
  const { matrix, kernels } = small;
  const { sizes } = matrix;
  const layout = layoutOf(
    sizes.traceBits + sizes.traceFields > 0 ? MACHINE_BLOCKS : SLOT_BLOCKS,
    { ...sizes, rows: sizes.rows + sizes.boxes },
    alignmentOf(small.shape.rows, small.shape.families),
  );
  const next = elementsFrom(seed);
  const many = (n: number): bigint[] => Array.from({ length: n }, next);
  const z = many(matrix.matrix.variables);
  const rho = many(layout.rowLog);
  const blinding = layout.blocks.map((block) => many(block.blinding.count));
  const value = (of: readonly bigint[]): bigint => dot(eqValues(rho), rowValues(small, layout, of));
  return {
    system: { matrix, layout, rows: kernels },
    claim: { u: z[0]!, x: z[1]!, rho, v: value(z) },
    value,
    witness: { z: engine.fr.encode(z), blinding: blinding.map((entries) => engine.fr.encode(entries)) },
    committed: layout.blocks.map(({ log, bits, fields }, k) => {
      const out = new Array<bigint>(2 ** log).fill(0n);
      const put = (at: number, values: readonly bigint[]) => out.splice(at, values.length, ...values);
      if (bits) put(0, z.slice(...rangeOf(matrix, bits.part)));
      put(fields.at, z.slice(...rangeOf(matrix, fields.part)));
      put(2 ** log - blinding[k]!.length, blinding[k]!);
      return out;
    }),
  };
}
