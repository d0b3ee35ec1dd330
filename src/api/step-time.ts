/** How long a step will take here, before any is folded: from the time of its largest commitment, which is measured. */
import { FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { commitRanges } from '../folding/commit.ts';
import type { PlannedModel } from './plan.ts';

/**
 * Processor time of a step, with the trace's commitment, by that of committing to its entries of full size in P: 0.22 s by 0.075 s on
 * the tensor machine of 10,014 entries. Rows, bits and CycleFold grow with these entries.
 */
const STEP_BY_COMMITMENT = 3;
/** The part of a step that is done by one thread after another. */
const ONE_BY_ONE = 0.4;

/** Seconds of a step with these workers, on a processor that has nothing else to do; takes about as long as one. */
export function estimateStep({ engine, system }: Pick<PlannedModel, 'engine' | 'system'>, workers: number): number {
  const values = someElements(system.matrix.sizes.fields);
  const commit = (): void => {
    commitRanges(engine, system.key, [{ at: 0, scalars: { kind: 'full', values } }]);
  };
  // the first time code is made ready
  commit();
  const start = process.cpuUsage();
  commit();
  const { user, system: kernel } = process.cpuUsage(start);
  const step = (STEP_BY_COMMITMENT * (user + kernel)) / 1e6;
  return step * (ONE_BY_ONE + (1 - ONE_BY_ONE) / workers);
}

/** Elements without a pattern; the highest byte is 0, so that they are below the modulus. */
function someElements(n: number): Vec {
  const bytes = new Uint8Array(n * FIELD_BYTES);
  let state = 1;
  for (let k = 0; k < bytes.length; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[k] = k % FIELD_BYTES === FIELD_BYTES - 1 ? 0 : state >>> 24;
  }
  return bytes;
}
