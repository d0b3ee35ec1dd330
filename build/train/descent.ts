/** Training by descent: batches in an order drawn from a seed, Adam (Kingma and Ba 2014) with a rate that falls to nothing. */
import { seeded } from '../../test/helpers/chains.ts';
import { CLASSES, type Digit, PIXELS } from './digits.ts';
import { IMAGE, type Network, Parameters } from './layers.ts';
import { type Numbers, Tape } from './tape.ts';
import { TapeLayers } from './tape-layers.ts';

export interface Descent {
  readonly seed: number;
  readonly epochs: number;
  /** The rate at the beginning. */
  readonly rate: number;
  /** Pixels by which an image is moved at most, each time another way. */
  readonly moves: number;
}

const BATCH = 32;
const [MEMORY, MEMORY_OF_SQUARES, LEAST] = [0.9, 0.999, 1e-8];

class Adam {
  readonly #moments: { readonly of: Numbers; readonly mean: Float64Array; readonly square: Float64Array }[];
  #powers: [number, number] = [1, 1];

  constructor(parameters: readonly Numbers[]) {
    this.#moments = parameters.map((of) => ({
      of,
      mean: new Float64Array(of.value.length),
      square: new Float64Array(of.value.length),
    }));
  }

  step(rate: number): void {
    this.#powers = [this.#powers[0] * MEMORY, this.#powers[1] * MEMORY_OF_SQUARES];
    const [first, second] = this.#powers.map((power) => 1 - power) as [number, number];
    for (const { of, mean, square } of this.#moments)
      for (let i = 0; i < mean.length; i++) {
        const g = of.grad[i]!;
        mean[i] = MEMORY * mean[i]! + (1 - MEMORY) * g;
        square[i] = MEMORY_OF_SQUARES * square[i]! + (1 - MEMORY_OF_SQUARES) * g * g;
        of.value[i]! -= (rate * (mean[i]! / first)) / (Math.sqrt(square[i]! / second) + LEAST);
      }
  }
}

/** The places 0 to n - 1 in a random order. */
function shuffled(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [order[i], order[k]] = [order[k]!, order[i]!];
  }
  return order;
}

/** An image moved by some pixels, as another hand might have placed it. */
function moved(image: Float64Array, most: number, random: () => number): Float64Array {
  const [, height, width] = IMAGE;
  const [right, down] = [0, 0].map(() => Math.floor((2 * most + 1) * random()) - most) as [number, number];
  return image.map((_, at) => {
    const [x, y] = [(at % width) - right, Math.floor(at / width) - down];
    return x >= 0 && x < width && y >= 0 && y < height ? image[y * width + x]! : 0;
  });
}

/** Derivatives of the mean cross entropy of a batch by its scores [classes, batch]. @returns it */
export function crossEntropy({ value, grad }: Numbers, labels: readonly number[]): number {
  const batch = labels.length;
  let loss = 0;
  labels.forEach((label, s) => {
    const scores = Array.from({ length: CLASSES }, (_, k) => value[k * batch + s]!);
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, k) => {
      grad[k * batch + s] = (power / total - (k === label ? 1 : 0)) / batch;
    });
    loss -= Math.log(powers[label]! / total) / batch;
  });
  return loss;
}

/** @returns the weights after the last batch; the images that do not fill a batch wait for another epoch's order */
export function train(network: Network, digits: readonly Digit[], { seed, epochs, rate, moves }: Descent): Parameters {
  const random = seeded(seed);
  const parameters = new Parameters(seed);
  const tape = new Tape(BATCH);
  const input = tape.input(PIXELS);
  const scores = network(new TapeLayers(tape, parameters), { shape: IMAGE, rows: input }).rows;
  const adam = new Adam(parameters.all());
  const batches = Math.floor(digits.length / BATCH);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(digits.length, random);
    for (let at = 0; at < batches; at++) {
      const batch = order.slice(at * BATCH, (at + 1) * BATCH).map((i) => digits[i]!);
      batch.forEach(({ image }, s) => {
        moved(image, moves, random).forEach((pixel, p) => {
          input.value[p * BATCH + s] = pixel;
        });
      });
      for (const { grad } of [input, ...parameters.all()]) grad.fill(0);
      tape.run();
      tape.back(() =>
        crossEntropy(
          scores,
          batch.map(({ label }) => label),
        ),
      );
      adam.step(rate * (1 - (epoch * batches + at) / (epochs * batches)));
    }
  }
  return parameters;
}
