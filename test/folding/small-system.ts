/**
 * A small random constraint system to fold, without a step circuit around it, and the algebra of protocol section 3
 * on bigints: Q(z) with the bit rows first, at degree five, the cross term of q, eq and the line polynomial.
 */
import { type Engine, FIELD_BYTES } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { type ConstraintSystem, sumOfProducts } from '../../src/circuit/constraint-system.ts';
import { SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { type Layout, layoutOf, rowShape } from '../../src/folding/layout.ts';
import type { RowKind } from '../../src/folding/row-chunks.ts';
import type { SweepBuffers } from '../../src/folding/sweeps.ts';
import { seeded } from '../helpers/chains.ts';
import { TestSystem } from '../helpers/circuit.ts';

const F = field(R);

export interface SmallSizes {
  readonly model: number;
  readonly bits: number;
  readonly rows: number;
  /** S-boxes, after the other rows; by default a third as many. */
  readonly boxes?: number;
  readonly seed: number;
}

/** Every row defines one field variable, by two random products of forms over what came before or as a fifth power. */
function rowsOf<E>(cs: ConstraintSystem<E>, sizes: SmallSizes, model: readonly E[], x: bigint, bits: bigint): void {
  const random = seeded(sizes.seed);
  const pool: E[] = [...cs.publicInputs(() => [x], 1), ...model, ...cs.bits(sizes.bits, () => bits)];
  const form = (): E =>
    cs.sum([1, 2, 3].map(() => [BigInt(1 + Math.floor(random() * 1e9)), pool[Math.floor(random() * pool.length)]!]));
  for (let k = 0; k < sizes.rows; k++) {
    pool.push(
      sumOfProducts(cs, [
        [form(), cs.add(form(), cs.constant(7n))],
        [form(), form()],
      ]),
    );
  }
  // of forms, of single variables and of multiples of them
  for (let k = 0; k < boxesOf(sizes); k++) {
    const any = pool[Math.floor(random() * pool.length)]!;
    pool.push(cs.fifthPower([cs.add(form(), cs.constant(11n)), any, cs.scale(5n, any)][k % 3]!));
  }
}

const boxesOf = ({ rows, boxes }: SmallSizes): number => boxes ?? Math.ceil(rows / 3);

export class SmallSystem {
  readonly engine: Engine;
  readonly system: TestSystem;
  readonly layout: Layout;
  readonly #sizes: SmallSizes;

  constructor(engine: Engine, sizes: SmallSizes) {
    this.engine = engine;
    this.#sizes = sizes;
    this.system = new TestSystem(engine, 'fr', (cs) => rowsOf(cs, sizes, cs.model(sizes.model), 0n, 0n));
    const { sizes: counts } = this.system.matrix;
    this.layout = layoutOf(SLOT_BLOCKS, { ...counts, rows: counts.rows + counts.boxes });
  }

  /** A satisfying z with u = 1. */
  fresh(x: bigint, model: readonly bigint[], bits: bigint): bigint[] {
    return this.system.witness((cs) => rowsOf(cs, this.#sizes, model, x, bits), model).z;
  }

  /**
   * The rows without powers of u, each kind as protocol section 2 lays out all of them: bit rows, quadratic rows after their padding,
   * S-boxes, zero elsewhere.
   */
  errors(z: readonly bigint[]): Record<RowKind, bigint[]> {
    const { listed, rowLog } = this.layout;
    const { bits, rows } = this.#sizes;
    const empty = () => new Array<bigint>(2 ** rowLog).fill(0n);
    const errors = { quadratic: empty(), boxes: empty() };
    this.system.rows(z).forEach((v, k) => {
      errors[k < bits + rows ? 'quadratic' : 'boxes'][k < bits ? k : listed + k - bits] = v;
    });
    return errors;
  }

  /** Q(z), all rows at degree five. */
  rows(z: readonly bigint[]): bigint[] {
    const { quadratic, boxes } = this.errors(z);
    return quadratic.map((q, k) => F.create(z[0]! ** 3n * q + boxes[k]!));
  }

  /** T of the quadratic rows: q(z1 + X z2) = q(z1) + X T + X^2 q(z2). */
  cross(z1: readonly bigint[], z2: readonly bigint[]): bigint[] {
    const sum = z1.map((v, k) => F.add(v, z2[k]!));
    const [both, q1, q2] = [sum, z1, z2].map((z) => this.errors(z).quadratic);
    return both!.map((v, k) => F.create(v - q1![k]! - q2![k]!));
  }

  /** Sweep buffers that hold z1 with its error vectors, room for a fresh side. */
  buffers(z1: readonly bigint[]): SweepBuffers {
    const { fr } = this.engine;
    const { matrix, kernels } = this.system;
    const { variables } = matrix.matrix;
    const { bits, forms } = matrix.sizes;
    const z = fr.encode(z1);
    const empty = (n: number) => new Uint8Array(n * FIELD_BYTES);
    const { quadratic, boxes } = this.errors(z1);
    return {
      layout: this.layout,
      shape: rowShape(this.layout, matrix),
      z1: z,
      forms1: kernels.forms(z),
      errors: { quadratic: fr.encode(quadratic), boxes: fr.encode(boxes) },
      z2: empty(variables),
      forms2: empty(forms),
      bits2: new Uint8Array(bits),
      t: empty(2 ** this.layout.rowLog),
    };
  }

  /** Puts z into the fresh side. */
  load(b: SweepBuffers, z: readonly bigint[]): void {
    const { bits, fields } = this.system.matrix.offsets;
    b.z2.set(this.engine.fr.encode(z));
    b.forms2.set(this.system.kernels.forms(b.z2));
    b.bits2.set(z.slice(bits, fields).map(Number));
  }
}

/** All values eq(point, i); coordinate j weighs bit j of i. */
export function eqValues(point: readonly bigint[]): bigint[] {
  return Array.from({ length: 2 ** point.length }, (_, i) =>
    point.reduce((w, c, j) => F.mul(w, (i >> j) & 1 ? c : F.sub(1n, c)), 1n),
  );
}

export function dot(a: readonly bigint[], b: readonly bigint[]): bigint {
  return a.reduce((s, v, k) => s + v * b[k]!, 0n) % R;
}

/** Coefficients of <eq(rho + X delta), values>, each row's product of linear factors multiplied out. */
export function linePolynomial(values: readonly bigint[], rho: readonly bigint[], delta: readonly bigint[]): bigint[] {
  const total = new Array<bigint>(rho.length + 1).fill(0n);
  values.forEach((value, i) => {
    let product = [value];
    rho.forEach((c, j) => {
      const [k0, k1] = (i >> j) & 1 ? [c, delta[j]!] : [F.sub(1n, c), F.neg(delta[j]!)];
      product = [...product, 0n].map((v, d) => F.create(v * k0 + (product[d - 1] ?? 0n) * k1));
    });
    product.forEach((v, d) => {
      total[d] = F.add(total[d]!, v);
    });
  });
  return total;
}
