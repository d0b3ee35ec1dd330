/**
 * Shapes that an operation does not take. A file can ask for that, and only the builder sees it: whoever expands a node says of which
 * (src/ir/expand-nodes.ts). An invariant that fails there is our bug as everywhere.
 */
import { FoldError } from '../errors.ts';

export class Misfit extends FoldError {
  constructor(message: string) {
    super('E_FORMAT', message, { expected: 'shapes that the operation takes' });
    this.name = 'Misfit';
  }
}

/** @throws Misfit */
export function fits(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Misfit(message);
}
