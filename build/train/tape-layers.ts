/** The layers on a tape: what stands where, as lists of products. */
import { erf, gelu } from '../../src/operators/finite.ts';
import {
  type Convolution,
  convolved,
  type Layers,
  NORM_EPSILON,
  type Parameters,
  product,
  type Shaped,
  weightSize,
} from './layers.ts';
import { type Numbers, type Tape, type Taps, zeros } from './tape.ts';

export interface TapeValue extends Shaped {
  readonly rows: Numbers;
}

/** A list of taps that grows. */
class Products {
  readonly #list: [number, number, number][] = [];

  push(to: number, from: number, by: number): void {
    this.#list.push([to, from, by]);
  }

  taps(): Taps {
    const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(this.#list, (tap) => tap[k]);
    return { to: column(0), from: column(1), by: column(2) };
  }
}

/** Sums over `count`, for each of `rows` results. */
function sums(rows: number, count: number, tap: (row: number, k: number) => readonly [from: number, by: number]): Taps {
  const list = new Products();
  for (let row = 0; row < rows; row++) for (let k = 0; k < count; k++) list.push(row, ...tap(row, k));
  return list.taps();
}

const indices = (count: number, index: (i: number) => number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => index(i));

function convolutionTaps(from: readonly number[], convolution: Convolution): Taps {
  const { kernel, stride = 1, groups = 1 } = convolution;
  const [channels, height, width] = from as [number, number, number];
  const { shape, pad } = convolved(from, convolution);
  const inside = channels / groups;
  const list = new Products();
  for (let to = 0; to < product(shape); to++) {
    const [x, y] = [to % shape[2], Math.floor(to / shape[2]) % shape[1]];
    const channel = Math.floor(to / (shape[1] * shape[2]));
    const first = Math.floor((channel * groups) / shape[0]) * inside;
    for (let k = 0; k < inside * kernel * kernel; k++) {
      const row = y * stride - pad + (Math.floor(k / kernel) % kernel);
      const column = x * stride - pad + (k % kernel);
      const source = first + Math.floor(k / (kernel * kernel));
      if (row >= 0 && row < height && column >= 0 && column < width)
        list.push(to, (source * height + row) * width + column, channel * inside * kernel * kernel + k);
    }
  }
  return list.taps();
}

export class TapeLayers implements Layers<TapeValue> {
  constructor(
    private readonly tape: Tape,
    private readonly parameters: Parameters,
  ) {}

  conv(name: string, { shape: from, rows }: TapeValue, convolution: Convolution): TapeValue {
    const { channels, kernel, groups = 1 } = convolution;
    const { shape } = convolved(from, convolution);
    const inside = (from[0]! / groups) * kernel * kernel;
    const weights = this.parameters.make(`${name}.weight`, [channels, inside], weightSize(inside));
    const sum = this.tape.linear(rows, weights, convolutionTaps(from, convolution), product(shape));
    return { shape, rows: this.#bias(name, sum, channels, shape, (i) => Math.floor(i / (shape[1] * shape[2]))) };
  }

  dense(name: string, { shape: from, rows }: TapeValue, width: number): TapeValue {
    const inside = from.at(-1)!;
    const shape = [...from.slice(0, -1), width];
    const weights = this.parameters.make(`${name}.weight`, [width, inside], weightSize(2 * inside));
    const taps = sums(product(shape), inside, (i, k) => [Math.floor(i / width) * inside + k, (i % width) * inside + k]);
    const sum = this.tape.linear(rows, weights, taps, product(shape));
    return { shape, rows: this.#bias(name, sum, width, shape, (i) => i % width) };
  }

  norm(name: string, { shape, rows }: TapeValue): TapeValue {
    const width = shape.at(-1)!;
    const normal = this.tape.normalize(rows, width, NORM_EPSILON);
    const factors = this.parameters.make(`${name}.weight`, [width], 0, 1);
    const taps = sums(product(shape), 1, (i) => [i, i % width]);
    const scaled = this.tape.linear(normal, factors, taps, product(shape));
    return { shape, rows: this.#bias(name, scaled, width, shape, (i) => i % width) };
  }

  places(name: string, { shape, rows }: TapeValue): TapeValue {
    const table = this.parameters.make(name, shape, 0.5);
    return {
      shape,
      rows: this.tape.bias(
        rows,
        table,
        indices(product(shape), (i) => i),
      ),
    };
  }

  attention(queries: TapeValue, keys: TapeValue, values: TapeValue, heads: number): TapeValue {
    const { shape } = queries;
    const [tokens, width] = shape as [number, number];
    const size = width / heads;
    const constant = constants(1 / Math.sqrt(size));
    // scores and weights are [heads, tokens, tokens]
    const count = heads * tokens * tokens;
    const place = (i: number): readonly [head: number, query: number, key: number] => [
      Math.floor(i / (tokens * tokens)),
      Math.floor(i / tokens) % tokens,
      i % tokens,
    ];
    const scores = this.tape.products(
      queries.rows,
      keys.rows,
      sums(count, size, (i, k) => {
        const [head, query, key] = place(i);
        return [query * width + head * size + k, key * width + head * size + k];
      }),
      count,
    );
    const scaled = this.tape.linear(
      scores,
      constant,
      sums(count, 1, (i) => [i, 0]),
      count,
    );
    const mixed = this.tape.products(
      this.tape.softmax(scaled, tokens),
      values.rows,
      sums(product(shape), tokens, (i, key) => {
        const [query, column] = [Math.floor(i / width), i % width];
        return [(Math.floor(column / size) * tokens + query) * tokens + key, key * width + column];
      }),
      product(shape),
    );
    return { shape, rows: mixed };
  }

  relu({ shape, rows }: TapeValue): TapeValue {
    return {
      shape,
      rows: this.tape.each(
        rows,
        (x) => Math.max(x, 0),
        (x) => (x > 0 ? 1 : 0),
      ),
    };
  }

  relu6({ shape, rows }: TapeValue): TapeValue {
    const clip = (x: number): number => Math.min(Math.max(x, 0), 6);
    return { shape, rows: this.tape.each(rows, clip, (x) => (x > 0 && x < 6 ? 1 : 0)) };
  }

  gelu({ shape, rows }: TapeValue): TapeValue {
    const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const slope = (x: number): number => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * density(x);
    return { shape, rows: this.tape.each(rows, gelu, slope) };
  }

  add({ shape, rows }: TapeValue, other: TapeValue): TapeValue {
    return { shape, rows: this.tape.add(rows, other.rows) };
  }

  tokens({ shape: [channels, ...area], rows }: TapeValue): TapeValue {
    const shape = [product(area), channels!];
    const taps = sums(product(shape), 1, (i) => [(i % channels!) * shape[0]! + Math.floor(i / channels!), 0]);
    return { shape, rows: this.tape.linear(rows, constants(1), taps, product(shape)) };
  }

  mean({ shape: from, rows }: TapeValue): TapeValue {
    const image = from.length === 3;
    const width = image ? from[0]! : from[1]!;
    const count = product(from) / width;
    const taps = sums(width, count, (i, k) => [image ? i * count + k : k * width + i, 0]);
    return { shape: [width], rows: this.tape.linear(rows, constants(1 / count), taps, width) };
  }

  #bias(name: string, rows: Numbers, count: number, shape: readonly number[], of: (i: number) => number): Numbers {
    const bias = this.parameters.make(`${name}.bias`, [count], 0);
    return this.tape.bias(rows, bias, indices(product(shape), of));
  }
}

/** One number that is not learned. */
function constants(value: number): Numbers {
  const constant = zeros(1);
  constant.value[0] = value;
  return constant;
}
