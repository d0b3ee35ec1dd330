/** What the shape builder records for a row, and what a compiled system shares and digests. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { Q, R } from '../../src/algebra/params.ts';
import { compile } from '../../src/circuit/compile.ts';
import { assertEqual, type Product } from '../../src/circuit/constraint-system.ts';
import { constantOf, type LinearForm, singleton, VAR_U, variable } from '../../src/circuit/linear-form.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const engine = await createEngine();

describe('ShapeBuilder', () => {
  const u = singleton(VAR_U);

  it('gathers every linear term of a row into one product with u, last, and drops zeros', () => {
    const shape = new ShapeBuilder(R);
    const [a, b] = [shape.field(), shape.field()];
    const two = shape.constant(2n);
    shape.row([a, two], [a, b], [shape.constant(3n), b], [shape.constant(0n), a], [shape.sub(a, a), b], [two, two]);
    const [row] = shape.rows;
    expect(row).toEqual([
      [a, b],
      [{ vars: [VAR_U, variable('fields', 0), variable('fields', 1)], coefs: [4n, 2n, 3n] }, u],
    ]);
    shape.row([a, shape.constant(1n)], [shape.scale(-1n, a), shape.constant(1n)], [b, b]);
    expect(shape.rows[1]).toEqual([[b, b]]);
  });

  it('refuses a row in which nothing is left', () => {
    const shape = new ShapeBuilder(Q);
    const a = shape.field();
    const one = shape.constant(1n);
    const refused = (...products: readonly Product<LinearForm>[]): void => {
      const error = foldErrorOf(() => shape.scope('here', () => shape.row(...products)));
      expect([error.code, error.message]).toEqual(['E_BUG', 'an empty row in here']);
    };
    refused();
    refused([shape.constant(0n), a]);
    refused([a, one], [shape.scale(-1n, a), one]);
    expect(foldErrorOf(() => assertEqual(shape, a, a)).code).toBe('E_BUG');
  });

  it('keeps forms canonical: sorted, reduced, without zeros', () => {
    const shape = new ShapeBuilder(R);
    const [a, b] = [shape.field(), shape.field()];
    const left = shape.sum([
      [-1n, b],
      [R + 2n, a],
      [5n, shape.constant(0n)],
    ]);
    expect(left).toEqual({ vars: [variable('fields', 0), variable('fields', 1)], coefs: [2n, R - 1n] });
    expect(left).toEqual(shape.sub(shape.scale(2n, a), b));
    expect(shape.sub(left, left)).toEqual(shape.sum([]));
    expect([shape.constant(0n), shape.constant(-1n), a].map(constantOf)).toEqual([0n, R - 1n, undefined]);
  });

  it('has no values, and one set of public inputs', () => {
    const shape = new ShapeBuilder(R);
    expect(foldErrorOf(() => shape.value()).code).toBe('E_BUG');
    shape.publicInputs(() => [], 1);
    expect(foldErrorOf(() => shape.publicInputs(() => [], 1)).code).toBe('E_BUG');
  });
});

describe('compile', () => {
  interface Options {
    readonly coefficient?: bigint;
    readonly factor?: bigint;
    readonly extraRow?: boolean;
    readonly swapRows?: boolean;
    readonly bits?: number;
    readonly model?: number;
    readonly inputs?: number;
    readonly fields?: number;
    readonly scope?: string;
    readonly modulus?: bigint;
    readonly other?: boolean;
    /** Of the S-box: its operand's coefficient, its input and output, and how many there are. */
    readonly multiple?: bigint;
    readonly input?: number;
    readonly boxes?: number;
  }
  const build = (o: Options = {}): ShapeBuilder => {
    const shape = new ShapeBuilder(o.modulus ?? R);
    const [x] = shape.publicInputs(() => [], o.inputs ?? 1);
    const [m, m1] = shape.model(o.model ?? 2);
    const [b] = shape.bits(o.bits ?? 4);
    const f = Array.from({ length: o.fields ?? 2 }, () => shape.field());
    const form = shape.sum([
      [o.coefficient ?? 7n, m!],
      [1n, b!],
    ]);
    const first = () => shape.row([form, x!], [shape.scale(o.factor ?? 1n, o.other ? m1! : m!), f[1]!]);
    const second = () => shape.row([form, form], [f[0]!, shape.constant(1n)]);
    shape.scope(o.scope ?? 'rows', () => {
      if (o.swapRows) {
        second();
        first();
      } else {
        first();
        second();
      }
      if (o.extraRow) shape.row([x!, x!]);
      for (let k = 0; k < (o.boxes ?? 1); k++) shape.fifthPower(shape.scale(o.multiple ?? 1n, f[o.input ?? 0]!));
    });
    return shape;
  };
  const hex = (o: Options = {}): string => Buffer.from(compile(build(o)).digest).toString('hex');

  it('evaluates equal forms once and lets single variables be operands', () => {
    const { matrix, sizes, offsets } = compile(build());
    expect(sizes).toEqual({
      ...{ x: 1, model: 2, traceBits: 0, traceFields: 0, bits: 4, fields: 3 },
      ...{ rows: 2, boxes: 1, products: 4, forms: 1, terms: 2 },
    });
    expect(offsets).toEqual({ model: 2, traceBits: 4, traceFields: 4, bits: 4, fields: 8 });
    expect(matrix.variables).toBe(11);
    expect([...matrix.prodA]).toEqual([11, 2, 11, 8]);
    expect([...matrix.prodB]).toEqual([1, 9, 11, 0]);
    expect([...matrix.boxIn, ...matrix.boxOut]).toEqual([8, 10]);
    expect([...matrix.formVar]).toEqual([2, 4]);
    const coefficient = (k: number): bigint => engine.fr.decode(engine.fr.fromCanonical(matrix.coefficients))[k]!;
    expect([coefficient(0), coefficient(1), coefficient(matrix.formCoef[0]!)]).toEqual([1n, R - 1n, 7n]);
  });

  it('takes a multiple of a variable as a form where an S-box needs it: there is no coefficient', () => {
    const { matrix, sizes } = compile(build({ multiple: 5n }));
    expect([sizes.forms, sizes.terms]).toEqual([2, 3]);
    expect([...matrix.boxIn, ...matrix.boxOut]).toEqual([12, 10]);
  });

  it('puts a trace between model and bits, and its bits first, in whatever order they are allocated', () => {
    const shape = build();
    const [field] = shape.trace(2);
    const [bit] = shape.traceBits(3);
    shape.row([field!, bit!]);
    const { matrix, offsets, sizes } = compile(shape);
    expect([sizes.traceBits, sizes.traceFields, matrix.variables]).toEqual([3, 2, 16]);
    expect(offsets).toEqual({ model: 2, traceBits: 4, traceFields: 7, bits: 9, fields: 13 });
    expect([matrix.prodA.at(-1), matrix.prodB.at(-1)]).toEqual([7, 4]);
  });

  it('digests how many bits of a trace there are, whose rows are implied', () => {
    const traced = (bits: number, fields: number): string => {
      const shape = build();
      shape.traceBits(bits);
      shape.trace(fields);
      return Buffer.from(compile(shape).digest).toString('hex');
    };
    expect(traced(0, 0)).toBe(hex());
    const others = [hex(), traced(1, 1), traced(0, 2), traced(2, 0), traced(2, 1)];
    expect(new Set(others).size).toBe(others.length);
  });

  it('is deterministic', () => {
    const [a, b] = [compile(build()), compile(build())];
    expect(a).toEqual(b);
    expect(Buffer.from(a.digest).toString('hex')).toMatchInlineSnapshot(
      `"3cabe922982abe331e17ff99fad1cf3b46e9148d5e2e9f45262f6aee7e64dc26"`,
    );
  });

  it('digests every row, coefficient, operand, order and size, but no name', () => {
    const variants: Options[] = [
      {},
      { coefficient: 8n },
      { factor: 2n },
      { extraRow: true },
      { swapRows: true },
      { bits: 5 },
      { model: 3 },
      { inputs: 2 },
      { fields: 3 },
      { modulus: Q },
      { other: true },
      { multiple: 2n },
      { input: 1 },
      { boxes: 0 },
      { boxes: 2 },
    ];
    expect(new Set(variants.map(hex)).size).toBe(variants.length);
    expect(hex({ scope: 'another name' })).toBe(hex());
  });
});
