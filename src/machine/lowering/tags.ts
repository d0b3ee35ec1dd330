/**
 * The tags of a program's tables. A look-up finds a vector whose third number is its table's tag and whose further ones are 0, so a
 * tag must be what no other vector has there, whatever a prover gives as input: then an index that is none of its table's has no witness
 * (docs/protocol.md, section 11.5).
 */
import { invariant } from '../../errors.ts';
import { SHIFT, VALUE_BITS } from '../shape.ts';
import { type Entry, type JobList, NO_TABLE } from './jobs.ts';

const HALF = 2 ** (VALUE_BITS - 1);

/** The least accumulator: what a sum of several parts keeps whole. */
const LEAST_SUM = -(2 ** (SHIFT + VALUE_BITS - 1));

/** By table: below all that inputs and lanes can be, and none of the numbers of constants and of entries. */
export function chooseTags(list: JobList): Float64Array {
  const lowest = leastOfLanes(list);
  const known = new Set<number>();
  const note = (x: number): void => {
    if (x < lowest) known.add(x);
  };
  for (const values of list.constants) values.forEach(note);
  for (const { entries } of list.tables) for (const entry of entries) entry?.forEach(note);
  let tag = lowest;
  return Float64Array.from(list.tables, () => {
    do tag--;
    while (known.has(tag));
    return tag;
  });
}

/** What no lane vector of any run has a number below, parts of sums included. */
function leastOfLanes({ origins, constants, jobs, lookups, tables }: JobList): number {
  const leastEntries = tables.map(({ entries }) => entries.reduce((low, entry) => Math.min(low, leastOf(entry)), 0));
  /** By vector, at most 0. */
  const least = new Float64Array(origins.length);
  let lowest = LEAST_SUM;
  // what a vector is made of has lower numbers than it
  origins.forEach(({ from, place }, v) => {
    if (from === 'constant') least[v] = Math.min(0, ...constants[place]!);
    else if (from === 'input') least[v] = -HALF;
    else if (from === 'lookup') {
      const regions = new Set(lookups[place]!.tables);
      for (const region of regions) if (region !== NO_TABLE) least[v] = Math.min(least[v]!, leastEntries[region]!);
    } else {
      const { m, y } = jobs[place]!;
      const [m1, m2, m3, m4] = m;
      invariant(m4 >= 0, 'a lane vector less another one');
      // y from -2^16 to 2^16 - 1, rem from 0 to 2^15 - 1, relu from 0 to 2^16 - 1
      least[v] = -Math.abs(m1) * HALF + Math.min(m2, 0) * 2 ** SHIFT + Math.min(m3, 0) * HALF + m4 * least[y]!;
      lowest = Math.min(lowest, least[v]);
    }
  });
  return lowest;
}

const leastOf = (entry: Entry | undefined): number => (entry ? Math.min(...entry) : 0);
