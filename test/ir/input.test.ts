import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { FoldError } from '../../src/errors.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { parseInput, parseShapedInput } from '../../src/ir/input.ts';
import { readInputFile } from '../../src/ir/input-file.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const graphWith = (...shapes: number[][]): Graph => ({
  name: 'g',
  opset: 13,
  inputs: shapes.map((shape, i) => ({ name: `in${i}`, shape })),
  outputs: [],
  nodes: [],
  constants: new Map(),
});
const image = graphWith([1, 2, 3]);
const pair = graphWith([1, 2], [3]);
const data = (json: unknown, graph = image): number[][] => parseInput(json, graph).map((t) => [...t.data]);
const six = [1, 2, 3, 4, 5, 6];

describe('forms', () => {
  test('false and true, of an input of integers only', () => {
    const gate: Graph = { ...image, inputs: [{ name: 'g', shape: [1, 2], integers: true }] };
    expect(data({ input_data: [[false, true]] }, gate)).toEqual([[0, 1]]);
    const error = foldErrorOf(() => data([false, true], graphWith([1, 2])));
    expect(error.code).toBe('E_INPUT');
  });

  test('no fraction as an integer, no other number as a boolean', () => {
    const typed = (booleans: boolean): Graph => ({
      ...image,
      inputs: [{ name: 'm', shape: [1, 3], integers: true, booleans }],
    });
    expect(data([1, -1, 2], typed(false))).toEqual([[1, -1, 2]]);
    expect(foldErrorOf(() => data([1, 0.5, 2], typed(false)))).toMatchObject({
      code: 'E_INPUT',
      message: "Number 1 of input is not of the model's type.",
      expected: 'an integer',
      got: '0.5',
    });
    for (const bad of [2, -1, 0.5])
      expect(foldErrorOf(() => data([1, bad, 0], typed(true)))).toMatchObject({ code: 'E_INPUT', got: String(bad) });
  });

  test('more entries than a network of several inputs has', () => {
    expect(data({ input_data: [[1, 2], [3, 4, 5], [6]] }, pair)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  test.each<[string, unknown]>([
    ['EZKL', { input_data: [six] }],
    ['EZKL with shapes', { input_data: [six], input_shapes: [[1, 2, 3]] }],
    ['EZKL with shapes without the batch', { input_data: [six], input_shapes: [[2, 3]] }],
    ['EZKL with outputs beside', { input_data: [six], output_data: [[1]] }],
    [
      'nested',
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
    ],
    [
      'nested without the batch',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    ['flat', six],
    ['flat in a list of inputs', [six]],
  ])('%s', (_, json) => {
    expect(data(json)).toEqual([six]);
    expect(parseInput(json, image)[0]!.shape).toEqual([1, 2, 3]);
  });

  test('several inputs, each in its own nesting', () => {
    expect(
      data(
        {
          input_data: [
            [1, 2],
            [3, 4, 5],
          ],
        },
        pair,
      ),
    ).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect(data([[[1, 2]], [3, 4, 5]], pair)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });
});

describe('refusals', () => {
  test.each<[string, unknown, string]>([
    ['too short', { input_data: [[1, 2, 3, 4, 5]] }, 'input_data[0]'],
    ['too long', [...six, 7], 'input'],
    ['no inputs', { input_data: [] }, 'input_data'],
    ['too many inputs', { input_data: [six, six] }, 'input_data'],
    ['a NaN written as null', { input_data: [[1, 2, null, 4, 5, 6]] }, 'input_data[0][2]'],
    ['a NaN written as a string', { input_data: [[1, 2, 3, 4, 'NaN', 6]] }, 'input_data[0][4]'],
    ['infinity from 1e999', JSON.parse('[1,2,3,4,5,1e999]'), 'input[5]'],
    ['a boolean', [true, 2, 3, 4, 5, 6], 'input[0]'],
    [
      'ragged',
      [
        [1, 2, 3],
        [4, 5],
      ],
      'input[1]',
    ],
    ['an array among numbers', [1, 2, 3, 4, 5, [6]], 'input[5]'],
    ['too deep', [[[[[[[[6]]]]]]]], 'input'],
    ['a string of the right length', 'abcdef', 'neither'],
    ['null', null, 'neither'],
    ['an unknown field', { input_data: [six], input_shape: [[1, 2, 3]] }, 'neither'],
    ['a wrong shape', { input_data: [six], input_shapes: [[3, 2]] }, 'input_shapes[0]'],
    ['no shape for the input', { input_data: [six], input_shapes: [] }, 'input_shapes'],
  ])('%s', (_, json, place) => {
    const error = foldErrorOf(() => parseInput(json, image));
    expect(error.code).toBe('E_INPUT');
    expect(error.message).toContain(place);
    expect(error.expected).toBeTruthy();
  });

  test('any JSON is read or refused by a FoldError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          expect(parseInput(json, image)[0]!.data.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FoldError);
        }
      }),
    );
  });
});

describe('an input without its network', () => {
  const MOST = 6;
  test.each<[string, unknown, number[]]>([
    ['flat', six, [6]],
    ['nested', [[six.slice(0, 3), six.slice(3)]], [1, 2, 3]],
    ['fewer numbers than there may be', [1, 2], [2]],
    ['EZKL', { input_data: [six] }, [6]],
    ['EZKL, nested', { input_data: [[six.slice(0, 3), six.slice(3)]] }, [2, 3]],
    ['EZKL with shapes', { input_data: [six], input_shapes: [[1, 3, 2]] }, [1, 3, 2]],
  ])('%s: has the shape that it is written in', (_, json, shape) => {
    const tensor = parseShapedInput(json, MOST);
    expect([tensor.shape, [...tensor.data]]).toEqual([shape, six.slice(0, tensor.data.length)]);
  });

  test.each<[string, unknown]>([
    ['too many numbers', [...six, 7]],
    ['no numbers', []],
    ['no numbers in a row', [[]]],
    [
      'more rows than numbers, so that only the product is huge',
      [new Array(1000).fill(0), ...new Array(1000).fill([])],
    ],
    ['ragged', [[1, 2], [3]]],
    ['too deep', JSON.parse(`${'['.repeat(40)}1${']'.repeat(40)}`)],
    ['two inputs', { input_data: [[1], [2]] }],
    ['another shape than its numbers have', { input_data: [six], input_shapes: [[2, 2]] }],
    ['a huge shape', { input_data: [six], input_shapes: [[2 ** 30, 2 ** 30, 2 ** 30]] }],
    ['a null', [1, null]],
    ['a number alone', { input_data: [1] }],
    ['no input at all', 'abc'],
  ])('%s: is refused', (_, json) => {
    const error = foldErrorOf(() => parseShapedInput(json, MOST));
    expect([error.code, Boolean(error.expected)]).toEqual(['E_INPUT', true]);
  });

  test('any JSON is read or refused by a FoldError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          expect(parseShapedInput(json, MOST).data.length).toBeLessThanOrEqual(MOST);
        } catch (error) {
          expect(error).toBeInstanceOf(FoldError);
        }
      }),
    );
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerfold-input-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string | Uint8Array): string => {
    writeFileSync(join(folder, 'input.json'), text);
    return join(folder, 'input.json');
  };

  test('read', async () => {
    expect([...(await readInputFile(file('{"input_data":[[1,2,3,4,5,6]]}'), image))[0]!.data]).toEqual(six);
  });

  test('absent, cut, with a bare NaN, not UTF-8, nested a million deep', async () => {
    expect((await foldErrorOfAsync(() => readInputFile(join(folder, 'none.json'), image))).code).toBe('E_FILE');
    for (const text of ['{"input_data":[[1,2', '[1,2,3,4,5,NaN]', Uint8Array.of(0xff, 0xfe)])
      expect((await foldErrorOfAsync(() => readInputFile(file(text), image))).code).toBe('E_FORMAT');
    const deep = '['.repeat(1e6) + ']'.repeat(1e6);
    expect((await foldErrorOfAsync(() => readInputFile(file(deep), image))).code).toMatch(/E_INPUT|E_FORMAT/);
  });
});
