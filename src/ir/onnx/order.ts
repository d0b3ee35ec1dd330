/**
 * Topological order of the nodes. The specification asks exporters for it; files in the wild do not always keep it.
 */
import { FoldError } from '../../errors.ts';
import type { GraphNode } from '../graph.ts';

/**
 * Sorts the nodes so that each comes after the producers of its inputs. A file that is sorted already keeps its
 * order. Depth-first with a stack of its own: a chain of a million layers does not exhaust the call stack.
 * @param readsOf the tensors that a node needs
 * @throws E_FORMAT if nodes wait for each other in a circle, naming one of them.
 */
export function topologicalOrder<N extends GraphNode>(
  nodes: readonly N[],
  readsOf: (node: N) => readonly string[] = ({ inputs }) => inputs,
): N[] {
  const reads = nodes.map(readsOf);
  const producer = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const output of node.outputs) if (output !== '') producer.set(output, index);
  });
  const NEW = 0;
  const OPEN = 1;
  const DONE = 2;
  const state = new Uint8Array(nodes.length);
  const nextInput = new Uint32Array(nodes.length);
  const sorted: N[] = [];
  for (let root = 0; root < nodes.length; root++) {
    const stack = state[root] === NEW ? [root] : [];
    while (stack.length > 0) {
      const current = stack[stack.length - 1]!;
      state[current] = OPEN;
      const inputs = reads[current]!;
      let pushed = false;
      while (!pushed && nextInput[current]! < inputs.length) {
        const dependency = producer.get(inputs[nextInput[current]!]!);
        nextInput[current]!++;
        if (dependency === undefined || state[dependency] === DONE) continue;
        if (state[dependency] === OPEN)
          throw new FoldError('E_FORMAT', `The graph has a cycle through node "${nodes[dependency]!.name}".`, {
            expected: 'a feed-forward network',
          });
        stack.push(dependency);
        pushed = true;
      }
      if (pushed) continue;
      state[current] = DONE;
      sorted.push(nodes[current]!);
      stack.pop();
    }
  }
  return sorted;
}
