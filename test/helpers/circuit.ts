/**
 * Circuits under test. `TestSystem` compiles a circuit and also evaluates its rows with plain bigints (the twin of
 * compile + kernels); `Gadget` runs one gadget on inputs, honestly or with advice that a cheating prover chooses.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import type { Engine, RowKernels } from '../../src/algebra/engine.ts';
import type { Affine, CurveParams } from '../../src/algebra/params.ts';
import { firstViolation, type Violation } from '../../src/circuit/check.ts';
import { type ConstraintMatrix, compile, PARTS, type SystemSizes } from '../../src/circuit/compile.ts';
import type { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { rowOrder } from '../../src/circuit/families.ts';
import { BLOCK, type LinearForm } from '../../src/circuit/linear-form.ts';
import { type ShapeBox, ShapeBuilder, type ShapeRow } from '../../src/circuit/shape.ts';
import type { ValueSystem } from '../../src/circuit/value-system.ts';
import { WitnessWriter } from '../../src/circuit/witness.ts';

export type FieldName = 'fr' | 'fq';

/** Chooses the value of allocation number `index` of its kind; `honest` computes what the circuit proposes. */
export type Cheat = (kind: 'bits' | 'field', index: number, honest: () => bigint) => bigint;

/**
 * Lets `cheat` replace the advice of a writer; everything that is computed from it follows the replaced value, since parts that the
 * engine would write run in the language of circuits.
 */
export function cheating<W extends ValueSystem>(writer: W, cheat: Cheat): W {
  const [bits, field] = [writer.bits.bind(writer), writer.field.bind(writer)];
  const at = { bits: 0, field: 0 };
  writer.bits = (n, value) => {
    const index = at.bits++;
    return bits(n, () => cheat('bits', index, value));
  };
  writer.block = (_count, build) => build();
  writer.field = (value) => {
    const index = at.field++;
    return field(() => cheat('field', index, value));
  };
  return writer;
}

export const honestly: Cheat = (_kind, _index, honest) => honest();

/** Replaces single allocations, named 'bits3' or 'field0'. */
export function replacing(values: Readonly<Record<string, bigint | ((honest: bigint) => bigint)>>): Cheat {
  return (kind, index, honest) => {
    const value = values[`${kind}${index}`];
    return value === undefined ? honest() : typeof value === 'function' ? value(honest()) : value;
  };
}

export class TestSystem {
  readonly engine: Engine;
  readonly name: FieldName;
  readonly shape: ShapeBuilder;
  readonly matrix: ConstraintMatrix;
  readonly kernels: RowKernels;
  readonly #rowsOf = new Map<number, Set<number>>();

  constructor(engine: Engine, name: FieldName, circuit: (shape: ShapeBuilder) => unknown) {
    this.engine = engine;
    this.name = name;
    this.shape = new ShapeBuilder(engine[name].modulus);
    circuit(this.shape);
    this.matrix = compile(this.shape);
    this.kernels = engine[name].rows(this.matrix.matrix);
    this.#listed.forEach((row, r) => {
      for (const v of variablesOf(row)) {
        const at = this.position(v);
        if (!this.#rowsOf.has(at)) this.#rowsOf.set(at, new Set());
        this.#rowsOf.get(at)!.add(r);
      }
    });
  }

  /** The listed rows in their compiled order: quadratic ones, then S-boxes. */
  get #listed(): readonly (ShapeRow | ShapeBox)[] {
    const { rows, boxes, families } = this.shape;
    return [...rowOrder(rows.length, families).map((i) => rows[i]!), ...boxes];
  }

  /** Index in z of a tagged variable. */
  position(v: number): number {
    const { offsets } = this.matrix;
    return [0, 1, ...PARTS.map((part) => offsets[part])][Math.floor(v / BLOCK)]! + (v % BLOCK);
  }

  /** z of one run of the circuit. */
  witness<T>(
    circuit: (cs: WitnessWriter) => T,
    model: readonly bigint[] = [],
    cheat?: Cheat,
  ): { z: bigint[]; result: T } {
    const plain = new WitnessWriter(this.engine, this.name, this.matrix.sizes);
    const writer = cheat ? cheating(plain, cheat) : plain;
    const result = circuit(writer);
    const { x, bits, fields } = writer.finish();
    const z = [1n, ...x, ...model, ...Array.from(bits, BigInt), ...this.engine[this.name].decode(fields)];
    return { z, result };
  }

  /** By the compiled system and the kernels. */
  violation(z: readonly bigint[]): Violation | undefined {
    const field = this.engine[this.name];
    return firstViolation(field, this.kernels, this.matrix, field.encode(z));
  }

  /** By the recorded rows and bigints: the rows b(b - u), then the listed rows, none of them times a power of u. */
  rows(z: readonly bigint[]): bigint[] {
    const p = this.shape.modulus;
    const { bits, fields } = this.matrix.offsets;
    const implied = z.slice(bits, fields).map((b) => (b * (b - z[0]! + p)) % p);
    return [...implied, ...this.#listed.map((row) => this.#row(row, z))];
  }
  #row(row: ShapeRow | ShapeBox, z: readonly bigint[]): bigint {
    const p = this.shape.modulus;
    const form = (f: LinearForm): bigint => f.vars.reduce((s, v, k) => s + f.coefs[k]! * z[this.position(v)]!, 0n) % p;
    if ('input' in row) {
      const box = (form(row.input) ** 5n - form(row.output) * z[0]! ** 4n) % p;
      return box < 0n ? box + p : box;
    }
    return row.reduce((s, [a, b]) => s + form(a) * form(b), 0n) % p;
  }

  /** Listed rows that do not vanish. */
  violatedRows(z: readonly bigint[]): number[] {
    return this.#listed.flatMap((row, r) => (this.#row(row, z) === 0n ? [] : [r]));
  }

  /** Positions of a satisfying z whose change by one (a flip, for a bit) no listed row notices. */
  undetected(z: readonly bigint[], from = 1): number[] {
    const { bits, fields } = this.matrix.offsets;
    const changed = [...z];
    const listed = this.#listed;
    return z.flatMap((value, at) => {
      if (at < from) return [];
      changed[at] = at >= bits && at < fields ? 1n - value : (value + 1n) % this.shape.modulus;
      const noticed = [...(this.#rowsOf.get(at) ?? [])].some((r) => this.#row(listed[r]!, changed) !== 0n);
      changed[at] = value;
      return noticed ? [] : [at];
    });
  }
}

/** The variables of a listed row. */
export function variablesOf(row: ShapeRow | ShapeBox): readonly number[] {
  if ('input' in row) return [...row.input.vars, ...row.output.vars];
  return row.flatMap(([a, b]) => [...a.vars, ...b.vars]);
}

/** A gadget as a function of field elements; its inputs are allocated first, as field variables. */
export type GadgetBody = <E>(cs: ConstraintSystem<E>, inputs: readonly E[]) => readonly E[];

export interface GadgetRun {
  readonly outputs: readonly bigint[];
  readonly z: bigint[];
}

export class Gadget {
  readonly system: TestSystem;
  /** What the gadget itself makes, its inputs not counted. */
  readonly cost: Pick<SystemSizes, 'rows' | 'bits' | 'fields' | 'products'> & {
    /** Absent without S-boxes, which few gadgets have. */
    readonly boxes: number | undefined;
  };
  readonly #count: number;
  readonly #body: GadgetBody;

  constructor(engine: Engine, name: FieldName, count: number, body: GadgetBody) {
    this.#count = count;
    this.#body = body;
    this.system = new TestSystem(engine, name, (cs) => this.#run(cs, []));
    const { rows, boxes, bits, fields, products } = this.system.matrix.sizes;
    this.cost = { rows, boxes: boxes || undefined, bits, fields: fields - count, products };
  }
  #run<E>(cs: ConstraintSystem<E>, inputs: readonly bigint[]): readonly E[] {
    return this.#body(
      cs,
      Array.from({ length: this.#count }, (_, k) => cs.field(() => inputs[k]!)),
    );
  }

  /** Runs on inputs; `cheat` counts the field allocations from the gadget's own first one. */
  run(inputs: readonly bigint[], cheat?: Cheat): GadgetRun {
    const shifted =
      (choose: Cheat): Cheat =>
      (kind, index, honest) => {
        if (kind === 'bits') return choose(kind, index, honest);
        return index < this.#count ? honest() : choose(kind, index - this.#count, honest);
      };
    const { z, result } = this.system.witness((cs) => this.#run(cs, inputs), [], cheat && shifted(cheat));
    return { outputs: result, z };
  }

  /** Outputs of an honest run, which must satisfy every row both by the kernels and by bigints. */
  accepted(inputs: readonly bigint[]): readonly bigint[] {
    const { outputs, z } = this.run(inputs);
    expect(this.system.violation(z)).toBeUndefined();
    expect(this.system.violatedRows(z)).toEqual([]);
    return outputs;
  }

  /** The listed rows that a cheating run violates. */
  violated(inputs: readonly bigint[], values: Parameters<typeof replacing>[0]): number[] {
    return this.system.violatedRows(this.run(inputs, replacing(values)).z);
  }

  /** Positions of the gadget's own variables in z: bits and fields, inputs not counted. */
  ownVariables(): number[] {
    const { bits, fields } = this.system.matrix.offsets;
    const end = this.system.matrix.matrix.variables;
    return Array.from({ length: end - bits }, (_, k) => bits + k).filter(
      (at) => at < fields || at >= fields + this.#count,
    );
  }

  /** Own variables that can be changed alone without a violated row. Empty for a gadget that leaves no freedom. */
  loose(inputs: readonly bigint[]): number[] {
    const own = new Set(this.ownVariables());
    return this.system.undetected(this.run(inputs).z).filter((at) => own.has(at));
  }
}

/** Uniform below 2^n, with the ends and the powers of two more often than chance gives them. */
export function integers(n: number): fc.Arbitrary<bigint> {
  const max = (1n << BigInt(n)) - 1n;
  return fc.oneof(
    { weight: 4, arbitrary: fc.bigInt(0n, max) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, max, max - 1n) },
    { weight: 1, arbitrary: fc.nat(n - 1).map((k) => 1n << BigInt(k)) },
  );
}

/** Elements of a prime field, boundary values more often than chance gives them. */
export function elements(p: bigint): fc.Arbitrary<bigint> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.bigInt(0n, p - 1n) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n, p - 1n, p - 2n, p >> 1n) },
  );
}

/**
 * Points other than infinity, uniform: any relation with small coefficients between several of them, such as an exceptional
 * addition, has probability of about 2^-250. With small multiples preferred, as numbers are by default, it would be met.
 */
export function points(curve: CurveParams): fc.Arbitrary<Affine> {
  return fc.noBias(fc.bigInt(1n, curve.order - 1n)).map((k) => mul(curve, curve.generator, k)!);
}
