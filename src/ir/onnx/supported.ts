/** The gate in front of everything that interprets nodes: an operator outside the table is refused at once. */
import { FoldError } from '../../errors.ts';
import type { Graph } from '../graph.ts';

/** How many offending nodes an error lists by name; the rest is counted. */
const LISTED = 20;

/**
 * Refuses the graph if any node's operator is missing in `table`, listing ALL offenders by operator and node.
 * @param table names of the operators that the caller can handle
 * @throws E_UNSUPPORTED
 */
export function checkSupported(graph: Graph, table: Iterable<string>): void {
  const known = new Set(table);
  const offenders = graph.nodes.filter((node) => !known.has(node.op));
  if (offenders.length === 0) return;
  const operators = [...new Set(offenders.map((node) => node.op))].sort();
  const listed = offenders.slice(0, LISTED).map((node) => `${node.op} (node "${node.name}")`);
  if (offenders.length > LISTED) listed.push(`${offenders.length - LISTED} more`);
  throw new FoldError('E_UNSUPPORTED', `The network uses operators that are not supported: ${operators.join(', ')}.`, {
    expected: [...known].sort().join(', '),
    got: listed.join('; '),
    hint: 'Export the network without these operators, or replace them by supported ones.',
  });
}
