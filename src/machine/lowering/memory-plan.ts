/**
 * Where what is not computed stands: constants and tables in the constant slots of early steps, inputs in the input slots of the
 * first steps. A table has whole steps to itself; single constants fill the rest, the zero vector first.
 */
import { type MachineShape, slotsPerStep } from '../shape.ts';
import type { JobList } from './jobs.ts';

export interface MemoryPlan {
  /** Step and slot of each constant. */
  readonly constants: readonly Slot[];
  /** First step of each table. */
  readonly tables: readonly number[];
  /** Steps that write constants or tables. */
  readonly steps: number;
  /** Steps that absorb an input. */
  readonly inputs: number;
}

interface Slot {
  readonly step: number;
  readonly slot: number;
}

export function tableSteps({ vectors, perStep }: JobList['tables'][number]): number {
  return Math.ceil(vectors.length / perStep);
}

export function planMemory(list: JobList, shape: MachineShape): MemoryPlan {
  const constants = list.constants.map((_, n) => ({
    step: Math.floor(n / shape.constants),
    slot: n % shape.constants,
  }));
  let step = Math.ceil(list.constants.length / shape.constants);
  const tables = list.tables.map((table) => {
    step += tableSteps(table);
    return step - tableSteps(table);
  });
  return { constants, tables, steps: step, inputs: Math.ceil(list.inputs / shape.io) };
}

/** Address of a vector that is not computed; undefined for a computed one. */
export function fixedAddress(list: JobList, plan: MemoryPlan, shape: MachineShape, vector: number): number | undefined {
  const { from, place } = list.origins[vector]!;
  const slots = slotsPerStep(shape);
  if (from === 'constant') return plan.constants[place]!.step * slots + plan.constants[place]!.slot;
  if (from === 'input') return Math.floor(place / shape.io) * slots + shape.constants + (place % shape.io);
  return undefined;
}
