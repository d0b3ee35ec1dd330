/**
 * Reverse-mode differentiation. A network is laid out once, as operations on rows; a row has one number for each sample of a batch, so that the
 * inner loop of everything is over samples. Whatever is linear, convolutions, matrices, means, is one operation: a list of products to be summed.
 */

/** Numbers with the derivative of the loss by each. */
export interface Numbers {
  readonly value: Float64Array;
  readonly grad: Float64Array;
}

/** Products to be summed, in lists of equal length: row `to` of the result has row `from` times the weight, or row, `by`. */
export interface Taps {
  readonly to: Int32Array;
  readonly from: Int32Array;
  readonly by: Int32Array;
}

export const zeros = (count: number): Numbers => ({
  value: new Float64Array(count),
  grad: new Float64Array(count),
});

export class Tape {
  readonly #forward: (() => void)[] = [];
  readonly #backward: (() => void)[] = [];
  readonly #results: Numbers[] = [];

  constructor(readonly batch: number) {}

  /** Rows that are given. */
  input(rows: number): Numbers {
    return zeros(rows * this.batch);
  }

  /** `rows` sums of rows of x times weights. */
  linear(x: Numbers, weights: Numbers, { to, from, by }: Taps, rows: number): Numbers {
    const { batch } = this;
    const y = this.#result(rows);
    // the inner loops are most of all work: whatever they read is at hand
    const { value, grad } = y;
    const { value: given, grad: back } = x;
    const run = (): void => {
      value.fill(0);
      for (let k = 0; k < to.length; k++) {
        const weight = weights.value[by[k]!]!;
        for (let at = to[k]! * batch, source = from[k]! * batch, end = at + batch; at < end; at++, source++)
          value[at]! += weight * given[source]!;
      }
    };
    return this.#add(y, run, () => {
      for (let k = 0; k < to.length; k++) {
        const weight = weights.value[by[k]!]!;
        let sum = 0;
        for (let at = to[k]! * batch, source = from[k]! * batch, end = at + batch; at < end; at++, source++) {
          const g = grad[at]!;
          back[source]! += weight * g;
          sum += given[source]! * g;
        }
        weights.grad[by[k]!]! += sum;
      }
    });
  }

  /** Row r with the number `of[r]` of b added. */
  bias(x: Numbers, b: Numbers, of: Int32Array): Numbers {
    const { batch } = this;
    const y = this.#result(of.length);
    const run = (): void => {
      for (let i = 0; i < y.value.length; i++) y.value[i] = x.value[i]! + b.value[of[Math.floor(i / batch)]!]!;
    };
    return this.#add(y, run, () => {
      for (let i = 0; i < y.grad.length; i++) {
        x.grad[i]! += y.grad[i]!;
        b.grad[of[Math.floor(i / batch)]!]! += y.grad[i]!;
      }
    });
  }

  /** `rows` sums of rows of x times rows of z. */
  products(x: Numbers, z: Numbers, { to, from, by }: Taps, rows: number): Numbers {
    const { batch } = this;
    const y = this.#result(rows);
    const run = (): void => {
      y.value.fill(0);
      for (let k = 0; k < to.length; k++) {
        const [at, left, right] = [to[k]! * batch, from[k]! * batch, by[k]! * batch];
        for (let s = 0; s < batch; s++) y.value[at + s]! += x.value[left + s]! * z.value[right + s]!;
      }
    };
    return this.#add(y, run, () => {
      for (let k = 0; k < to.length; k++) {
        const [at, left, right] = [to[k]! * batch, from[k]! * batch, by[k]! * batch];
        for (let s = 0; s < batch; s++) {
          const g = y.grad[at + s]!;
          x.grad[left + s]! += z.value[right + s]! * g;
          z.grad[right + s]! += x.value[left + s]! * g;
        }
      }
    });
  }

  add(x: Numbers, z: Numbers): Numbers {
    const y = this.#result(x.value.length / this.batch);
    const run = (): void => {
      for (let i = 0; i < y.value.length; i++) y.value[i] = x.value[i]! + z.value[i]!;
    };
    return this.#add(y, run, () => {
      for (let i = 0; i < y.grad.length; i++) {
        x.grad[i]! += y.grad[i]!;
        z.grad[i]! += y.grad[i]!;
      }
    });
  }

  /** A function of each number, with its derivative. */
  each(x: Numbers, f: (x: number) => number, slope: (x: number) => number): Numbers {
    const y = this.#result(x.value.length / this.batch);
    const run = (): void => {
      for (let i = 0; i < y.value.length; i++) y.value[i] = f(x.value[i]!);
    };
    return this.#add(y, run, () => {
      for (let i = 0; i < y.grad.length; i++) x.grad[i]! += slope(x.value[i]!) * y.grad[i]!;
    });
  }

  /** (x - mean) / sqrt(variance + epsilon) of each `size` rows. */
  normalize(x: Numbers, size: number, epsilon: number): Numbers {
    const inverses = new Float64Array(x.value.length / size);
    const mean = (term: (at: number) => number, places: Places): number => places.sum(term) / size;
    return this.#grouped(
      x,
      size,
      (y, places, group) => {
        const middle = mean((at) => x.value[at]!, places);
        const inverse = 1 / Math.sqrt(mean((at) => (x.value[at]! - middle) ** 2, places) + epsilon);
        inverses[group] = inverse;
        places.each((at) => {
          y.value[at] = (x.value[at]! - middle) * inverse;
        });
      },
      (y, places, group) => {
        const shift = mean((at) => y.grad[at]!, places);
        const stretch = mean((at) => y.grad[at]! * y.value[at]!, places);
        places.each((at) => {
          x.grad[at]! += inverses[group]! * (y.grad[at]! - shift - y.value[at]! * stretch);
        });
      },
    );
  }

  softmax(x: Numbers, size: number): Numbers {
    return this.#grouped(
      x,
      size,
      (y, places) => {
        let most = -Infinity;
        places.each((at) => {
          most = Math.max(most, x.value[at]!);
        });
        places.each((at) => {
          y.value[at] = Math.exp(x.value[at]! - most);
        });
        const total = places.sum((at) => y.value[at]!);
        places.each((at) => {
          y.value[at]! /= total;
        });
      },
      (y, places) => {
        const common = places.sum((at) => y.grad[at]! * y.value[at]!);
        places.each((at) => {
          x.grad[at]! += y.value[at]! * (y.grad[at]! - common);
        });
      },
    );
  }

  /** Computes all results from what is given. */
  run(): void {
    for (const forward of this.#forward) forward();
  }

  /** Adds to the derivatives of all weights; `seed` writes those of the last result. */
  back(seed: () => void): void {
    for (const { grad } of this.#results) grad.fill(0);
    seed();
    for (const backward of this.#backward.toReversed()) backward();
  }

  #result(rows: number): Numbers {
    const result = zeros(rows * this.batch);
    this.#results.push(result);
    return result;
  }

  #add(result: Numbers, forward: () => void, backward: () => void): Numbers {
    this.#forward.push(forward);
    this.#backward.push(backward);
    return result;
  }

  /** An operation on each `size` rows, of each sample by itself. */
  #grouped(x: Numbers, size: number, forward: OfGroup, backward: OfGroup): Numbers {
    const { batch } = this;
    const rows = x.value.length / batch;
    const y = this.#result(rows);
    const all = (work: OfGroup) => (): void => {
      for (let group = 0; group < rows / size; group++)
        for (let s = 0; s < batch; s++) work(y, new Places(group * size * batch + s, size, batch), group * batch + s);
    };
    return this.#add(y, all(forward), all(backward));
  }
}

type OfGroup = (y: Numbers, places: Places, group: number) => void;

/** Where the numbers of one sample stand in neighbouring rows. */
class Places {
  constructor(
    private readonly start: number,
    private readonly size: number,
    private readonly stride: number,
  ) {}

  each(visit: (at: number) => void): void {
    for (let k = 0, at = this.start; k < this.size; k++, at += this.stride) visit(at);
  }

  sum(term: (at: number) => number): number {
    let sum = 0;
    for (let k = 0, at = this.start; k < this.size; k++, at += this.stride) sum += term(at);
    return sum;
  }
}
