/**
 * Tensors of a random network that grows node by node, with what its generator has to know of them: shape, and numbers that
 * stay exact. All are multiples of a power of two, at most 2^24 times it, so that every partial sum is exact in float32, in the
 * reference run and in integers.
 */
import type { AttributeValue } from '../../src/ir/graph.ts';
import { entryCount, type Shape } from '../../src/layers/tensor-shape.ts';
import { GraphBuilder, seeded } from './chains.ts';

/** A tensor: its entries are multiples of `unit`, at most `bound`. */
export interface Wire {
  readonly name: string;
  readonly shape: Shape;
  readonly bound: number;
  readonly unit: number;
}

const EXACT = 2 ** 24;

export class Chance {
  readonly random: () => number;
  constructor(seed: number) {
    this.random = seeded(seed);
  }
  of(p: number): boolean {
    return this.random() < p;
  }
  whole(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }
  pick<T>(from: readonly T[]): T {
    return from[this.whole(0, from.length - 1)]!;
  }
  values(count: number, most: number, unit: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.whole(-most, most) * unit);
  }
}

export class Wires {
  readonly build: GraphBuilder;
  /** The input first. */
  readonly all: Wire[] = [];
  readonly #chance: Chance;

  constructor(chance: Chance, shape: Shape, bound: number, unit: number) {
    this.#chance = chance;
    this.build = new GraphBuilder(shape);
    this.all.push({ name: this.build.input.name, shape, bound, unit });
  }

  push(
    op: string,
    inputs: readonly string[],
    wire: Omit<Wire, 'name'>,
    attributes: Record<string, AttributeValue> = {},
  ): Wire {
    const made = { ...wire, name: this.build.node(op, inputs, attributes) };
    this.all.push(made);
    return made;
  }
  same(op: string, x: Wire): Wire {
    return this.push(op, [x.name], x);
  }
  floored(x: Wire): Wire {
    return this.push('Floor', [x.name], { ...x, bound: Math.ceil(x.bound), unit: Math.max(1, x.unit) });
  }

  /** A constant as initializer, as node, or behind an Identity. */
  constant(shape: Shape, data: ArrayLike<number>): string {
    const form = this.#chance.random();
    if (form < 0.2) return this.build.node('Constant', [], { value: { shape, data: Float64Array.from(data) } });
    if (form < 0.25 && shape.length === 0) return this.build.node('Constant', [], { value_float: data[0]! });
    if (form < 0.4 && shape.length === 1) return this.build.node('Constant', [], { value_floats: Array.from(data) });
    const initializer = this.build.constant(shape, data);
    return form > 0.9 ? this.build.node('Identity', [initializer]) : initializer;
  }

  /** Largest integers for weights with which sums of `terms` products with x stay exact; 0 where there are none. */
  weightSize(x: Wire, terms: number): number {
    return [3, 2, 1, 0].find((size) => (2 * terms * size * x.bound + 8) / (x.unit / 8) < EXACT)!;
  }

  /** The same numbers under another shape, by any of the three operators. */
  reshaped(x: Wire): Wire {
    if (this.#chance.of(0.15)) return this.same('Identity', x);
    if (this.#chance.of(0.4)) {
      const axis = this.#chance.whole(0, x.shape.length);
      const shape = [entryCount(x.shape.slice(0, axis)), entryCount(x.shape.slice(axis))];
      const negative = axis < x.shape.length && this.#chance.of(0.3);
      return this.push('Flatten', [x.name], { ...x, shape }, { axis: negative ? axis - x.shape.length : axis });
    }
    if (x.shape.length > 1 && this.#chance.of(0.4)) return this.regrouped(x, this.#chance.whole(1, x.shape.length - 1));
    const shape: number[] = [];
    let rest = entryCount(x.shape);
    for (let axes = this.#chance.whole(0, 3); axes > 0; axes--) {
      shape.push(this.#factor(rest));
      rest /= shape.at(-1)!;
    }
    return this.reshape(x, [...shape, rest]);
  }
  /** The axis `kept` has its size and its place afterwards, but is another one: easily taken for what it was. */
  regrouped(x: Wire, kept: number): Wire {
    const { shape } = x;
    const others = shape.filter((_, axis) => axis !== kept);
    const first = this.#factor(entryCount(others));
    const rest = entryCount(others) / first;
    const second = this.#chance.of(0.5) ? rest : this.#factor(rest);
    const spread = [first, second, rest / second, ...others.map(() => 1)].slice(0, others.length - 1);
    spread.push(entryCount(others) / entryCount(spread));
    return this.reshape(x, [...spread.slice(0, kept), shape[kept]!, ...spread.slice(kept)]);
  }
  #factor(n: number): number {
    return this.#chance.pick(Array.from({ length: n }, (_, k) => k + 1).filter((k) => n % k === 0));
  }
  into(x: Wire, shape: Shape): Wire {
    return x.shape.join() === shape.join() ? x : this.reshape(x, shape);
  }
  reshape(x: Wire, shape: Shape): Wire {
    const target = shape.map((dim, axis) => (dim === x.shape[axis] && this.#chance.of(0.3) ? 0 : dim));
    if (this.#chance.of(0.4)) target[this.#chance.whole(0, target.length - 1)] = -1;
    const name = this.#chance.of(0.2)
      ? this.build.node('Constant', [], { value_ints: target })
      : this.build.constant([target.length], target);
    return this.push('Reshape', [x.name, name], { ...x, shape });
  }
}
