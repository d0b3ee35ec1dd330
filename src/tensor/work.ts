/** What a tensor graph computes, in numbers for people: its operations by kind, and multiplications by what is not zero. */
import { entryCount } from '../layers/tensor-shape.ts';
import type { GraphOperation, LinearOperation, TensorGraph } from './graph.ts';
import { proven } from './rewrite.ts';

export interface GraphWork {
  /** By kind, without inputs and moved numbers, which cost nothing. */
  readonly operations: Readonly<Record<string, number>>;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
}

/** What only names numbers that others compute. */
const FREE: ReadonlySet<string> = new Set(['input', 'arrange', 'within', 'either']);

/** The operations that compute something, of two forms those of the close one. */
export function computing(graph: TensorGraph): readonly GraphOperation[] {
  const isProven = proven(graph);
  return graph.operations.filter(({ operation: { op } }, id) => isProven[id] === 1 && !FREE.has(op));
}

export function workOf(graph: TensorGraph): GraphWork {
  const kinds: Record<string, number> = {};
  let macs = 0;
  for (const step of computing(graph)) {
    const { op } = step.operation;
    kinds[op] = (kinds[op] ?? 0) + 1;
    macs += macsOf(step);
  }
  return { operations: kinds, macs };
}

function macsOf({ operation, result }: GraphOperation): number {
  switch (operation.op) {
    case 'linear':
      return linearMacs(operation);
    case 'matmul':
      return entryCount(result.shape) * operation.a.shape.at(-1)!;
    case 'multiply':
      return entryCount(result.shape);
    default:
      return 0;
  }
}

/** Taps that read something with a weight other than zero. */
function linearMacs({ width, taps, weights, position, kernel }: LinearOperation): number {
  let macs = 0;
  position.forEach((p, i) => {
    for (let k = 0; k < width; k++) if (taps[p * width + k]! >= 0 && weights[kernel[i]! * width + k] !== 0) macs++;
  });
  return macs;
}
