/** The accuracy of a machine's plan as lines: agreement of the class, errors of the outputs, and nodes. */
import { type NodeErrors, type TensorAccuracy, worstNodes } from '../tensor/accuracy.ts';
import { number, table } from './format.ts';

const percent = (max: number, range: number): string => `${number((100 * max) / (range || 1))} %`;

/** @param count nodes to show, the worst first; undefined for all in their order */
export function accuracyLines(accuracy: TensorAccuracy, count?: number): string[] {
  const { inputs, sameClass, outputs, nodes } = accuracy;
  const shown: readonly NodeErrors[] = count === undefined ? nodes : worstNodes(accuracy, count);
  const agreement =
    inputs === 1
      ? sameClass === 1
        ? 'the same class'
        : 'ANOTHER CLASS'
      : `the same class for ${sameClass} of ${inputs} inputs`;
  return [
    `float network: ${agreement}`,
    ...table([
      ['output', 'largest error', 'of the range', 'mean error', 'median error'],
      ...outputs.map(({ name, max, mean, median, range }) => [
        ...[name, number(max), percent(max, range), number(mean), number(median)],
      ]),
    ]),
    ...table([
      [count === undefined ? 'node' : 'worst nodes', 'largest error', 'of the range', 'mean error'],
      ...shown.map(({ name, max, mean, range }) => [name, number(max), percent(max, range), number(mean)]),
    ]),
  ];
}
