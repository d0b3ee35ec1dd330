/**
 * Sub-graphs that are a function of one number become one table. Exporters write activations as graphs (x times tanh of softplus of
 * x, the reciprocal of a root of a variance); every operation on the way would be a step of the proof and a rounding.
 *
 * A sub-graph is taken where it has one result that is used outside, reads one tensor, element by element, and holds a table
 * already: lines and products alone are cheaper and more exact as they are. Comparisons and floors stay, since a table cannot jump.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import { type Computed, type GraphOperation, isConstant, type Operation, type TensorGraph } from './graph.ts';
import { nearestFinite } from './partial.ts';
import { computedOperands, needed } from './rewrite.ts';

/** f of one number made of functions of one number: its text says all that it is made of. */
interface Formula {
  readonly text: string;
  readonly f: (x: number) => number;
}

/** Products and sums of finite numbers are kept finite: a table of functions that are defined everywhere is so too. */
const finite = (x: number): number => (Number.isNaN(x) ? 0 : nearestFinite(x));

const allSame = (data: Float64Array): boolean => data.every((value) => value === data[0]);

interface Elementwise {
  /** Weights of the sources and a constant, the same for every element. */
  readonly weights: readonly number[];
  readonly bias: number;
}

/** A linear operation that adds multiples of the same element of its sources; undefined for others. */
function elementwise(operation: Operation & { op: 'linear' }, count: number): Elementwise | undefined {
  const { sources, width, taps, weights, position, kernel, bias } = operation;
  if (width > 2 * sources.length || sources.some((source) => entryCount(source.shape) !== count)) return undefined;
  if (bias !== undefined && !allSame(bias)) return undefined;
  const sums = new Array<number>(sources.length).fill(0);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < width; k++) {
      const tap = taps[position[i]! * width + k]!;
      if (tap % count !== i || weights[kernel[i]! * width + k] !== weights[kernel[0]! * width + k]) return undefined;
      if (Math.floor(tap / count) !== Math.floor(taps[position[0]! * width + k]! / count)) return undefined;
      if (i === 0) sums[Math.floor(tap / count)]! += weights[kernel[0]! * width + k]!;
    }
  return { weights: sums, bias: bias?.[0] ?? 0 };
}

/** How an operation computes an element from the elements of its operands at the same place; undefined where it does not. */
function formulaOf({ operation, result }: GraphOperation): ((operands: readonly Formula[]) => Formula) | undefined {
  if (result.kind !== 'real') return undefined;
  switch (operation.op) {
    case 'function':
      return ([x]) => ({ text: `${operation.name}(${x!.text})`, f: (t) => operation.f(x!.f(t)) });
    case 'multiply':
      return ([a, b]) => ({ text: `(${a!.text} * ${b!.text})`, f: (t) => a!.f(t) * b!.f(t) });
    case 'maximum': {
      const { b: other } = operation;
      if (!isConstant(other))
        return ([a, b]) => ({ text: `max(${a!.text}, ${b!.text})`, f: (t) => Math.max(a!.f(t), b!.f(t)) });
      const bound = other.data[0]!;
      if (!allSame(other.data)) return undefined;
      return ([a]) => ({ text: `max(${a!.text}, ${bound})`, f: (t) => Math.max(a!.f(t), bound) });
    }
    case 'linear': {
      const sum = elementwise(operation, entryCount(result.shape));
      if (sum === undefined) return undefined;
      const { weights, bias } = sum;
      return (operands) => ({
        text: `(${operands.map(({ text }, k) => `${weights[k]} ${text}`).join(' + ')} + ${bias})`,
        f: (t) => operands.reduce((total, { f }, k) => total + weights[k]! * f(t), bias),
      });
    }
    default:
      return undefined;
  }
}

interface Members {
  /** Ids of the operations of the sub-graph. */
  readonly ids: ReadonlySet<number>;
  /** The tensor that it reads. */
  readonly base: Computed;
}

/** The largest sub-graph that ends in an operation and reads one tensor. */
function largest(
  operations: readonly GraphOperation[],
  end: number,
  canJoin: (id: number, ids: ReadonlySet<number>) => boolean,
): Members | undefined {
  const ids = new Set([end]);
  const frontier = new Map<number, Computed>();
  const read = (id: number): void => {
    for (const operand of computedOperands(operations[id]!.operation))
      if (!ids.has(operand.id)) frontier.set(operand.id, operand);
  };
  read(end);
  let found: Members | undefined;
  for (;;) {
    // The latest of the tensors that are read: what all others of them may lead to comes before it.
    const latest = Math.max(...frontier.keys());
    if (frontier.size === 1) found = { ids: new Set(ids), base: frontier.get(latest)! };
    if (frontier.size === 0 || !canJoin(latest, ids)) return found;
    frontier.delete(latest);
    ids.add(latest);
    read(latest);
  }
}

/** The graph with such sub-graphs as tables, and without what nothing needs. */
export function fuseFunctions(graph: TensorGraph): TensorGraph {
  const { operations, outputs } = graph;
  const users: number[][] = operations.map(() => []);
  for (const { operation, result } of operations)
    for (const operand of computedOperands(operation)) users[operand.id]!.push(result.id);
  const isOutput = new Set(outputs.flatMap(({ value }) => (isConstant(value) ? [] : [value.id])));
  const formulas = operations.map(formulaOf);
  const rewritten = [...operations];
  const taken = new Set<number>();
  for (let end = operations.length - 1; end >= 0; end--) {
    if (formulas[end] === undefined || taken.has(end)) continue;
    const count = entryCount(operations[end]!.result.shape);
    const members = largest(operations, end, (id, ids) => {
      // a range that an operator says of a line is that of a table's argument, which so has fewer cells
      const isArgument = operations[id]!.bounds !== undefined && operations[id]!.operation.op !== 'function';
      const inside = !isOutput.has(id) && !isArgument && users[id]!.every((user) => ids.has(user));
      return inside && formulas[id] !== undefined && entryCount(operations[id]!.result.shape) === count;
    });
    if (members === undefined || members.ids.size < 2 || entryCount(members.base.shape) !== count) continue;
    const { ids, base } = members;
    const functions = [...ids].flatMap((id) => {
      const { operation } = operations[id]!;
      return operation.op === 'function' ? [operation] : [];
    });
    if (functions.length === 0) continue;
    const known = new Map<number, Formula>([[base.id, { text: 'x', f: (x) => x }]]);
    for (const id of [...ids].sort((a, b) => a - b))
      known.set(
        id,
        formulas[id]!(computedOperands(operations[id]!.operation).map((operand) => known.get(operand.id)!)),
      );
    const { text, f } = known.get(end)!;
    const { result } = operations[end]!;
    const x = { ...base, shape: result.shape };
    // what is undefined inside is so in the whole
    const isPartial = functions.some((operation) => operation.isPartial);
    const whole = isPartial ? f : (t: number) => finite(f(t));
    rewritten[end] = { ...operations[end]!, operation: { op: 'function', x, name: text, f: whole, isPartial } };
    for (const id of ids) taken.add(id);
  }
  return needed({ ...graph, operations: rewritten });
}
