/**
 * Rows that one piece of source makes are one group: the same scope (but for numbers in its name) and the
 * same chain of calls. A group's
 * name has functions and the how many-th place in each (where there are several), never a line, so that it outlives edits elsewhere.
 */
import type { CallChain, Place } from './call-chain.ts';
import type { RecordedRow } from './recorder.ts';

export interface Group {
  readonly name: string;
  /** Indices into the recorded rows. */
  readonly rows: readonly number[];
}

export function groupsOf(rows: readonly RecordedRow[]): Group[] {
  const numbers = placeNumbers(rows.map(({ chain }) => chain));
  const groups = new Map<string, number[]>();
  rows.forEach(({ scope, chain, sbox }, k) => {
    const calls = chain.map((place) => `${place.name}${numbers.get(keyOf(place))}`).join(' > ');
    const where = scope.replace(/\d+/g, '#');
    const name = `${where ? `${where}: ` : ''}${calls}${sbox ? ' > S-box' : ''}`;
    const group = groups.get(name);
    if (group) group.push(k);
    else groups.set(name, [k]);
  });
  return [...groups].map(([name, indices]) => ({ name, rows: indices }));
}

const keyOf = ({ file, name, line, column }: Place): string => `${file} ${name} ${line} ${column}`;

/** '' for the only place in its function, else #1, #2, ... in the order of the source. */
function placeNumbers(chains: readonly CallChain[]): Map<string, string> {
  const byFunction = new Map<string, Map<string, Place>>();
  for (const place of chains.flat()) {
    const name = `${place.file} ${place.name}`;
    if (!byFunction.has(name)) byFunction.set(name, new Map());
    byFunction.get(name)!.set(keyOf(place), place);
  }
  const numbers = new Map<string, string>();
  for (const places of byFunction.values()) {
    const sorted = [...places].sort(([, a], [, b]) => a.line - b.line || a.column - b.column);
    for (const [k, [key]] of sorted.entries()) numbers.set(key, sorted.length === 1 ? '' : `#${k + 1}`);
  }
  return numbers;
}
