/** Nodes whose inputs have other shapes than the operator takes: read, or refused by name; never a bug of ours. */
import { describe, expect, it } from 'vitest';
import { samplesOf } from '../../build/operators/samples.ts';
import { FoldError } from '../../src/errors.ts';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { OPERATORS } from '../../src/operators/table.ts';
import type { Feed } from '../helpers/node-graph.ts';
import { nodeModel } from '../helpers/node-model.ts';

const SHAPES: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [5],
  [3, 2],
  [1, 0, 2],
  [2, 3, 4],
  [1, 2, 3, 4],
  [1, 1, 1, 1, 2],
];

const reshaped = (feed: Feed, shape: readonly number[]): Feed => {
  const count = shape.reduce((product, dim) => product * dim, 1);
  return { ...feed, shape, data: Array.from({ length: count }, (_, i) => feed.data[i % feed.data.length] ?? 0) };
};

/** What is thrown that is no refusal. */
function fault(bytes: Uint8Array): string | undefined {
  try {
    importNetwork(decodeNetwork(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof FoldError && error.code !== 'E_BUG') return undefined;
    return String(error);
  }
}

describe('an input of another shape', () => {
  it.each(OPERATORS.map(({ op, domain, inputs }) => ({ op, domain, inputs })))('of $op', ({ op, domain, inputs }) => {
    const faults = samplesOf(op, inputs[0]).flatMap((sample) =>
      sample.inputs.flatMap((feed, place) =>
        feed === undefined
          ? []
          : SHAPES.flatMap((shape) => {
              const spec = { ...sample, op, inputs: sample.inputs.with(place, reshaped(feed, shape)) };
              const found = fault(nodeModel({ ...spec, ...(domain ? { domain } : {}) }).bytes);
              return found === undefined ? [] : [`input ${place} of shape [${shape}]: ${found}`];
            }),
      ),
    );
    expect(faults).toEqual([]);
  });
});
