/**
 * What a program uses of the machine, step by step and unit by unit, for people: it is counted in the model entries that are
 * committed. An address of 0 is the zero vector, which stands for nothing.
 */
import { modelLayout, type Program, selectorsOf } from './program.ts';
import { type MachineShape, VECTOR } from './shape.ts';

/** The units of a step that a program can leave unused. */
export const UNITS = [
  'lanes',
  'bank',
  'shared',
  'dense',
  'products',
  'residuals',
  'computed',
  'lookups',
  'constants',
  'io',
] as const;
export type Unit = (typeof UNITS)[number];

/** Vectors of each unit: rows that compute, reads, and blocks of weights for a vector of lanes and one that is read. */
export type UnitCounts = Readonly<Record<Unit, number>>;

/** What one step does. */
export interface StepUsage {
  readonly used: UnitCounts;
  readonly absorbs: 'input' | 'output' | undefined;
  readonly reveals: boolean;
  /** Lane vectors by the node of the network that they belong to, in the order of the step. */
  readonly nodes: readonly { readonly node: string; readonly rows: number }[];
}

/** What a step has of each unit. */
export function unitsOf({
  groups,
  rows,
  rowVectors,
  dense,
  computed,
  lookups,
  constants,
  io,
}: MachineShape): UnitCounts {
  return {
    lanes: groups * rows,
    bank: groups * rows * rowVectors,
    shared: groups * rowVectors,
    dense: groups * dense.vectors * dense.rows * rowVectors,
    products: groups * rows,
    residuals: groups * rows,
    computed: computed * VECTOR * rowVectors,
    lookups: groups * lookups,
    constants,
    io,
  };
}

/** Multiplications that a step has room for in its sums: each row of a bank by the weights of a vector of lanes. */
export function productsOf({ groups, rows, rowVectors, dense }: MachineShape): number {
  const width = rowVectors * VECTOR;
  return groups * VECTOR * (rows * width + dense.vectors * dense.rows * width);
}

/** What step j of a program uses. */
export function stepUsage(program: Program, j: number): StepUsage {
  const { shape } = program;
  const { groups, rows, rowVectors, dense, lookups, constants, io } = shape;
  const layout = modelLayout(shape);
  const model = program.model(j);
  const used = Object.fromEntries(UNITS.map((unit) => [unit, 0])) as Record<Unit, number>;
  const count = (unit: Unit, from: number, n: number, isUsed: (at: number) => boolean): void => {
    for (let k = 0; k < n; k++) if (isUsed(from + k)) used[unit]++;
  };
  const set = (at: number): boolean => model[at] !== 0;
  /** Whether any of `runs` runs of numbers, `stride` apart, is other than zero. */
  const some = (at: number, length: number, runs = 1, stride = 0): boolean => {
    for (let r = 0; r < runs; r++) for (let k = 0; k < length; k++) if (model[at + r * stride + k] !== 0) return true;
    return false;
  };
  const width = rowVectors * VECTOR;
  const nodes = new Map<string, number>();
  for (let g = 0; g < groups; g++) {
    const own = layout.groups[g]!;
    for (let r = 0; r < rows; r++) {
      const node = program.nodeOf(j, g, r);
      if (some(own.m + 5 * r, 5)) {
        used.lanes++;
        nodes.set(node, (nodes.get(node) ?? 0) + 1);
      }
    }
    count('bank', own.bank, rows * rowVectors, set);
    count('residuals', own.y, rows, set);
    count('products', own.z, rows, set);
    if (own.computed !== undefined) count('computed', own.computed, VECTOR * rowVectors, set);
    count('lookups', own.index, lookups, set);
    for (let p = 0; p < rowVectors; p++) if (some(own.shared + p * VECTOR, VECTOR, VECTOR, width)) used.shared++;
    for (let v = 0; v < dense.vectors; v++)
      for (let p = 0; p < dense.rows * rowVectors; p++) {
        const at = own.dense + v * VECTOR * dense.rows * width + p * VECTOR;
        if (some(at, VECTOR, VECTOR, dense.rows * width)) used.dense++;
      }
  }
  for (let c = 0; c < constants; c++) if (some(layout.constants + c * VECTOR, VECTOR)) used.constants++;
  const { input, output, reveal } = selectorsOf(layout, model);
  if (input || output) count('io', layout.io, io, set);
  return {
    used,
    absorbs: input ? 'input' : output ? 'output' : undefined,
    reveals: reveal,
    nodes: Array.from(nodes, ([node, n]) => ({ node, rows: n })),
  };
}
