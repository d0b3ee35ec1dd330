/**
 * A model input from JSON. Two forms are read:
 *   EZKL's:  { "input_data": [[...], ...], "input_shapes": [[1, 1, 8, 8], ...] }   input_data[i] = i-th input, flat
 *   plain:   a nested array of the input's shape, or flat; with several inputs a list of such arrays
 * EZKL's may have more entries than a network of several inputs has: the last ones are of inputs that the export dropped. A batch
 * dimension of 1 may be missing; true and false are 1 and 0 where an input is of integers or booleans. Everything is
 * checked before it is believed: numbers only (a NaN written as a string or null is refused), exact length at every level, so that neither depth nor size can exceed the model's.
 */
import * as z from 'zod';
import { concatNumbers } from '../algebra/concat.ts';
import { FoldError } from '../errors.ts';
import { issueText, listOf } from '../store/bounded.ts';
import type { Graph, GraphValue, Tensor } from './graph.ts';

/** Inputs of a network, and dimensions of one. */
const MAX_INPUTS = 1024;
const MAX_DIMENSIONS = 16;

const EzklInput = z.strictObject({
  input_data: listOf(z.unknown(), MAX_INPUTS),
  input_shapes: listOf(listOf(z.int().positive(), MAX_DIMENSIONS), MAX_INPUTS).optional(),
  /** EZKL's tools write the outputs beside the inputs; they are computed here, never believed. */
  output_data: z.unknown().optional(),
});

/**
 * @returns one tensor per graph input, in the graph's order and shapes
 * @throws E_INPUT naming the place and what was expected there
 */
export function parseInput(json: unknown, graph: Pick<Graph, 'inputs'>): Tensor[] {
  if (Array.isArray(json)) {
    const lone = graph.inputs.length === 1;
    if (!lone) checkCount('The input', graph.inputs.length, json.length);
    return graph.inputs.map((input, i) => parseTensor(lone ? json : json[i], input, lone ? 'input' : `input[${i}]`));
  }
  const { input_data: data, input_shapes: shapes } = parseEzkl(json, graph.inputs.map(describe).join(' and '));
  // exporters' scripts write all that they had; several entries for one input would be several samples
  const lone = graph.inputs.length === 1;
  checkCount('input_data', graph.inputs.length, lone ? data.length : Math.min(data.length, graph.inputs.length));
  if (shapes !== undefined)
    checkCount('input_shapes', graph.inputs.length, Math.min(shapes.length, graph.inputs.length));
  return graph.inputs.map((input, i) => {
    const shape = shapes?.[i];
    if (shape !== undefined && !accepted(input.shape).some((form) => form.join() === shape.join()))
      throw new FoldError('E_INPUT', `input_shapes[${i}] is not the model's.`, {
        expected: describe(input),
        got: `[${shape.join(', ')}]`,
      });
    return parseTensor(data[i], input, `input_data[${i}]`);
  });
}

/**
 * The one input of a network whose graph is not at hand, in the shape that the JSON itself gives: `input_shapes`, or how the
 * numbers are nested.
 * @param most numbers that it may have
 * @throws E_INPUT for several inputs, for none or too many numbers, and as `parseInput`
 */
export function parseShapedInput(json: unknown, most: number): Tensor {
  const wanted = `one input of 1 to ${most} numbers`;
  const ezkl = Array.isArray(json) ? undefined : parseEzkl(json, wanted);
  if (ezkl) checkCount('input_data', 1, ezkl.input_data.length);
  const shape = ezkl?.input_shapes?.[0] ?? nestingOf(ezkl ? ezkl.input_data[0] : json, MAX_DIMENSIONS);
  const count = shape.length === 0 ? 0 : shape.reduce((p, d) => p * d, 1);
  if (!(count >= 1 && count <= most))
    throw new FoldError('E_INPUT', 'The input does not fit the network.', {
      expected: wanted,
      got: `shape [${shape.join(', ')}]`,
    });
  return parseInput(json, { inputs: [{ name: 'input', shape }] })[0]!;
}

/** All inputs of a network, one after another, as what a run is of; of a network with one it is that. */
export function joinInputs(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 1) return tensors[0]!;
  const data = concatNumbers(tensors.map((tensor) => tensor.data));
  return { shape: [data.length], data };
}

/** An input that `joinInputs` made, as a file of ours shows it. @throws E_INPUT */
export function parseJoined(json: unknown, { inputs }: Pick<Graph, 'inputs'>): Tensor {
  if (inputs.length === 1) return parseInput(json, { inputs })[0]!;
  const count = inputs.reduce((n, { shape }) => n + shape.reduce((p, d) => p * d, 1), 0);
  return parseInput(json, { inputs: [{ name: 'all inputs', shape: [count] }] })[0]!;
}

function parseEzkl(json: unknown, inputs: string): z.infer<typeof EzklInput> {
  const parsed = EzklInput.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FoldError('E_INPUT', 'The input is neither an array nor of the form {input_data, input_shapes?}.', {
    expected: `{"input_data": [[...]]} with ${inputs}`,
    got: issueText(parsed.error),
  });
}

function describe({ name, shape }: GraphValue): string {
  return `"${name}" [${shape.join(', ')}] (${shape.reduce((p, d) => p * d, 1)} numbers)`;
}

function checkCount(what: string, expected: number, got: number): void {
  if (expected !== got)
    throw new FoldError('E_INPUT', `${what} must have one entry per model input.`, {
      expected: `${expected}`,
      got: `${got}`,
    });
}

/** The nestings in which a tensor of this shape may be written. */
function accepted(shape: readonly number[]): readonly (readonly number[])[] {
  const count = shape.reduce((p, d) => p * d, 1);
  const forms: (readonly number[])[] = [shape, [count], [1, count]];
  if (shape.length > 1 && shape[0] === 1) forms.push(shape.slice(1));
  return forms;
}

/** Lengths of the arrays from the outermost to the innermost, along the first entries; `most` levels of them. */
function nestingOf(value: unknown, most: number): number[] {
  const lengths: number[] = [];
  for (let at = value; Array.isArray(at) && lengths.length < most; at = at[0]) lengths.push(at.length);
  return lengths;
}

function parseTensor(value: unknown, input: GraphValue, path: string): Tensor {
  const forms = accepted(input.shape);
  const deepest = Math.max(...forms.map((form) => form.length));
  const written = nestingOf(value, deepest + 1);
  const form = forms.find((candidate) => candidate.join() === written.join());
  if (form === undefined)
    throw new FoldError('E_INPUT', `The shape of ${path} is not the model's.`, {
      expected: `${describe(input)}, nested or flat`,
      got: Array.isArray(value) ? `[${written.join(', ')}]` : typeof value,
    });
  checkForm(value, form, 0, path);
  const data = new Float64Array(input.shape.reduce((p, d) => p * d, 1));
  fill(input.integers ? booleansAsNumbers(value) : value, form, 0, data, 0, path);
  checkKind(data, input, path);
  return { shape: input.shape, data };
}

/** What is an integer is not rounded to one, and a boolean is no other one. */
function checkKind(data: Float64Array, { integers, booleans }: GraphValue, path: string): void {
  if (!integers) return;
  const bad = data.findIndex((x) => (booleans ? x !== 0 && x !== 1 : !Number.isInteger(x)));
  if (bad < 0) return;
  throw new FoldError('E_INPUT', `Number ${bad} of ${path} is not of the model's type.`, {
    expected: booleans ? 'true or false, 1 or 0' : 'an integer',
    got: String(data[bad]),
  });
}

/** Every array has its length: so many numbers as the shape says are there before room for them is taken. */
function checkForm(value: unknown, form: readonly number[], level: number, path: string): void {
  if (level === form.length) return;
  if (!Array.isArray(value) || value.length !== form[level])
    throw new FoldError('E_INPUT', `The shape of ${path} is wrong.`, {
      expected: `an array of ${form[level]} entries`,
      got: Array.isArray(value) ? `${value.length} entries` : typeof value,
    });
  if (level + 1 < form.length)
    value.forEach((entry, i) => {
      checkForm(entry, form, level + 1, `${path}[${i}]`);
    });
}

/** A boolean tensor may be written as 0 and 1 or as false and true. */
function booleansAsNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(booleansAsNumbers);
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Copies `value`, nested as `form` says from `level` on, into `data` at `offset`; returns the offset behind it. */
function fill(
  value: unknown,
  form: readonly number[],
  level: number,
  data: Float64Array,
  offset: number,
  path: string,
): number {
  if (level === form.length) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new FoldError('E_INPUT', `The value at ${path} is not a finite number.`, {
        expected: 'a number',
        got:
          typeof value === 'number'
            ? 'a number beyond 1.8e308'
            : Array.isArray(value)
              ? 'an array'
              : (JSON.stringify(value) ?? typeof value).slice(0, 40),
      });
    data[offset] = value;
    return offset + 1;
  }
  const entries = value as readonly unknown[];
  let next = offset;
  for (const [i, entry] of entries.entries()) next = fill(entry, form, level + 1, data, next, `${path}[${i}]`);
  return next;
}
