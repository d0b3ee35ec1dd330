/** Programs of the tensor machine written by hand: a step's model entries by name, and addresses of what a step writes. */
import { modelLayout, type Program, type ProgramPort } from '../../src/machine/program.ts';
import { groupStart, type MachineShape, slotsPerStep, VECTOR } from '../../src/machine/shape.ts';

/** Addresses of the vectors that step j writes. */
export function addresses(shape: MachineShape, j: number) {
  const first = j * slotsPerStep(shape);
  const start = (g: number): number => first + groupStart(shape, g);
  return {
    constant: (n: number): number => first + n,
    input: (n: number): number => first + shape.constants + n,
    lane: (g: number, row: number): number => start(g) + row,
    values: (g: number, v: number): number => start(g) + shape.rows + 2 * v,
    slopes: (g: number, v: number): number => start(g) + shape.rows + 2 * v + 1,
  };
}

/** One step's model entries; all zero at first, so every read finds the vector at address 0 and every lane gives 0. */
export class StepBuilder {
  readonly entries: Float64Array;
  readonly at: ReturnType<typeof addresses>;
  readonly #shape: MachineShape;
  readonly #layout: ReturnType<typeof modelLayout>;

  constructor(shape: MachineShape, j: number) {
    this.#shape = shape;
    this.#layout = modelLayout(shape);
    this.entries = new Float64Array(this.#layout.size);
    this.at = addresses(shape, j);
  }

  /** Entries of the model by name: where they stand, the group's where one is given. */
  place(name: 'constants' | 'io' | 'reveal' | 'selectors'): number;
  place(
    name: 'bank' | 'y' | 'z' | 'computed' | 'index' | 'base' | 'shared' | 'dense' | 'bias' | 'm',
    g: number,
  ): number;
  place(name: string, g?: number): number {
    const from = g === undefined ? this.#layout : this.#layout.groups[g]!;
    return (from as unknown as Record<string, number>)[name]!;
  }
  #set(at: number, values: ArrayLike<number>): this {
    this.entries.set(Array.from(values), at);
    return this;
  }

  constant(n: number, values: ArrayLike<number>): this {
    return this.#set(this.place('constants') + n * VECTOR, values);
  }
  /** Absorbs its own input slots as the network's input. */
  input(): this {
    this.entries[this.place('selectors')] = 1;
    return this.io(Array.from({ length: this.#shape.io }, (_, n) => this.at.input(n)));
  }
  /** Absorbs the vectors at these addresses as the network's output. */
  output(addresses: readonly number[]): this {
    this.entries[this.place('selectors') + 1] = 1;
    return this.io(addresses);
  }
  io(addresses: readonly number[]): this {
    return this.#set(this.place('io'), addresses);
  }
  reveal(address: number, on = true): this {
    this.entries[this.place('selectors') + 2] = on ? 1 : 0;
    return this.#set(this.place('reveal'), [address]);
  }
  /** Vectors of a row of the bank, from its first on or from another. */
  bank(g: number, row: number, addresses: readonly number[], from = 0): this {
    return this.#set(this.place('bank', g) + row * this.#shape.rowVectors + from, addresses);
  }
  y(g: number, row: number, address: number): this {
    return this.#set(this.place('y', g) + row, [address]);
  }
  z(g: number, row: number, address: number): this {
    return this.#set(this.place('z', g) + row, [address]);
  }
  computed(g: number, lane: number, addresses: readonly number[]): this {
    return this.#set(this.place('computed', g) + lane * this.#shape.rowVectors, addresses);
  }
  lookup(g: number, v: number, index: number, base: number | readonly number[]): this {
    const bases = typeof base === 'number' ? new Array<number>(VECTOR).fill(base) : base;
    return this.#set(this.place('index', g) + v, [index]).#set(this.place('base', g) + v * VECTOR, bases);
  }
  /** Weights of an output lane of the shared unit, from number `from` of a row on. */
  shared(g: number, lane: number, weights: ArrayLike<number>, from = 0): this {
    return this.#set(this.place('shared', g) + lane * this.#shape.rowVectors * VECTOR + from, weights);
  }
  dense(g: number, output: number, weights: ArrayLike<number>, from = 0): this {
    const width = this.#shape.dense.rows * this.#shape.rowVectors * VECTOR;
    return this.#set(this.place('dense', g) + output * width + from, weights);
  }
  bias(g: number, row: number, values: ArrayLike<number>): this {
    return this.#set(this.place('bias', g) + row * VECTOR, values);
  }
  m(g: number, row: number, multipliers: readonly number[]): this {
    return this.#set(this.place('m', g) + row * 5, multipliers);
  }
}

/** A port whose numbers stand one after another from the first block on. */
export function port(name: string, length: number, from = 0): ProgramPort {
  return { name, shape: [length], scale: 1, places: Int32Array.from({ length }, (_, i) => from + i) };
}

export function programOf(
  shape: MachineShape,
  steps: readonly StepBuilder[],
  ports: Pick<Program, 'inputs' | 'outputs' | 'reveals'>,
): Program {
  return {
    shape,
    steps: steps.length,
    ...ports,
    nodeOf: (step, group, row) => `node ${step}.${group}.${row}`,
    model: (j) => steps[j]!.entries.slice(),
  };
}
