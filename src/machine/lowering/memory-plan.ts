/**
 * Where what is not computed stands: constants and tables in the constant slots of early steps, inputs in the input slots of the
 * first steps, the zero vector first. A table that one step can hold stands in the first step that has room for it; a longer one begins
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
  /** By step: slots that are taken. */
  const taken = Array.from({ length: Math.ceil(list.constants.length / shape.constants) }, (_, step) =>
    Math.min(shape.constants, list.constants.length - step * shape.constants),
  );
  const tables = list.tables.map((table): Slot => {
    const size = table.entries.length;
    const [rest, fits] = [size % table.perStep, size <= table.perStep];
    const found = fits ? taken.findIndex((slots) => slots + size <= shape.constants) : -1;
    const step = found < 0 ? taken.length : found;
    const slot = taken[step] ?? 0;
    if (fits) taken[step] = slot + size;
    else for (let n = tableSteps(table); n > 0; n--) taken.push(n === 1 && rest > 0 ? rest : table.perStep);
    return { step, slot };
  });
  return { constants, tables, steps: taken.length, inputs: Math.ceil(list.inputs / shape.io) };
}

/** Address of a vector that is not computed; undefined for a computed one. */
export function fixedAddress(list: JobList, plan: MemoryPlan, shape: MachineShape, vector: number): number | undefined {
  const { from, place } = list.origins[vector]!;
  const slots = slotsPerStep(shape);
  if (from === 'constant') return plan.constants[place]!.step * slots + plan.constants[place]!.slot;
  if (from === 'input') return Math.floor(place / shape.io) * slots + shape.constants + (place % shape.io);
  return undefined;
}
