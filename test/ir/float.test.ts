import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareFloat, runFloat } from '../../src/ir/float.ts';
import type { AttributeValue, Graph, GraphNode, Tensor } from '../../src/ir/graph.ts';
import { parseInput } from '../../src/ir/input.ts';
import { bundledNetwork } from '../../src/ir/networks.ts';
import { decodeOnnx } from '../../src/ir/onnx/decode.ts';
import { loadOnnxFile } from '../../src/ir/onnx/load.ts';
import { decodeTensorProto } from '../../src/ir/onnx/proto.ts';
import { decodeTensor } from '../../src/ir/onnx/tensor.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { runRuntime } from '../helpers/runtime.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';

/** |a - b| <= tolerance * (1 + |b|), elementwise. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++)
    if (!(Math.abs(actual[i]! - expected[i]!) <= tolerance * (1 + Math.abs(expected[i]!))))
      expect.fail(`element ${i}: ${actual[i]} instead of ${expected[i]}`);
}

// Without the case whose tensors have no elements: a network's tensors have some.
const CASES =
  /^test_(add(_bcast)?|basic_conv_.*|conv_with_.*|flatten_.*|floor.*|gemm_.*|identity|matmul_.*|relu|reshape_(?!allowzero).*|constant)$/;

describe.skipIf(sharedMissing('conformance/onnx-node'))('the operator tests of the ONNX project', () => {
  const folder = sharedPath('conformance/onnx-node');
  const names = sharedMissing('conformance/onnx-node') ? [] : readdirSync(folder).filter((name) => CASES.test(name));

  test.each(names)('%s', (name) => {
    const read = (file: string): Tensor =>
      decodeTensor(decodeTensorProto(readFileSync(`${folder}/${name}/test_data_set_0/${file}.pb`)), file);
    const bytes = readFileSync(`${folder}/${name}/model.onnx`);
    let graph = decodeOnnx(bytes);
    const given = graph.inputs.map((_, i) => read(`input_${i}`));
    // These models take the target shape as an input; a network has it as a constant.
    graph = bindShapes(graph, given);
    const inputs = given.filter((_, i) => i === 0 || !name.includes('reshape'));
    const expected = read('output_0');
    const output = graph.outputs[0]!.name;
    const actual = runFloat(graph, inputs).get(output) ?? graph.constants.get(output)!;
    expect(actual.shape).toEqual(expected.shape);
    expectClose(actual.data, expected.data, 1e-6);
  });
  test('at least forty cases were found', () => expect(names.length).toBeGreaterThan(40));
});

function bindShapes(graph: Graph, given: readonly Tensor[]): Graph {
  const shapes = graph.nodes.flatMap((node) => (node.op === 'Reshape' ? [node.inputs[1]!] : []));
  const constants = new Map(graph.constants);
  graph.inputs.forEach(({ name }, i) => {
    if (shapes.includes(name)) constants.set(name, given[i]!);
  });
  return { ...graph, constants, inputs: graph.inputs.filter(({ name }) => !constants.has(name)) };
}

/** Conv with everything, Relu, a second Conv with a residual Add, Floor, Reshape, MatMul, Gemm. */
const smallNetwork = fc
  .record({
    group: fc.constantFrom(1, 2),
    size: fc.integer({ min: 4, max: 9 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.tuple(fc.constantFrom(1, 2), fc.constant(1)),
    autoPad: fc.constantFrom('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
    pads: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
    flat: fc.boolean(),
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
  })
  // The runtime does not combine SAME padding with dilation.
  .map((p) => ({ ...p, dilations: p.autoPad.startsWith('SAME') ? ([1, 1] as const) : p.dilations }))
  .filter((p) => (p.kernel[0] - 1) * p.dilations[0] + 1 <= p.size);

type Parameters = typeof smallNetwork extends fc.Arbitrary<infer P> ? P : never;

function build(p: Parameters): { graph: Graph; input: Tensor } {
  let state = p.seed;
  const random = (shape: number[], scale = 1): Tensor => ({
    shape,
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.fround((state / 2 ** 31 - 1) * scale);
    }),
  });
  const constants = new Map<string, Tensor>([
    ['w', random([4, 4 / p.group, ...p.kernel])],
    ['b', random([4])],
    ['w2', random([4, 4, 3, 3])],
  ]);
  const node = (
    op: string,
    inputs: string[],
    output: string,
    attributes: [string, AttributeValue][] = [],
  ): GraphNode => ({
    name: output,
    op,
    inputs,
    outputs: [output],
    attributes: new Map(attributes),
  });
  const padding: [string, AttributeValue] = p.autoPad === 'NOTSET' ? ['pads', p.pads] : ['auto_pad', p.autoPad];
  const convolution: [string, AttributeValue][] = [
    ['group', p.group],
    ['strides', [...p.strides]],
    ['dilations', [...p.dilations]],
    padding,
  ];
  const nodes = [
    node('Conv', ['image', 'w', 'b'], 'conv', convolution),
    node('Relu', ['conv'], 'relu'),
    node('Conv', ['relu', 'w2'], 'conv2', [['pads', [1, 1, 1, 1]]]),
    node('Add', ['conv2', 'relu'], 'sum'),
    node('Identity', ['sum'], 'same'),
    ...(p.flat ? [node('Flatten', ['same'], 'flat')] : [node('Reshape', ['same', 'target'], 'flat')]),
  ];
  if (!p.flat) constants.set('target', { shape: [3], data: Float64Array.of(1, 4, -1) });
  const inputs = [{ name: 'image', shape: [1, 4, p.size, p.size] }];
  const base: Graph = { name: 'small', opset: 13, inputs, outputs: [], nodes, constants };
  const input = random(inputs[0]!.shape);
  const features = runFloat(base, [input]).get('flat')!.shape;
  const width = features[features.length - 1]!;
  if (p.flat) {
    constants.set('m', random([5, width]));
    constants.set('c', random([1, 5]));
    nodes.push(
      node('Gemm', ['flat', 'm', 'c'], 'y', [
        ['alpha', 0.5],
        ['beta', 2],
        ['transB', 1],
      ]),
    );
  } else {
    constants.set('m', random([width, 5]));
    nodes.push(node('MatMul', ['flat', 'm'], 'y'));
  }
  const shape = runFloat(base, [input]).get('y')!.shape;
  return { graph: { ...base, outputs: [{ name: 'y', shape }] }, input };
}

describe('against ONNX Runtime', () => {
  test('random small networks', async () => {
    await fc.assert(
      fc.asyncProperty(smallNetwork, async (parameters) => {
        const { graph, input } = build(parameters);
        const bytes = writeOnnx(graph);
        const reference = await runRuntime(bytes, graph, [input]);
        expectClose(runFloat(decodeOnnx(bytes), [input]).get('y')!.data, reference.get('y')!, 1e-4);
      }),
      { numRuns: 60 },
    );
  });

  test('digits512: the runtime, the file of logits and this run agree', async () => {
    const { model, test: file, input } = bundledNetwork('digits512');
    const { graph, sha256 } = await loadOnnxFile(model);
    expect(sha256).toBe('8fbd5b837cc8fdab9089143cee3b0e22f8b0b96150271c363ea4e772b1b690b8');
    const [image] = parseInput(JSON.parse(readFileSync(input, 'utf8')), graph);
    const reference = await runRuntime(readFileSync(model), graph, [image!]);
    const { logits, image: images, label } = JSON.parse(readFileSync(file, 'utf8'));
    expectClose(reference.get('logits')!, logits[0], 1e-5);
    const runner = prepareFloat(graph);
    const argmax = (v: readonly number[]): number => v.indexOf(Math.max(...v));
    let right = 0;
    for (let i = 0; i < 360; i += 4) {
      const y = runner.run(parseInput([images[i]], graph)).get('logits')!.data;
      expectClose(y, logits[i], 1e-4);
      if (argmax([...y]) === label[i]) right++;
    }
    expect(right).toBeGreaterThanOrEqual(88);
  });

  test.skipIf(sharedMissing('models/zator512'))('zator512: the logits, and all 511 Floor outputs exactly', async () => {
    const bytes = readFileSync(sharedPath('models/zator512/model.onnx'));
    const decoded = decodeOnnx(bytes);
    const inputs = parseInput(JSON.parse(readFileSync(sharedPath('models/zator512/input.json'), 'utf8')), decoded);
    const tensors = runFloat(decoded, inputs);
    const expected = JSON.parse(readFileSync(sharedPath('models/zator512/expected.json'), 'utf8'));
    expectClose(tensors.get('logits')!.data, expected.outputs.logits.data, 1e-6);
    const floors = decoded.nodes.filter((n) => n.op === 'Floor').map((n) => n.outputs[0]!);
    expect(floors).toHaveLength(511);
    const outputs = floors.map((name) => ({ name, shape: tensors.get(name)!.shape }));
    const open: Graph = { ...decoded, outputs };
    const reference = await runRuntime(writeOnnx(open), open, inputs);
    for (const name of floors) expect([...tensors.get(name)!.data]).toEqual([...reference.get(name)!]);
  });
});

describe('the runner', () => {
  const { graph, input } = build({
    group: 2,
    size: 5,
    kernel: [3, 2],
    strides: [1, 1],
    dilations: [1, 1],
    autoPad: 'SAME_UPPER',
    pads: [0, 0, 0, 0],
    flat: true,
    seed: 9,
  });

  test('visit shows the same tensors in order, and a second run does not disturb the first', () => {
    const runner = prepareFloat(graph);
    const first = runner.run([input]);
    const copy = [...first].map(([name, tensor]) => [name, [...tensor.data]]);
    const seen: unknown[] = [];
    runner.visit([input], (name, tensor) => seen.push([name, [...tensor.data]]));
    runner.run([{ ...input, data: input.data.map((v) => -v) }]);
    expect(seen).toEqual(copy);
    expect([...first].map(([name, tensor]) => [name, [...tensor.data]])).toEqual(copy);
  });

  test('wrong number and wrong shape of inputs', () => {
    expect(foldErrorOf(() => runFloat(graph, [])).code).toBe('E_INPUT');
    const error = foldErrorOf(() => runFloat(graph, [{ shape: [1], data: new Float64Array(1) }]));
    expect(error.code).toBe('E_INPUT');
    expect(error.expected).toBe('[1, 4, 5, 5]');
  });

  test('three spatial axes are refused', () => {
    const constants = new Map([['w', { shape: [1, 1, 1, 1, 1], data: new Float64Array(1) }]]);
    const nodes = [{ ...graph.nodes[0]!, inputs: ['image', 'w'], attributes: new Map() }];
    const inputs = [{ name: 'image', shape: [1, 1, 2, 2, 2] }];
    expect(foldErrorOf(() => prepareFloat({ ...graph, inputs, nodes, constants })).code).toBe('E_UNSUPPORTED');
  });
});
