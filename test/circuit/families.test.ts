/** What a family takes for copies of one pattern, where its variables and rows stand, and what it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { compile } from '../../src/circuit/compile.ts';
import { alignmentOf } from '../../src/circuit/families.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { foldErrorOf } from '../helpers/errors.ts';

/** A shape with 16 model entries, and rows that `body` makes for each of four copies. */
function replicated(body: (shape: ShapeBuilder, c: number, model: readonly LinearForm[]) => void): ShapeBuilder {
  const shape = new ShapeBuilder(R);
  const model = shape.model(16);
  shape.replicate(2, (c) => body(shape, c, model));
  return shape;
}

const refusal = (body: Parameters<typeof replicated>[0]): string =>
  foldErrorOf(() => compile(replicated(body))).message;

describe('replicate', () => {
  it('stands variables in arrays by the number of the copy, at multiples of the copies', () => {
    const shape = new ShapeBuilder(R);
    shape.field();
    const own = shape.replicate(1, () => [shape.field(), shape.field(), ...shape.bits(2)]);
    const at = (form: LinearForm): number => form.vars[0]! % 2 ** 28;
    expect(own.map((forms) => forms.map(at))).toEqual([
      [2, 4, 0, 2],
      [3, 5, 1, 3],
    ]);
    expect(at(shape.field())).toBe(6);
    expect(shape.counts).toMatchObject({ fields: 7, bits: 4 });
  });

  it('puts rows of families first, those of more copies before the others, by the number of the copy', () => {
    const shape = new ShapeBuilder(R);
    const model = shape.model(16);
    const one = shape.constant(1n);
    const row = (m: number): void => shape.row([model[m]!, model[m]!], [model[m]!, one]);
    row(15);
    shape.replicate(1, (c) => {
      row(c);
      row(2 + c);
    });
    shape.replicate(2, (c) => row(4 + c));
    row(14);
    const { matrix, families, offsets } = compile(shape);
    const first = Array.from(matrix.rowStart.subarray(0, -1), (k) => matrix.prodA[k]! - offsets.model);
    expect(first).toEqual([4, 5, 6, 7, 0, 1, 2, 3, 15, 14]);
    expect(families.map(({ log, row: at, pattern }) => [log, at, pattern.length])).toEqual([
      [2, 0, 1],
      [1, 4, 2],
    ]);
  });

  it('says of any affine rows what their copies are', () => {
    const index = fc.record({ from: fc.nat(3), order: fc.shuffledSubarray([4, 8], { minLength: 0, maxLength: 2 }) });
    fc.assert(
      fc.property(
        fc.array(index, { minLength: 1, maxLength: 4 }),
        fc.bigInt(0n, R - 1n),
        fc.bigInt(1n, R - 1n),
        (indices, k, step) => {
          const place = (c: number, { from, order }: (typeof indices)[number]): number =>
            order.reduce((sum, stride, b) => sum + ((c >> b) & 1) * stride, from);
          const shape = replicated((cs, c, model) => {
            const [a] = cs.bits(1);
            const form = cs.sum(indices.map((i, t) => [BigInt(t + 2), model[place(c, i)]!] as const));
            cs.row(
              [form, a!],
              [
                cs.sum([
                  [1n, a!],
                  [k + step * BigInt(c), cs.constant(1n)],
                ]),
                cs.constant(1n),
              ],
            );
          });
          // indices that fall together in some copy are terms that do not stand for themselves there
          const apart = [0, 1, 2, 3].every((c) => new Set(indices.map((i) => place(c, i))).size === indices.length);
          if (!apart) return;
          const sorted = [0, 1, 2, 3].map((c) =>
            indices
              .map((_, t) => t)
              .sort((s, t) => place(c, indices[s]!) - place(c, indices[t]!))
              .join(),
          );
          if (new Set(sorted).size > 1) return;
          const [{ pattern }] = compile(shape).families as [ReturnType<typeof compile>['families'][number]];
          const [row] = pattern as [(typeof pattern)[number]];
          expect([row.constant, ...row.steps]).toEqual([k, step, (2n * step) % R]);
          const strides = row.products[0]![0].map((term) => term.strides);
          const byPlace = indices.toSorted((s, t) => s.from - t.from);
          expect(strides).toEqual(byPlace.map(({ order }) => [order[0] ?? 0, order[1] ?? 0]));
        },
      ),
    );
  });

  it('needs places that leave the bits of its strides free, and rows at a multiple of its copies', () => {
    const shape = new ShapeBuilder(R);
    const [model, fields] = [shape.model(64), Array.from({ length: 20 }, () => shape.field())];
    const one = shape.constant(1n);
    expect(alignmentOf(shape.rows, shape.families)).toEqual({ rows: 1, variables: {} });
    shape.replicate(2, (c) => {
      const [low, high] = [c % 2, c >> 1];
      // strides 1 and 16 in the model, 2 and 4 in the other entries, of the second row
      shape.row([model[3]!, fields[1]!]);
      shape.row([shape.sum([[5n, model[2 + low + 16 * high]!]]), shape.sum([[3n, fields[8 + 2 * low + 4 * high]!]])]);
    });
    expect(alignmentOf(shape.rows, shape.families)).toEqual({ rows: 4, variables: { model: 32, fields: 8 } });
    // operands of u alone, and families of more copies and smaller strides
    shape.replicate(3, (c) => shape.row([shape.sum([[1n + BigInt(c), one]]), one], [fields[c]!, fields[19]!]));
    expect(alignmentOf(shape.rows, shape.families)).toEqual({ rows: 8, variables: { model: 32, fields: 8 } });
  });

  it('refuses what is not affine in the number of the copy', () => {
    const square = (at: (c: number) => number) => refusal((cs, c, model) => cs.row([model[at(c)]!, model[0]!]));
    const NOT = 'A replicated row is not affine in the number of the copy';
    expect(() => compile(replicated((cs, c, m) => cs.row([m[c]!, m[0]!])))).not.toThrow();
    expect(square((c) => [0, 1, 2, 4][c]!)).toBe(`${NOT}: a variable of an operand.`);
    expect(square((c) => 3 * c)).toBe(`${NOT}: the strides of an operand.`);
    expect(square((c) => 3 - c)).toBe(`${NOT}: the strides of an operand.`);
    expect(square((c) => (c >> 1) + (c & 1))).toBe(`${NOT}: the strides of an operand.`);
    const one = (cs: ShapeBuilder) => cs.constant(1n);
    expect(refusal((cs, c, m) => cs.row([m[0]!, m[1]!], [cs.constant(BigInt(c * c + 1)), one(cs)]))).toBe(
      `${NOT}: a constant.`,
    );
    expect(refusal((cs, c, m) => cs.row([cs.add(m[0]!, cs.scale(BigInt(c + 1), m[1]!)), m[2]!]))).toBe(
      `${NOT}: the coefficients of an operand.`,
    );
    expect(refusal((cs, c, m) => cs.row(...[m[0]!, m[1]!].slice(c % 2).map((x) => [x, m[2]!] as const)))).toContain(
      'numbers of products',
    );
  });

  it('refuses copies that differ, nesting and S-boxes', () => {
    const built = (body: Parameters<typeof replicated>[0]): string => foldErrorOf(() => replicated(body)).message;
    expect(built((cs, c, m) => c > 0 && cs.row([m[0]!, m[1]!]))).toContain('number of rows');
    expect(built((cs, c) => cs.bits(c + 1))).toContain('in their variables');
    expect(built((cs) => cs.replicate(1, () => 0))).toContain('do not nest');
    expect(built((cs, _c, m) => cs.fifthPower(m[0]!))).toContain('no S-boxes');
  });

  it('is part of the digest: other families of the same rows are other systems', () => {
    const of = (log: number): string => {
      const shape = new ShapeBuilder(R);
      const model = shape.model(4);
      const row = (c: number): void => shape.row([model[c]!, model[c]!]);
      if (log > 0) shape.replicate(log, row);
      for (let c = log > 0 ? 2 ** log : 0; c < 4; c++) row(c);
      return Buffer.from(compile(shape).digest).toString('hex');
    };
    expect(new Set([0, 1, 2].map(of)).size).toBe(3);
  });
});
