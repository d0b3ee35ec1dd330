/** What a graph asks of its numbers (graph.ts: `within`, `either`), with the codes of these, of what is computed. */
import type { Operation, TensorGraph, Value } from '../graph.ts';
import { proven } from '../rewrite.ts';
import type { Codes } from './integer.ts';

export interface Condition<Op extends 'within' | 'either'> {
  readonly operation: Extract<Operation, { op: Op }>;
  readonly id: number;
  readonly node: string;
  readonly codes: Codes;
  /** The last of them that is computed. */
  readonly last: number;
}

export interface Conditions {
  /** Numbers that must be in bounds. */
  readonly bounded: readonly Condition<'within'>[];
  /** Scores that must not be far apart, of the choices whose close form is proven. */
  readonly close: readonly Condition<'either'>[];
}

/** @param exact ids of the choices whose exact form is proven */
export function conditionsOf(
  graph: TensorGraph,
  exact: ReadonlySet<number>,
  codesOf: (value: Value) => Codes,
): Conditions {
  const isProven = proven(graph, exact);
  const bounded: Condition<'within'>[] = [];
  const close: Condition<'either'>[] = [];
  graph.operations.forEach(({ operation, node }, id) => {
    if (isProven[id] === 0) return;
    const condition = <Op extends 'within' | 'either'>(of: Extract<Operation, { op: Op }>, value: Value) => {
      const codes = codesOf(value);
      return { operation: of, id, node, codes, last: codes.reduce((last, code) => Math.max(last, code), -1) };
    };
    if (operation.op === 'within') bounded.push(condition<'within'>(operation, operation.x));
    if (operation.op === 'either' && !exact.has(id)) close.push(condition<'either'>(operation, operation.scores));
  });
  return { bounded, close };
}
