import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runFloat } from '../../src/ir/float.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { parseInput } from '../../src/ir/input.ts';
import { bundledNetwork, countLayers, truncateLayers } from '../../src/ir/networks.ts';
import { decodeOnnx } from '../../src/ir/onnx/decode.ts';
import { syntheticInput, syntheticNetwork } from '../../src/ir/synthetic.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';

const digits = bundledNetwork('digits512');
const read = (path: string): Graph => decodeOnnx(readFileSync(path));

describe('bundled networks', () => {
  test('all files of digits512 are there', () => {
    for (const path of [digits.model, digits.input, digits.test]) expect(existsSync(path)).toBe(true);
  });
  test('an unknown name is refused with the list', () => {
    const error = foldErrorOf(() => bundledNetwork('../secret'));
    expect(error.code).toBe('E_USAGE');
    expect(error.expected).toBe('digits512, synthetic');
  });
});

/** The independent twin: the activations of the whole network behind block n - 2, fed to the readout by hand. */
function readoutByHand(graph: Graph, behind: string, input: ReturnType<typeof syntheticInput>): number[] {
  const features = runFloat(graph, [input]).get(behind)!.data;
  const gemm = graph.nodes[graph.nodes.length - 1]!;
  const [weights, bias] = [graph.constants.get(gemm.inputs[1]!)!, graph.constants.get(gemm.inputs[2]!)!];
  return Array.from(bias.data, (b, o) =>
    Math.fround(features.reduce((sum, x, i) => sum + x * Math.fround(weights.data[o * features.length + i]!), b)),
  );
}

describe('the first n layers', () => {
  const whole = read(digits.model);
  const [image] = parseInput(JSON.parse(readFileSync(digits.input, 'utf8')), whole);

  test.each([3, 4, 8, 511])('digits512 cut to %i', (n) => {
    const cut = truncateLayers(whole, n);
    expect(countLayers(cut)).toBe(n);
    expect(cut.constants.size).toBe(2 * n);
    expect(cut.nodes).toHaveLength(2 + 3 * (n - 2) + 2);
    const logits = runFloat(cut, [image!]).get('logits')!.data;
    const expected = readoutByHand(whole, `block${n - 3}.out`, image!);
    logits.forEach((y, i) => {
      expect(y).toBeCloseTo(expected[i]!, 4);
    });
  });

  test('512 of 512 is the network itself', () => {
    expect(countLayers(whole)).toBe(512);
    expect(truncateLayers(whole, 512)).toBe(whole);
  });

  test.each([0, 2, 513, 3.5, Number.NaN])('%d layers are refused', (n) => {
    const error = foldErrorOf(() => truncateLayers(whole, n));
    expect(error.code).toBe('E_USAGE');
    expect(error.expected).toBe('3 to 512');
  });

  test.skipIf(sharedMissing('models/zator512'))('zator512', () => {
    const zator = read(sharedPath('models/zator512/model.onnx'));
    expect(countLayers(zator)).toBe(512);
    const cut = truncateLayers(zator, 5);
    expect(cut.nodes.map((node) => node.op).join(' ')).toBe(`${'Conv Relu Floor '.repeat(4)}Flatten Gemm`);
    expect([...runFloat(cut, [syntheticInput(1)]).get('logits')!.data]).toEqual(
      readoutByHand(zator, 'floor4', syntheticInput(1)).map((y) => expect.closeTo(y, 3)),
    );
  });

  test('a cut synthetic network is the shallower one', () => {
    const options = { seed: 7, height: 6, width: 6 };
    expect(truncateLayers(syntheticNetwork({ layers: 20, ...options }), 9)).toEqual(
      syntheticNetwork({ layers: 9, ...options }),
    );
  });

  test('a skip over two blocks is no chain; a readout that does not fit is refused', () => {
    const graph = syntheticNetwork({ layers: 6, seed: 1, height: 6, width: 6 });
    const skip = graph.nodes.map((node) =>
      node.name === 'block2.relu' ? { ...node, op: 'Add', inputs: ['block2.conv', 'block0.floor'] } : node,
    );
    expect(foldErrorOf(() => truncateLayers({ ...graph, nodes: skip }, 4)).code).toBe('E_UNSUPPORTED');
    const shrink = graph.nodes.map((node) =>
      node.name === 'block3.conv' ? { ...node, attributes: new Map(node.attributes).set('strides', [2, 2]) } : node,
    );
    const constants = new Map(graph.constants);
    constants.set('readout.weight', { shape: [10, 18], data: new Float64Array(180) });
    expect(foldErrorOf(() => truncateLayers({ ...graph, nodes: shrink, constants }, 4)).code).toBe('E_UNSUPPORTED');
  });
});
