/**
 * Where what is not computed stands: constants and tables in the constant slots of early steps, inputs in the input slots of the
 * first steps, the zero vector first. A table that one step can hold stands anywhere in a step, beside others; a longer one begins
 * with a step, so that its index can step over what stands between the steps' constants.
 */
import { type MachineShape, slotsPerStep } from '../shape.ts';
import type { JobList } from './jobs.ts';

export interface MemoryPlan {
  /** Step and slot of each constant. */
  readonly constants: readonly Slot[];
  /** Where each table begins. */
  readonly tables: readonly Slot[];
  /** Steps that write constants or tables. */
  readonly steps: number;
  /** Steps that absorb an input. */
  readonly inputs: number;
}

interface Slot {
  readonly step: number;
  readonly slot: number;
}

export function tableSteps({ entries, perStep }: JobList['tables'][number]): number {
  return Math.ceil(entries.length / perStep);
}

export function planMemory(list: JobList, shape: MachineShape): MemoryPlan {
  const constants = list.constants.map((_, n) => ({
    step: Math.floor(n / shape.constants),
    slot: n % shape.constants,
  }));
  let step = Math.floor(list.constants.length / shape.constants);
  let slot = list.constants.length % shape.constants;
  const tables = list.tables.map((table): Slot => {
    const size = table.entries.length;
    if (slot > 0 && (size > table.perStep || slot + size > shape.constants)) {
      step++;
      slot = 0;
    }
    const first = { step, slot };
    if (size > table.perStep) step += tableSteps(table);
    else slot += size;
    return first;
  });
  return { constants, tables, steps: slot > 0 ? step + 1 : step, inputs: Math.ceil(list.inputs / shape.io) };
}

/** Address of a vector that is not computed; undefined for a computed one. */
export function fixedAddress(list: JobList, plan: MemoryPlan, shape: MachineShape, vector: number): number | undefined {
  const { from, place } = list.origins[vector]!;
  const slots = slotsPerStep(shape);
  if (from === 'constant') return plan.constants[place]!.step * slots + plan.constants[place]!.slot;
  if (from === 'input') return Math.floor(place / shape.io) * slots + shape.constants + (place % shape.io);
  return undefined;
}
