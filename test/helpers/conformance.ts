/** Cases of ../shared/conformance in doubles: operators of ONNX's own test suite and whole networks. */
import { type ConformanceCase, caseGraph, caseNames, type Frozen, readCase } from '../../bench/conformance/cases.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { sharedPath } from './shared.ts';

const NODES = sharedPath('conformance', 'onnx-node');
const NETWORKS = sharedPath('conformance', 'networks');

export const nodeCases = (): string[] => caseNames(NODES);
export const nodeCase = (name: string): Promise<ConformanceCase> => readCase(NODES, name);
export const networkCases = (): string[] => caseNames(NETWORKS);
export const networkCase = (name: string): Promise<ConformanceCase> => readCase(NETWORKS, name);

const RELATIVE = 1e-3;
const ABSOLUTE = 1e-5;

const near = (got: number, expected: number): boolean =>
  got === expected || Math.abs(got - expected) <= ABSOLUTE + RELATIVE * Math.abs(expected);

/** Runs a case in doubles. Undefined where every output is as expected, else what is not. @throws FoldError */
export function difference(given: ConformanceCase, frozen: Frozen = 'nothing'): string | undefined {
  const { graph, data } = caseGraph(given, frozen);
  const results = evaluate(graph, data);
  for (const [i, { name, value }] of graph.outputs.entries()) {
    const expected = given.expected[i]!;
    if (value.shape.join() !== expected.shape.join()) return `${name}: shape [${value.shape}], not [${expected.shape}]`;
    const at = results[i]!.findIndex((number, k) => !near(number, expected.data[k]!));
    if (at >= 0) return `${name}[${at}]: ${results[i]![at]}, not ${expected.data[at]}`;
  }
  return undefined;
}
