/**
 * How far the integers are from the network in ordinary arithmetic: per layer and at the output, over sample inputs.
 */
import { prepareFloat } from './float.ts';
import type { Graph, Tensor } from './graph.ts';
import type { QuantizedModel } from './model.ts';
import { argmax, runInteger } from './run.ts';

/** Differences between the two runs. */
export interface ErrorSummary {
  /** Largest |integer run - float run|, both in the units of the network. */
  readonly max: number;
  readonly mean: number;
}

/** The integer run compared with the network in floating point, over some inputs. */
export interface AccuracyReport {
  readonly inputs: number;
  /** Inputs for which both runs name the same class. */
  readonly sameClass: number;
  readonly output: ErrorSummary;
  readonly layers: readonly ({ readonly name: string } & ErrorSummary)[];
}

/** Runs both on every input. @throws E_RANGE where an input leaves the plan's range */
export function accuracyReport(graph: Graph, model: QuantizedModel, inputs: readonly Tensor[]): AccuracyReport {
  const float = prepareFloat(graph);
  const { layers } = model.network;
  const position = new Map(layers.map((layer, index) => [layer.output, index]));
  const perLayer = layers.map(() => new Errors());
  const output = new Errors();
  const scale = 2 ** -model.plan.step.activationFraction;
  const outputName = graph.outputs[0]!.name;
  let sameClass = 0;
  for (const input of inputs) {
    const integers: Float64Array[] = [];
    const result = runInteger(model, input, ({ index, activations }) => {
      integers[index] = activations;
    });
    float.visit([input], (name, { data }) => {
      const index = position.get(name);
      if (index !== undefined) perLayer[index]!.compare(integers[index]!, scale, data);
      if (name === outputName) {
        output.compare(result.values, 1, data);
        if (argmax(data) === result.class) sameClass++;
      }
    });
  }
  return {
    inputs: inputs.length,
    sameClass,
    output: output.summary(),
    layers: layers.map(({ name }, index) => ({ name, ...perLayer[index]!.summary() })),
  };
}

/** Differences of numbers that stand for the same. */
export function errorsOf(values: Float64Array, reals: Float64Array): ErrorSummary {
  const errors = new Errors();
  errors.compare(values, 1, reals);
  return errors.summary();
}

class Errors {
  #max = 0;
  #sum = 0;
  #count = 0;

  compare(integers: Float64Array, scale: number, reals: Float64Array): void {
    for (let i = 0; i < reals.length; i++) {
      const error = Math.abs(integers[i]! * scale - reals[i]!);
      this.#max = Math.max(this.#max, error);
      this.#sum += error;
    }
    this.#count += reals.length;
  }
  summary(): ErrorSummary {
    return { max: this.#max, mean: this.#count === 0 ? 0 : this.#sum / this.#count };
  }
}
