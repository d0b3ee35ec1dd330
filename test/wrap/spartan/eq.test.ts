/** Multilinear extensions in the circuit against sums over all indices, and what they cost. */
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { CountingSystem } from '../../../src/circuit/counting-system.ts';
import { atOnce } from '../../../src/turns.ts';
import { EqTree, longSum, scaledEq, scaledZero } from '../../../src/wrap/spartan/eq.ts';
import { eqValues } from '../../folding/small-system.ts';
import { CheckingSystem } from '../../helpers/checking.ts';
import { elementsFrom } from '../folded.ts';

const engine = await createEngine();
const F = field(R);
const next = elementsFrom(11);
const point = Array.from({ length: 9 }, next);
const root = next();
const table = eqValues(point).map((v) => F.mul(v, root));

describe('EqTree', () => {
  it('has every value in any order', () => {
    const tree = new EqTree(new CheckingSystem(engine), root, point);
    for (const i of [511, 0, 7, 256, 255, 100, 511]) expect(tree.leaf(i)).toBe(table[i]);
    for (const [i, value] of table.entries()) expect(tree.leaf(i)).toBe(value);
  });

  it('packs aligned blocks of every size, those above 2^8 bits too', () => {
    const tree = new EqTree(new CheckingSystem(engine), root, point);
    for (let t = 0; t <= point.length; t++)
      for (let i = 0; i + 2 ** t <= table.length; i += 2 ** t) {
        const sum = table.slice(i, i + 2 ** t).reduce((s, v, k) => F.create(s + (1n << BigInt(k)) * v), 0n);
        expect(tree.packed(i, t)).toBe(sum);
      }
  });

  it('costs one multiplication for two neighbours, and a value once', () => {
    const cost = (use: (tree: EqTree<boolean>) => unknown): number => {
      const cs = new CountingSystem();
      use(new EqTree(cs, true, new Array(9).fill(true)));
      return cs.total;
    };
    expect(cost((t) => t.leaf(300))).toBe(9);
    expect(cost((t) => [t.leaf(300), t.leaf(301), t.leaf(300)])).toBe(9);
    expect(cost((t) => table.map((_, i) => t.leaf(i)))).toBe(511);
    // down to a block of 8 bits, two products for its factor, one for the block
    expect(cost((t) => t.packed(8, 3))).toBe(6 + 2 + 1);
    expect(cost((t) => [t.packed(8, 3), t.packed(8, 3)])).toBe(9);
  });

  it('is the tree of a single value for no coordinates', () => {
    expect(new EqTree(new CheckingSystem(engine), root, []).leaf(0)).toBe(root);
  });
});

describe('extensions', () => {
  it('scaledEq is the sum of both tables', () => {
    const other = point.map(next);
    const sum = eqValues(other).reduce((s, v, i) => F.create(s + v * table[i]!), 0n);
    expect(scaledEq(new CheckingSystem(engine), root, point, other)).toBe(sum);
  });

  it('scaledZero is the table at 0', () => {
    expect(scaledZero(new CheckingSystem(engine), root, point)).toBe(table[0]);
    expect(scaledZero(new CheckingSystem(engine), root, [])).toBe(root);
  });

  it('longSum adds all products, one constraint each', () => {
    const products = Array.from({ length: 150 }, () => [next(), next()] as const);
    const sum = products.reduce((s, [a, b]) => F.create(s + a * b), 0n);
    expect(atOnce(longSum(new CheckingSystem(engine), products))).toBe(sum);
    const cs = new CountingSystem();
    atOnce(
      longSum(
        cs,
        products.map(() => [true, true] as const),
      ),
    );
    expect(cs.total).toBe(150);
  });
});
