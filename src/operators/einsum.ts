/**
 * Einsum: two operands at a time as a product of matrices. Letters of both that stay are the batch, letters of both that go are summed,
 * a letter of one operand that goes is summed before, a repeated letter is a diagonal.
 */
import { stringAttribute } from '../layers/node.ts';
import { entryCount, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { indexOf, steps, stridesOf } from '../tensor/indices.ts';
import { malformed, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';

/** A tensor whose axes have names, each once. */
interface Named {
  readonly value: Value;
  readonly letters: readonly string[];
}

/** Letters of a term; those of an ellipsis that stands for `hidden` axes are numbers, counted from the last. */
function lettersOf(term: string, hidden: number): string[] {
  const [before = '', behind] = term.split('...');
  const dots = behind === undefined ? [] : Array.from({ length: hidden }, (_, i) => `${hidden - i}`);
  return [...before, ...dots, ...(behind ?? '')];
}

/** Repeated letters of an operand as one axis, along their diagonal. */
function diagonal(b: TensorBuilder, value: Value, letters: readonly string[]): Named {
  const distinct = [...new Set(letters)];
  if (distinct.length === letters.length) return { value, letters };
  const strides = stridesOf(value.shape);
  const shape = distinct.map((letter) => value.shape[letters.indexOf(letter)]!);
  const tables = distinct.map((letter, axis) => {
    const stride = letters.reduce((sum, other, i) => (other === letter ? sum + strides[i]! : sum), 0);
    return steps(shape[axis]!, stride);
  });
  return { value: b.arrange([value], shape, indexOf(shape, tables)), letters: distinct };
}

/** Only the letters that are kept; the others are summed. */
function keep(b: TensorBuilder, { value, letters }: Named, kept: (letter: string) => boolean): Named {
  const gone = [...letters.keys()].filter((axis) => !kept(letters[axis]!));
  return gone.length === 0 ? { value, letters } : { value: b.sum(value, gone, false), letters: letters.filter(kept) };
}

/** The axes in that order, those of each group joined into one. */
function grouped(b: TensorBuilder, { value, letters }: Named, groups: readonly (readonly string[])[]): Value {
  const axes = groups.flat().map((letter) => letters.indexOf(letter));
  const dims = groups.map((group) => entryCount(group.map((letter) => value.shape[letters.indexOf(letter)]!)));
  return b.reshape(b.transpose(value, axes), dims);
}

/** Two operands as one; `needed` are the letters that something reads afterwards. */
function contract(b: TensorBuilder, first: Named, second: Named, needed: (letter: string) => boolean): Named {
  const left = keep(b, first, (letter) => needed(letter) || second.letters.includes(letter));
  const right = keep(b, second, (letter) => needed(letter) || first.letters.includes(letter));
  const both = left.letters.filter((letter) => right.letters.includes(letter));
  const [batch, inner] = [both.filter(needed), both.filter((letter) => !needed(letter))];
  const rows = left.letters.filter((letter) => !both.includes(letter));
  const columns = right.letters.filter((letter) => !both.includes(letter));
  const product = b.matmul(grouped(b, left, [batch, rows, inner]), grouped(b, right, [batch, inner, columns]));
  const letters = [...batch, ...rows, ...columns];
  const dimOf = (letter: string): number => {
    const at = left.letters.indexOf(letter);
    return at >= 0 ? left.value.shape[at]! : right.value.shape[right.letters.indexOf(letter)]!;
  };
  return { value: b.reshape(product, letters.map(dimOf)), letters };
}

interface Equation {
  readonly terms: readonly string[][];
  readonly result: readonly string[];
}

function parse({ node }: NodeCall, operands: readonly Value[]): Equation {
  const equation = stringAttribute(node, 'equation', '').replaceAll(' ', '');
  const [inputs = '', output] = equation.split('->');
  const written = inputs.split(',');
  if (!/^[A-Za-z.,]*(->[A-Za-z.]*)?$/.test(equation) || written.length !== operands.length)
    throw malformed(node, 'has an equation that does not fit', `${operands.length} terms`, equation);
  const plain = (term: string): number => term.replace('...', '').length;
  const hidden = written.map((term, i) => operands[i]!.shape.length - plain(term));
  const terms = written.map((term, i) => lettersOf(term, hidden[i]!));
  const bad = terms.findIndex((letters, i) => letters.length !== operands[i]!.shape.length);
  if (bad >= 0)
    throw malformed(
      node,
      'has an equation that does not fit',
      `${written[bad]} of ${shapeText(operands[bad]!.shape)}`,
      equation,
    );
  if (output !== undefined) return { terms, result: lettersOf(output, Math.max(0, ...hidden)) };
  const all = terms.flat();
  const once = [...new Set(all)].filter((letter) => /\d/.test(letter) || all.filter((l) => l === letter).length === 1);
  const dots = once.filter((letter) => /\d/.test(letter)).sort((x, y) => Number(y) - Number(x));
  return { terms, result: [...dots, ...once.filter((letter) => !/\d/.test(letter)).sort()] };
}

/** Sizes of letters; axes of 1 under an ellipsis are repeated. */
function broadcastDots(
  b: TensorBuilder,
  call: NodeCall,
  values: readonly Value[],
  terms: readonly string[][],
): Value[] {
  const sizes = new Map<string, number>();
  terms.forEach((letters, i) => {
    letters.forEach((letter, axis) => {
      const dim = values[i]!.shape[axis]!;
      sizes.set(letter, dim === 1 ? (sizes.get(letter) ?? 1) : dim);
    });
  });
  return values.map((value, i) => {
    const shape = terms[i]!.map((letter) => sizes.get(letter)!);
    const misfit = shape.findIndex((dim, axis) => dim !== value.shape[axis] && value.shape[axis] !== 1);
    if (misfit >= 0)
      throw malformed(call.node, 'has axes that do not fit', `${shape[misfit]}`, `${value.shape[misfit]}`);
    return b.broadcast(value, shape);
  });
}

export const EINSUM: Operator = {
  op: 'Einsum',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: ['equation'],
  expand: (b, call) => {
    const operands = call.inputs.map((_, i) => requiredInput(call, i));
    const { terms, result } = parse(call, operands);
    const all = terms.flat();
    if (new Set(result).size !== result.length || result.some((letter) => !all.includes(letter)))
      throw malformed(call.node, 'has an equation that does not fit', 'each letter of the result once, and in a term');
    const named = broadcastDots(b, call, operands, terms).map((value, i) => diagonal(b, value, terms[i]!));
    const product = named.slice(1).reduce((left, right, i) => {
      const later = new Set([...result, ...named.slice(i + 2).flatMap(({ letters }) => letters)]);
      return contract(b, left, right, (letter) => later.has(letter));
    }, named[0]!);
    const last = keep(b, product, (letter) => result.includes(letter));
    return [
      b.transpose(
        last.value,
        result.map((letter) => last.letters.indexOf(letter)),
      ),
    ];
  },
};
