/**
 * Where the ranges of tensors begin. A constant far below what it is compared with needs no room (comparisons.ts); nor does it where only
 * another comparison reads the result: a part of a reduction in which all is masked.
 */
import type { Range } from '../plan.ts';
import type { Codes } from './integer.ts';
import { operandsOf, type ResolvedGraph } from './resolve.ts';

/** @param tensorsOf the tensors that codes are of */
export function lowsOf(
  { tensors, outputs }: ResolvedGraph,
  ranges: readonly Range[],
  tensorsOf: (codes: Codes) => readonly number[],
): number[] {
  const isRead = new Uint8Array(tensors.length);
  const read = (codes: Codes): void => {
    for (const u of tensorsOf(codes)) isRead[u] = 1;
  };
  for (const { codes } of outputs) read(codes);
  for (const { operation } of tensors)
    if (operation.op !== 'maximum') for (const codes of operandsOf(operation)) read(codes);
  const lows: number[] = [];
  tensors.forEach(({ operation }, t) => {
    const { low } = ranges[t]!;
    const isPart = operation.op === 'maximum' && isRead[t] === 0;
    const compared = isPart ? operation.leaves.flatMap((leaf) => tensorsOf(leaf)) : [];
    const least = compared.reduce((most, u) => Math.min(most, lows[u]!), Infinity);
    lows.push(least === Infinity ? low : Math.max(low, least));
  });
  return lows;
}
