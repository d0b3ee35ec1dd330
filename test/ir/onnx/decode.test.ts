import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { FoldError } from '../../../src/errors.ts';
import { decodeOnnx } from '../../../src/ir/onnx/decode.ts';
import { loadOnnxFile } from '../../../src/ir/onnx/load.ts';
import { inferShapes } from '../../../src/ir/onnx/shapes.ts';
import { checkSupported } from '../../../src/ir/onnx/supported.ts';
import { syntheticNetwork } from '../../../src/ir/synthetic.ts';
import { foldErrorOf, foldErrorOfAsync } from '../../helpers/errors.ts';
import { encodeModel, graphToModel, type IModelProto, tensorProto, valueInfo, writeOnnx } from '../../helpers/onnx.ts';

const small = syntheticNetwork({ layers: 4, seed: 1, height: 4, width: 4 });
const vector = (values: number[]) => ({ shape: [values.length], data: Float64Array.from(values) });

type Nodes = { op: string; in: string[]; out: string[]; name?: string; domain?: string; attribute?: object[] }[];
function model(nodes: Nodes, extra: object = {}, rest: object = {}): Uint8Array {
  const graph = {
    name: 'g',
    input: [valueInfo('x', [1, 3])],
    output: [valueInfo('y', [1, 3])],
    initializer: [tensorProto('b', vector([1, 2, 3]))],
    node: nodes.map((n) => ({
      opType: n.op,
      input: n.in,
      output: n.out,
      name: n.name ?? '',
      domain: n.domain ?? '',
      attribute: n.attribute ?? [],
    })),
    ...extra,
  };
  return encodeModel({ irVersion: 7, opsetImport: [{ domain: '', version: 13 }], graph, ...rest } as IModelProto);
}
const add: Nodes = [{ op: 'Add', in: ['x', 'b'], out: ['y'], name: 'sum' }];
const codeOf = (bytes: Uint8Array): string => foldErrorOf(() => decodeOnnx(bytes)).code;

describe('decoding', () => {
  test('a written graph comes back equal', () => {
    expect(decodeOnnx(writeOnnx(small))).toEqual(small);
  });

  test('nodes out of order are sorted, unnamed ones get names, doubled names are told apart', () => {
    const graph = decodeOnnx(
      model([
        { op: 'Relu', in: ['s'], out: ['y'] },
        { op: 'Add', in: ['t', 'b'], out: ['s'], name: 'y' },
        { op: 'Floor', in: ['x'], out: ['t'], name: 'y' },
      ]),
    );
    expect(graph.nodes.map((node) => node.op)).toEqual(['Floor', 'Add', 'Relu']);
    expect(graph.nodes.map((node) => node.name)).toEqual(['y#3', 'y#2', 'y']);
  });

  test('a chain of 50,000 nodes written backwards does not exhaust the stack', () => {
    const n = 50_000;
    const nodes = Array.from({ length: n }, (_, i) => ({
      op: 'Relu',
      in: [i === 0 ? 'x' : `t${i - 1}`],
      out: [i === n - 1 ? 'y' : `t${i}`],
    }));
    expect(decodeOnnx(model(nodes.reverse())).nodes[0]!.inputs).toEqual(['x']);
  });

  test.each([
    ['value', { name: 'value', type: 4, t: tensorProto('', vector([4, 5, 6])) }, [3], [4, 5, 6]],
    ['value_float', { name: 'value_float', type: 1, f: 0.5 }, [], [0.5]],
    ['value_ints', { name: 'value_ints', type: 7, ints: [7, 8, 9] }, [3], [7, 8, 9]],
  ])('a Constant node (%s) becomes a constant', (_, attribute, shape, data) => {
    const nodes = [
      { op: 'Constant', in: [], out: ['c'], attribute: [attribute] },
      { ...add[0]!, in: ['x', 'c'] },
    ];
    const graph = decodeOnnx(model(nodes));
    expect(graph.nodes).toHaveLength(1);
    expect(graph.constants.get('c')).toEqual({ shape, data: Float64Array.from(data) });
  });

  test('initializers listed among the inputs are no inputs', () => {
    const graph = decodeOnnx(model(add, { input: [valueInfo('x', [1, 3]), valueInfo('b', [3])] }));
    expect(graph.inputs.map((input) => input.name)).toEqual(['x']);
  });

  test('a symbolic batch is 1; an output without a shape is inferred', () => {
    const graph = decodeOnnx(model(add, { input: [valueInfo('x', ['N', 3])], output: [valueInfo('y', ['N', 3])] }));
    expect(graph.inputs[0]!.shape).toEqual([1, 3]);
    expect(graph.outputs[0]!.shape).toEqual([1, 3]);
    const bare = decodeOnnx(model(add, { output: [{ name: 'y' }] }));
    expect(bare.outputs[0]!.shape).toEqual([1, 3]);
  });
});

describe('declared shapes', () => {
  const sum: Nodes = [{ op: 'Relu', in: ['x'], out: ['r'] }, ...add.map((node) => ({ ...node, in: ['r', 'b'] }))];
  const declaring = (extra: object): Uint8Array => model(sum, extra);

  test.each<[string, object]>([
    ['of a tensor', { valueInfo: [valueInfo('r', [1, 3])] }],
    ['with an open dimension', { valueInfo: [valueInfo('r', ['N', 3])], output: [valueInfo('y', [1, 'M'])] }],
    ['of a tensor that is none', { valueInfo: [valueInfo('gone', [7])] }],
    ['of an initializer', { input: [valueInfo('x', [1, 3]), valueInfo('b', [3])] }],
  ])('%s are compared', (_, extra) => {
    expect(decodeOnnx(declaring(extra)).outputs[0]!.shape).toEqual([1, 3]);
  });

  test.each<[string, object, string, string, string]>([
    ['the output', { output: [valueInfo('y', [1, 10])] }, 'y', '[1, 3]', '[1, 10]'],
    ['the output, its numbers in another order', { output: [valueInfo('y', [3, 1])] }, 'y', '[1, 3]', '[3, 1]'],
    ['the output, partly open', { output: [valueInfo('y', ['N', 'M', 3])] }, 'y', '[1, 3]', '[?, ?, 3]'],
    ['a tensor between', { valueInfo: [valueInfo('r', [1, 4])] }, 'r', '[1, 3]', '[1, 4]'],
    ['an initializer', { input: [valueInfo('x', [1, 3]), valueInfo('b', [4])] }, 'b', '[3]', '[4]'],
  ])('that contradict the nodes are refused: %s', (_, extra, tensor, expected, got) => {
    expect(foldErrorOf(() => decodeOnnx(declaring(extra)))).toMatchObject({
      code: 'E_FORMAT',
      message: `The tensor "${tensor}" is declared with a shape that the network does not give it.`,
      expected,
      got,
    });
  });

  test('behind an operator without a rule they are not believed either', () => {
    const tan = decodeOnnx(model([{ op: 'Tan', in: ['x'], out: ['y'] }], { output: [valueInfo('y', [1, 10])] }));
    expect(tan.outputs[0]!.shape).toEqual([1, 10]);
    expect(foldErrorOf(() => inferShapes(tan)).code).toBe('E_UNSUPPORTED');
  });

  test('the element type of the input is read', () => {
    const typed = (elemType: number) => {
      const { type } = valueInfo('x', [1, 3]);
      return decodeOnnx(model(add, { input: [{ name: 'x', type: { tensorType: { ...type.tensorType, elemType } } }] }));
    };
    for (const real of [1, 10, 11, 16]) expect(typed(real).inputs[0]!.integers).toBeUndefined();
    for (const integer of [2, 3, 6, 7, 9, 13]) expect(typed(integer).inputs[0]!.integers).toBe(true);
  });

  test('the hint about an open dimension has the rank of the input, and its name quoted', () => {
    const hintOf = (input: object): string | undefined =>
      foldErrorOf(() => decodeOnnx(model(add, { input: [input] }))).hint;
    expect(hintOf(valueInfo('x', [1, 'width']))).toContain('--input_name x --input_shape 1,D1 model.onnx');
    expect(hintOf(valueInfo('the input', ['N', 3, 'h', 'w']))).toContain(
      "--input_name 'the input' --input_shape 1,3,D2,D3 model.onnx",
    );
    expect(hintOf({ name: 'x', type: { tensorType: { elemType: 1 } } })).toContain('--input_shape D0,... model.onnx');
  });
});

describe('refusals', () => {
  test.each<[string, string, Uint8Array]>([
    ['nothing at all', 'E_FORMAT', new Uint8Array(0)],
    ['a text file', 'E_FORMAT', new TextEncoder().encode('this is not a network, it is a sentence\n')],
    [
      'a cycle',
      'E_FORMAT',
      model([
        { op: 'Add', in: ['x', 'v'], out: ['u'] },
        { op: 'Relu', in: ['u'], out: ['v'] },
        { op: 'Relu', in: ['v'], out: ['y'] },
      ]),
    ],
    ['a node that reads itself', 'E_FORMAT', model([{ op: 'Add', in: ['x', 'y'], out: ['y'] }])],
    ['a dangling input', 'E_FORMAT', model([{ op: 'Add', in: ['x', 'nobody'], out: ['y'] }])],
    ['two producers', 'E_FORMAT', model([...add, ...add])],
    ['a node that overwrites an initializer', 'E_FORMAT', model([{ op: 'Relu', in: ['x'], out: ['b'] }, ...add])],
    ['no outputs', 'E_FORMAT', model(add, { output: [] })],
    ['an output that nobody produces', 'E_FORMAT', model(add, { output: [valueInfo('z', [1])] })],
    ['a node without outputs', 'E_FORMAT', model([...add, { op: 'Relu', in: ['x'], out: [] }])],
    ['no opset', 'E_FORMAT', model(add, {}, { opsetImport: [] })],
    ['opset 6', 'E_UNSUPPORTED', model(add, {}, { opsetImport: [{ domain: '', version: 6 }] })],
    ['a custom domain', 'E_UNSUPPORTED', model([{ ...add[0]!, domain: 'com.example' }])],
    ['a redefined standard operator', 'E_UNSUPPORTED', model(add, {}, { functions: [{ name: 'Add', domain: '' }] })],
    ['a sub-graph', 'E_UNSUPPORTED', model([{ ...add[0]!, attribute: [{ name: 'body', type: 5, g: { name: 'h' } }] }])],
    ['an unknown dimension', 'E_INPUT', model(add, { input: [valueInfo('x', [1, 'width'])] })],
    [
      'an input without a shape',
      'E_INPUT',
      model(add, { input: [{ name: 'x', type: { tensorType: { elemType: 1 } } }] }),
    ],
    ['an input that is no tensor', 'E_UNSUPPORTED', model(add, { input: [{ name: 'x' }] })],
    ['an input of 10 GB', 'E_TOO_LARGE', model(add, { input: [valueInfo('x', [1, 50_000, 50_000])] })],
    ['a NaN weight', 'E_INPUT', model(add, { initializer: [tensorProto('b', vector([0, Number.NaN, 0]))] })],
    ['a NaN attribute', 'E_INPUT', model([{ ...add[0]!, attribute: [{ name: 'alpha', type: 1, f: Number.NaN }] }])],
  ])('%s: %s', (_, code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  test('every cut of a model is refused or, at a field border, still whole', () => {
    const bytes = writeOnnx(small);
    const whole = JSON.stringify([...decodeOnnx(bytes).constants.keys()]);
    for (let length = 0; length < bytes.length; length++) {
      try {
        expect(JSON.stringify([...decodeOnnx(bytes.subarray(0, length)).constants.keys()])).toBe(whole);
      } catch (error) {
        if (!(error instanceof FoldError)) throw error;
        expect(error.code).toBe('E_FORMAT');
      }
    }
  });

  test('flipped bytes never throw anything but a FoldError', () => {
    const bytes = writeOnnx(small);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bad = bytes.slice();
        bad[at]! ^= mask;
        try {
          decodeOnnx(bad);
        } catch (error) {
          expect(error).toBeInstanceOf(FoldError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('sub-graphs nested 20,000 deep exhaust nothing', () => {
    const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
    // GraphProto.node (field 1) of NodeProto.attribute (5) of AttributeProto.g (6), again and again.
    let length = 0;
    const headers: number[][] = [];
    for (let depth = 0; depth < 20_000; depth++)
      for (const tag of [(6 << 3) | 2, (5 << 3) | 2, (1 << 3) | 2]) {
        const header = [tag, ...varint(length)];
        headers.push(header);
        length += header.length;
      }
    const bytes = Uint8Array.from([(7 << 3) | 2, ...varint(length), ...headers.reverse().flat()]);
    expect(['E_FORMAT', 'E_UNSUPPORTED']).toContain(codeOf(bytes));
  });

  test('checkSupported lists every offender with its node', () => {
    const graph = decodeOnnx(writeOnnx(small));
    checkSupported(graph, ['Conv', 'Relu', 'Floor', 'Flatten', 'Gemm']);
    const error = foldErrorOf(() => checkSupported(graph, ['Conv', 'Relu', 'Floor']));
    expect(error.code).toBe('E_UNSUPPORTED');
    expect(error.message).toContain('Flatten, Gemm');
    expect(error.got).toBe('Flatten (node "flat"); Gemm (node "logits")');
    expect(error.expected).toBe('Conv, Floor, Relu');
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerfold-onnx-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a file gives graph, digest and size', async () => {
    const path = join(folder, 'small.onnx');
    const bytes = encodeModel(graphToModel(small));
    writeFileSync(path, bytes);
    const loaded = await loadOnnxFile(path);
    expect(loaded.graph).toEqual(small);
    expect(loaded.bytes).toBe(bytes.length);
    expect(loaded.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('absent, a folder, and larger than the limit (sparse, so nothing is written)', async () => {
    expect((await foldErrorOfAsync(() => loadOnnxFile(join(folder, 'none.onnx')))).code).toBe('E_FILE');
    expect((await foldErrorOfAsync(() => loadOnnxFile(folder))).code).toBe('E_FILE');
    const huge = join(folder, 'huge.onnx');
    writeFileSync(huge, '');
    truncateSync(huge, 2 ** 30 + 1);
    expect((await foldErrorOfAsync(() => loadOnnxFile(huge))).code).toBe('E_TOO_LARGE');
  });
});
