/** If, Loop and Scan: unrolled as ONNX Runtime runs them, refused where the data decide. */
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { integers, modelBytes, type NodeText, nodeProto } from '../helpers/network.ts';
import { tensorProto } from '../helpers/onnx.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const X = [1, 2, -3];
const logical = (name: string, value: boolean) => ({
  name,
  dims: [],
  dataType: 9,
  rawData: Uint8Array.of(Number(value)),
});
const typed = (name: string, elemType: number, dims?: number[]) => ({
  name,
  type: { tensorType: { elemType, ...(dims ? { shape: { dim: dims.map((dimValue) => ({ dimValue })) } } : {}) } },
});
const real = (name: string) => typed(name, 1);
const body = (nodes: readonly NodeText[], input: object[], output: object[], more: object = {}) => ({
  ...{ name: 'body', node: nodes.map(nodeProto), input, output, ...more },
});
const graph = (name: string, g: object): object => ({ name, type: 5, g });
const int = (name: string, i: number): object => ({ name, type: 2, i });
const ints = (name: string, values: number[]): object => ({ name, type: 7, ints: values });

async function both(bytes: Uint8Array): Promise<[number[][], number[][]]> {
  const { graph: tensors } = importNetwork(decodeNetwork(bytes));
  const ours = evaluate(tensors, [Float64Array.from(X)]).map((data) => [...data]);
  const session = await ort.InferenceSession.create(bytes);
  const results = await session.run({ x: new ort.Tensor('float32', Float32Array.from(X), [1, 3]) });
  const theirs = session.outputNames.map((name) => Array.from(results[name]!.data as Iterable<number>, Number));
  await session.release();
  return [ours, theirs];
}

async function agree(bytes: Uint8Array): Promise<void> {
  const [ours, theirs] = await both(bytes);
  expect(ours.map((data) => data.map(Math.fround))).toEqual(theirs);
}

const branch = (op: string) => body([{ op, in: ['x'], out: [`${op}_out`] }], [], [real(`${op}_out`)]);
const ifNode: NodeText = {
  op: 'If',
  in: ['c'],
  out: ['y'],
  attribute: [graph('then_branch', branch('Relu')), graph('else_branch', branch('Neg'))],
};

/** Adds x and the round's number to a sum, and gives what it was; goes on while the round's number is below `last`. */
const loopBody = (last: number) =>
  body(
    [
      { op: 'Cast', in: ['i'], out: ['real'], attribute: [int('to', 1)] },
      { op: 'Add', in: ['sum', 'x'], out: ['more'] },
      { op: 'Add', in: ['more', 'real'], out: ['next'] },
      { op: 'Identity', in: ['sum'], out: ['was'] },
      { op: 'Less', in: ['i', 'last'], out: ['go'] },
    ],
    [typed('i', 7, []), typed('c', 9, []), real('sum')],
    [typed('go', 9, []), real('next'), real('was')],
    { initializer: [integers('last', [last], [])] },
  );
const loop = (last: number, most: string): NodeText => ({
  op: 'Loop',
  in: [most, 'start', 'zero'],
  out: ['y', 'all'],
  attribute: [graph('body', loopBody(last))],
});
const zero = tensorProto('zero', { shape: [1, 3], data: new Float64Array(3) });
const loopGraph = {
  initializer: [integers('most', [4], []), logical('start', true), zero],
  output: [real('y'), real('all')],
};

describe('control flow of constants', () => {
  for (const taken of [true, false])
    test(`If: the ${taken ? 'then' : 'else'} branch`, () =>
      agree(modelBytes([ifNode], { initializer: [logical('c', taken)], output: [real('y')] })));

  test('If of a shape, as exporters write it', () => {
    const nodes: NodeText[] = [
      { op: 'Shape', in: ['x'], out: ['s'] },
      { op: 'Gather', in: ['s', 'first'], out: ['n'] },
      { op: 'Equal', in: ['n', 'first'], out: ['c'] },
    ];
    return agree(modelBytes([...nodes, ifNode], { initializer: [integers('first', [0], [])], output: [real('y')] }));
  });

  test('Loop: rounds, carried values, scan outputs', () => agree(modelBytes([loop(100, 'most')], loopGraph)));
  test('Loop: ends by its condition', () => agree(modelBytes([loop(1, 'most')], loopGraph)));
  test('Loop: without a number of rounds', () => agree(modelBytes([loop(2, '')], loopGraph)));

  test.each([
    ['forward', []],
    ['backward', [ints('scan_input_directions', [1]), ints('scan_output_directions', [1])]],
    ['along another axis', [ints('scan_input_axes', [1]), ints('scan_output_axes', [1])]],
  ])('Scan: %s', (_, attributes) => {
    const scanned = body(
      [
        { op: 'Add', in: ['sum', 'entry'], out: ['next'] },
        { op: 'Mul', in: ['next', 'next'], out: ['square'] },
      ],
      [real('sum'), real('entry')],
      [real('next'), real('square')],
    );
    const along = attributes.length === 2 && JSON.stringify(attributes).includes('axes');
    const first = tensorProto('first', { shape: along ? [1] : [3], data: new Float64Array(along ? 1 : 3) });
    const node = {
      op: 'Scan',
      in: ['first', 'x'],
      out: ['y', 'all'],
      attribute: [graph('body', scanned), int('num_scan_inputs', 1), ...attributes],
    };
    return agree(modelBytes([node], { initializer: [first], output: [real('y'), real('all')] }));
  });

  test('in a local function, which renames what the branches read', async () => {
    const definition = {
      name: 'chosen',
      domain: 'own',
      input: ['a', 'k'],
      output: ['z'],
      opsetImport: [{ domain: '', version: 17 }],
      node: [
        nodeProto({
          op: 'If',
          in: ['k'],
          out: ['z'],
          attribute: [
            graph('then_branch', body([{ op: 'Neg', in: ['a'], out: ['b'] }], [], [real('b')])),
            graph('else_branch', body([{ op: 'Relu', in: ['a'], out: ['b'] }], [], [real('b')])),
          ],
        }),
      ],
    };
    const call = (input: string, out: string): NodeText => ({
      op: 'chosen',
      domain: 'own',
      in: [input, 'c'],
      out: [out],
    });
    const model = {
      opsetImport: [
        { domain: '', version: 17 },
        { domain: 'own', version: 1 },
      ],
      functions: [definition],
    };
    const { graph: tensors } = importNetwork(
      decodeNetwork(modelBytes([call('x', 'h'), call('h', 'y')], { initializer: [logical('c', true)] }, model)),
    );
    expect([...evaluate(tensors, [Float64Array.from(X)])[0]!]).toEqual(X);
  });
});

describe('control flow that is refused', () => {
  const refusal = (nodes: readonly NodeText[], more: object = {}) =>
    foldErrorOf(() => importNetwork(decodeNetwork(modelBytes(nodes, more))));
  const positive: NodeText[] = [
    { op: 'ReduceSum', in: ['x'], out: ['s'], attribute: [int('keepdims', 0)] },
    { op: 'Greater', in: ['s', 'zero'], out: ['c'] },
  ];
  const scalarZero = tensorProto('zero', { shape: [], data: new Float64Array(1) });

  test('a condition of the data', () => {
    const error = refusal([...positive, ifNode], { initializer: [scalarZero] });
    expect(error).toMatchObject({ code: 'E_UNSUPPORTED' });
    expect(error.got).toContain('a condition that is computed from the data');
  });

  test('operators that are not supported, of the branch that is taken', () => {
    const unknown = {
      ...ifNode,
      attribute: [graph('then_branch', branch('Nothing')), graph('else_branch', branch('Neg'))],
    };
    expect(refusal([unknown], { initializer: [logical('c', true)] }).message).toContain('Nothing');
    const { graph: tensors } = importNetwork(
      decodeNetwork(modelBytes([unknown], { initializer: [logical('c', false)] })),
    );
    expect(tensors.operations.length).toBeGreaterThan(1);
  });

  test('rounds without end', () => {
    const endless = { initializer: [integers('most', [2 ** 40], []), logical('start', true), zero] };
    const node = { ...loop(2 ** 41, 'most'), out: ['y'] };
    expect(refusal([node], endless)).toMatchObject({ code: 'E_TOO_LARGE' });
  });

  test('a body that reads what nobody produces', () => {
    const lost = {
      ...ifNode,
      attribute: [graph('then_branch', body([{ op: 'Relu', in: ['lost'], out: ['z'] }], [], [real('z')]))],
    };
    expect(refusal([lost], { initializer: [logical('c', true)] })).toMatchObject({ code: 'E_FORMAT', got: '"lost"' });
  });
});
