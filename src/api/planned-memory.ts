/**
 * What checkpoints of a run on the machine will show, found before its challenges exist (protocol section 8.2): the vectors that are still
 * read after so many steps. Of each only its address and the reads to come are kept; its numbers stand in the run's memory.
 */
import { type LiveVectors, liveDigest, type PlannedStep, plannedDigest } from '../folding/planned.ts';
import type { Tensor } from '../ir/graph.ts';
import type { Memory } from '../machine/memory.ts';
import { slotsPerStep, VECTOR } from '../machine/shape.ts';
import type { CheckpointInterval } from './checkpoints.ts';
import { type MachineModel, runAgain } from './model.ts';
import type { RunSalts } from './salts.ts';

/** The planned checkpoints of a network's run. */
export interface PlannedMemory {
  /** w. */
  readonly digest: bigint;
  readonly planned: readonly PlannedStep[];
  /** What is shown after so many steps of the network; undefined where nothing is planned. */
  liveAfter(steps: number): LiveVectors | undefined;
}

/**
 * Steps of a network after which checkpoints are planned: those of an interval of steps. Where anything is hidden none shows anything,
 * for it would show the network's numbers; nor does one whose moment is not known ahead.
 * @param from step of the chain where the network begins
 */
export function plannedSteps(
  every: CheckpointInterval | undefined,
  salts: RunSalts,
  from: number,
  steps: number,
): number[] {
  if (!every || !('steps' in every) || Object.values(salts).some((salt) => salt !== 0n)) return [];
  const before = every.steps - (from % every.steps);
  const count = Math.max(0, Math.ceil((steps - before) / every.steps));
  return Array.from({ length: count }, (_, k) => before + k * every.steps);
}

/** @param memory of the model's run on this input */
export function planMemory(
  model: MachineModel,
  input: Tensor,
  { vectors, reads }: Memory,
  steps: readonly number[],
): PlannedMemory {
  const slots = slotsPerStep(model.plan.machine);
  const lists = new Map<number, Uint32Array>();
  const rowsOf = (list: Uint32Array): LiveVectors => {
    const rows = new Float64Array((list.length / 2) * (VECTOR + 2));
    for (let n = 0, at = 0; n < list.length; n += 2, at += VECTOR + 2) {
      rows.set([list[n]!, list[n + 1]!], at);
      rows.set(vectors.subarray(list[n]! * VECTOR, (list[n]! + 1) * VECTOR), at + 2);
    }
    return { width: VECTOR, rows };
  };
  if (steps.length > 0)
    runAgain(model, input, (j, sofar) => {
      if (!steps.includes(j + 1)) return;
      const list: number[] = [];
      for (let address = 0; address < (j + 1) * slots; address++) {
        const rest = reads[address]! - sofar.reads[address]!;
        if (rest > 0) list.push(address, rest);
      }
      lists.set(j + 1, Uint32Array.from(list));
    });
  const planned = [...lists].map(([after, list]) => ({ steps: after, digest: liveDigest(rowsOf(list)) }));
  return {
    digest: plannedDigest(planned),
    planned,
    liveAfter: (after) => {
      const list = lists.get(after);
      return list && rowsOf(list);
    },
  };
}
