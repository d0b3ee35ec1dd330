/**
 * A small random constraint system to fold, without a step circuit around it, and the algebra of protocol section 3
 * on bigints: Q(z) with the bit rows first, the cross term, eq and the line polynomial.
 */
import { type Engine, FIELD_BYTES } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { type ConstraintSystem, sumOfProducts } from '../../src/circuit/constraint-system.ts';
import { type Layout, layoutOf, rowShape } from '../../src/folding/layout.ts';
import type { SweepBuffers } from '../../src/folding/sweeps.ts';
import { seeded } from '../helpers/chains.ts';
import { TestSystem } from '../helpers/circuit.ts';

const F = field(R);

export interface SmallSizes {
  readonly model: number;
  readonly bits: number;
  readonly rows: number;
  readonly seed: number;
}

/** Every row defines one field variable by two random products of forms over what came before. */
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
}

export class SmallSystem {
  readonly engine: Engine;
  readonly system: TestSystem;
  readonly layout: Layout;
  readonly #sizes: SmallSizes;

  constructor(engine: Engine, sizes: SmallSizes) {
    this.engine = engine;
    this.#sizes = sizes;
    this.system = new TestSystem(engine, 'fr', (cs) => rowsOf(cs, sizes, cs.model(sizes.model), 0n, 0n));
    this.layout = layoutOf(this.system.matrix.sizes);
  }

  /** A satisfying z with u = 1. */
  fresh(x: bigint, model: readonly bigint[], bits: bigint): bigint[] {
    return this.system.witness((cs) => rowsOf(cs, this.#sizes, model, x, bits), model).z;
  }

  /** Q(z) as section 3 lays it out: bit rows, listed rows after their padding, zero padding. */
  rows(z: readonly bigint[]): bigint[] {
    const { listed, rowLog } = this.layout;
    const { bits } = this.#sizes;
    const rows = this.system.rows(z);
    const out = new Array<bigint>(2 ** rowLog).fill(0n);
    rows.forEach((v, k) => {
      out[k < bits ? k : listed + k - bits] = v;
    });
    return out;
  }

  /** T with Q(z1 + X z2) = Q(z1) + X T + X^2 Q(z2). */
  cross(z1: readonly bigint[], z2: readonly bigint[]): bigint[] {
    const [both, q1, q2] = [z1.map((v, k) => F.add(v, z2[k]!)), z1, z2].map((z) => this.rows(z));
    return both!.map((v, k) => F.create(v - q1![k]! - q2![k]!));
  }

  /** Sweep buffers that hold z1 with its error vector, room for a fresh side. */
  buffers(z1: readonly bigint[]): SweepBuffers {
    const { fr } = this.engine;
    const { matrix, kernels } = this.system;
    const { variables } = matrix.matrix;
    const { bits, forms } = matrix.sizes;
    const z = fr.encode(z1);
    const empty = (n: number) => new Uint8Array(n * FIELD_BYTES);
    return {
      layout: this.layout,
      shape: rowShape(this.layout, matrix),
      z1: z,
      forms1: kernels.forms(z),
      e: fr.encode(this.rows(z1)),
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
