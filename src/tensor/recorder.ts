/**
 * The operations of a graph while it is built: appends one, or finds the equal one that is there already. graph-builder.ts
 * decides what is appended.
 */
import { FoldError } from '../errors.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import {
  type Computed,
  type Constant,
  type GraphOperation,
  isConstant,
  type NumberKind,
  type Operation,
  type Shape,
  type StructuralRange,
  type Value,
} from './graph.ts';

export const constantOf = (shape: Shape, data: Float64Array, kind: NumberKind): Constant => ({ shape, kind, data });

type TypedArray = Int32Array | Float64Array;

function hashArray(array: TypedArray, seed: number): number {
  const words = new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4);
  let hash = seed;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  return hash;
}

const sameArray = (a: TypedArray, b: TypedArray): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
const isArray = (x: unknown): x is TypedArray => x instanceof Int32Array || x instanceof Float64Array;

/** Text that equal operations share: operands, numbers and digests of arrays. */
function keyOf(operation: Operation, shape: Shape, kind: NumberKind): string {
  const part = (value: unknown): string => {
    if (isArray(value)) return `${value.length}:${hashArray(value, 0x811c9dc5)}`;
    if (Array.isArray(value)) return `[${value.map(part).join()}]`;
    if (typeof value === 'function') return '';
    if (typeof value !== 'object' || value === null) return String(value);
    const operand = value as Value;
    const data = isConstant(operand) ? `=${part(operand.data)}` : `#${operand.id}`;
    return `${data}(${operand.shape.join()})`;
  };
  return `${Object.values(operation).map(part).join(';')}->${shape.join()}${kind}`;
}

/** Whether the arrays that a digest stands for are the same. */
function sameParts(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isArray(a)) return isArray(b) && sameArray(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameParts(x, b[i]));
  if (typeof a === 'object' && a !== null && 'data' in a) return sameParts(a.data, (b as Constant).data);
  return typeof a === 'object' || typeof a === 'function';
}

/** Numbers of one result that is computed: a limit against hostile shapes. */
const MOST_COMPUTED = 2 ** 24;

/** Numbers of all results and of the arrays of all operations: a limit against hostile files, some 2 GB. */
const MOST_NUMBERS = 2 ** 28;

/** Numbers of an operation's own arrays. */
const numbersOf = (operation: Operation): number =>
  Object.values(operation).reduce<number>((sum, value) => (isArray(value) ? sum + value.length : sum), 0);

export class Recorder {
  readonly operations: GraphOperation[] = [];
  readonly #known = new Map<string, GraphOperation>();
  #held = 0;
  /** The ONNX node whose operations are being appended. */
  node = '';

  /** @throws E_TOO_LARGE for a result that no network computes */
  bound(shape: Shape): void {
    const count = entryCount(shape);
    if (count > MOST_COMPUTED)
      throw new FoldError('E_TOO_LARGE', `A result of the node "${this.node}" is too large.`, {
        expected: `at most ${MOST_COMPUTED} numbers`,
        got: `${count}`,
      });
  }

  /** Operation that made a value, undefined for a constant. */
  operationOf(value: Value): Operation | undefined {
    return isConstant(value) ? undefined : this.operations[value.id]!.operation;
  }

  /** Says what is known of the numbers of a result. */
  says(id: number, bounds: StructuralRange): void {
    this.operations[id] = { ...this.operations[id]!, bounds };
  }

  input(name: string, shape: Shape, kind: NumberKind): Computed {
    return this.#append({ op: 'input', name }, shape, kind);
  }

  /** The result of an operation: found, or appended. */
  record(operation: Operation, shape: Shape, kind: NumberKind): Value {
    if (entryCount(shape) === 0) return constantOf(shape, new Float64Array(0), kind);
    const key = keyOf(operation, shape, kind);
    const known = this.#known.get(key);
    if (known && sameParts(Object.values(known.operation), Object.values(operation))) return known.result;
    const result = this.#append(operation, shape, kind);
    this.#known.set(key, this.operations[result.id]!);
    return result;
  }

  #append(operation: Operation, shape: Shape, kind: NumberKind): Computed {
    this.bound(shape);
    this.#held += entryCount(shape) + numbersOf(operation);
    if (this.#held > MOST_NUMBERS)
      throw new FoldError('E_TOO_LARGE', 'The network is too large.', {
        expected: `at most ${MOST_NUMBERS} numbers and places of numbers`,
        got: `more, at node "${this.node}"`,
      });
    const result: Computed = { shape, kind, id: this.operations.length };
    this.operations.push({ operation, result, node: this.node });
    return result;
  }
}
