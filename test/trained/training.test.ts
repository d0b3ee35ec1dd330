/** The trainer of examples/trained: derivatives against differences, the same file for the same seed, and files as the script would write them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../build/train/descent.ts';
import { trainedFolder, trainingDigits } from '../../build/train/digits.ts';
import { IMAGE, Parameters } from '../../build/train/layers.ts';
import { MODEL_NAMES, trainModel } from '../../build/train/models.ts';
import { NETWORKS } from '../../build/train/networks.ts';
import { Tape } from '../../build/train/tape.ts';
import { TapeLayers } from '../../build/train/tape-layers.ts';
import { boost, writeTrees } from '../../build/train/trees.ts';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { seeded } from '../helpers/chains.ts';

const few = trainingDigits().slice(0, 64);

describe('the tape', () => {
  it.each(Object.entries(NETWORKS))('%s: derivatives are those that differences show', (_name, network) => {
    const random = seeded(3);
    const batch = 2;
    const tape = new Tape(batch);
    const parameters = new Parameters(5);
    const input = tape.input(64);
    const scores = network(new TapeLayers(tape, parameters), { shape: IMAGE, rows: input }).rows;
    input.value.forEach((_, i) => {
      input.value[i] = random();
    });
    // biases and factors begin at 0 and 1: away from them no derivative is 0, and no unit stands at its edge
    for (const { value } of parameters.all())
      value.forEach((x, i) => {
        value[i] = x + 0.2 * (random() - 0.5);
      });
    const loss = (): number => {
      tape.run();
      return crossEntropy(scores, [3, 7]);
    };
    loss();
    for (const { grad } of parameters.all()) grad.fill(0);
    tape.back(loss);
    const step = 1e-5;
    const checked = [input, ...parameters.all()].flatMap(({ value, grad }) =>
      [0, 1, 2].map(() => {
        const at = Math.floor(random() * value.length);
        const before = value[at]!;
        const [above, below] = [step, -step].map((change) => {
          value[at] = before + change;
          return loss();
        }) as [number, number];
        value[at] = before;
        return { told: grad[at]!, seen: (above - below) / (2 * step) };
      }),
    );
    for (const { told, seen } of checked) expect(Math.abs(told - seen)).toBeLessThan(1e-6 + 1e-4 * Math.abs(seen));
    expect(checked.filter(({ seen }) => Math.abs(seen) > 1e-4).length).toBeGreaterThan(checked.length / 2);
  });
});

describe('training', () => {
  it.each(MODEL_NAMES)('%s: the same images give the same file, others another', (name) => {
    const file = (digits = few): Uint8Array => trainModel(name, { digits, length: 1 });
    expect(file()).toEqual(file());
    expect(file(few.toReversed())).not.toEqual(file());
  });

  it('trees: what they do wrong on their own images becomes less with each round', () => {
    const more = trainingDigits().slice(0, 400);
    const wrong = [1, 2, 5].map((rounds) => {
      const trees = boost(more, { rounds, depth: 2, rate: 0.5, regularization: 1 });
      expect(trees).toHaveLength(10 * rounds);
      const { graph } = importNetwork(decodeNetwork(writeTrees(trees)));
      return more.filter(({ image, label }) => evaluate(graph, [image])[0]![0] !== label).length;
    });
    expect(wrong[0]).toBeGreaterThan(wrong[1]!);
    expect(wrong[1]).toBeGreaterThan(wrong[2]!);
  });
});

describe('the bundled files', () => {
  const bundled = (name: string): Uint8Array => readFileSync(join(trainedFolder(), `${name}.onnx`));

  it.each(Object.keys(NETWORKS) as (keyof typeof NETWORKS)[])('%s has the nodes that the script writes', (name) => {
    const form = (bytes: Uint8Array): unknown => {
      const { nodes, constants } = decodeNetwork(bytes);
      return { nodes, constants: [...constants].map(([key, { shape }]) => [key, shape]) };
    };
    expect(form(bundled(name))).toEqual(form(trainModel(name, { digits: few, length: 0 })));
  });

  it('trees: the file that the script writes', () => {
    expect(Buffer.from(trainModel('trees')).equals(bundled('trees'))).toBe(true);
  });
});
