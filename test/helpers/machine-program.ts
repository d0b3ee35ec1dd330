/** Programs of the tensor machine written by hand: a step's model entries by name, and addresses of what a step writes. */
import { type ModelLayout, modelLayout, type Program, type ProgramPort } from '../../src/machine/program.ts';
import { groupStart, groupsPerMatrix, type MachineShape, slotsPerStep, VECTOR } from '../../src/machine/shape.ts';

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
  readonly #layout: ModelLayout;

  constructor(shape: MachineShape, j: number) {
    this.#shape = shape;
    this.#layout = modelLayout(shape);
    this.entries = new Float64Array(this.#layout.size);
    this.at = addresses(shape, j);
  }

  /** Where the arrays of the model stand. */
  get layout(): ModelLayout {
    return this.#layout;
  }
  #set(at: number, values: ArrayLike<number>): this {
    this.entries.set(Array.from(values), at);
    return this;
  }

  constant(n: number, values: ArrayLike<number>): this {
    return this.#set(this.#layout.constants.at(n), values);
  }
  /** Absorbs its own input slots as the network's input. */
  input(): this {
    this.entries[this.#layout.selectors.at(0)] = 1;
    return this.io(Array.from({ length: this.#shape.io }, (_, n) => this.at.input(n)));
  }
  /** Absorbs the vectors at these addresses as the network's output. */
  output(addresses: readonly number[]): this {
    this.entries[this.#layout.selectors.at(1)] = 1;
    return this.io(addresses);
  }
  io(addresses: readonly number[]): this {
    return this.#set(this.#layout.io.at(0), addresses);
  }
  reveal(address: number, on = true): this {
    this.entries[this.#layout.selectors.at(2)] = on ? 1 : 0;
    return this.#set(this.#layout.reveal.at(0), [address]);
  }
  /** Joins the matrices of the step. */
  join(): this {
    this.entries[this.#layout.selectors.at(3)] = 1;
    return this;
  }
  /** Vectors of a row of the bank, from its first on or from another. */
  bank(g: number, row: number, addresses: readonly number[], from = 0): this {
    addresses.forEach((address, n) => {
      this.entries[this.#layout.bank.at(from + n, g, row)] = address;
    });
    return this;
  }
  y(g: number, row: number, address: number): this {
    return this.#set(this.#layout.residual.at(0, g, row), [address]);
  }
  z(g: number, row: number, address: number): this {
    return this.#set(this.#layout.residual.at(1, g, row), [address]);
  }
  computed(g: number, lane: number, addresses: readonly number[]): this {
    const c = this.#matrixOf(g) - (this.#shape.matrices - this.#shape.computed);
    addresses.forEach((address, v) => {
      this.entries[this.#layout.computed.at(v, c, lane)] = address;
    });
    return this;
  }
  /** @param base by lane, or of all; `tag` too */
  lookup(g: number, v: number, index: number, base: number | readonly number[], tag: typeof base = 0): this {
    const lanes = (of: typeof base) => (typeof of === 'number' ? new Array<number>(VECTOR).fill(of) : of);
    const { index: multiplier, base: addresses, tags } = this.#layout;
    return this.#set(multiplier.at(g, v), [index])
      .#set(addresses.at(g, v), lanes(base))
      .#set(tags.at(g, v), lanes(tag));
  }
  /** The same weights of a lane in each row of a tile by itself. */
  shared(g: number, lane: number, weights: ArrayLike<number>): this {
    const width = this.#shape.rowVectors * VECTOR;
    for (let o = 0; o < this.#shape.tile; o++) this.weights(g, o * VECTOR + lane, weights, o * width);
    return this;
  }
  /** Weights of a lane of a tile in the matrix of a group, from number `from` of the tile on. */
  weights(g: number, lane: number, weights: ArrayLike<number>, from = 0): this {
    const width = this.#shape.rowVectors * VECTOR;
    const [o, l] = [Math.floor(lane / VECTOR), lane % VECTOR];
    Array.from(weights).forEach((weight, n) => {
      const [s, i] = [Math.floor((from + n) / width), (from + n) % width];
      const v = Math.floor(i / VECTOR);
      this.entries[this.#layout.weights.at(v, this.#matrixOf(g), o, l, s, i % VECTOR)] = weight;
    });
    return this;
  }
  #matrixOf(g: number): number {
    return Math.floor(g / groupsPerMatrix(this.#shape));
  }
  bias(g: number, row: number, values: ArrayLike<number>): this {
    return this.#set(this.#layout.bias.at(g, row), values);
  }
  m(g: number, row: number, multipliers: readonly number[]): this {
    const { m } = this.#layout;
    multipliers.forEach((multiplier, n) => {
      this.entries[m.at(g, row) + n * m.step[g]!] = multiplier;
    });
    return this;
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
