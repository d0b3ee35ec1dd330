/**
 * What a program uses of the machine, step by step and unit by unit, for people: it is counted in the model entries that are
 * committed. An address of 0 is the zero vector, which stands for nothing.
 */
import type { Indices, Place } from './places.ts';
import { modelLayout, type Program, selectorsOf } from './program.ts';
import { type MachineShape, VECTOR } from './shape.ts';

/** The units of a step that a program can leave unused. */
export const UNITS = [
  'lanes',
  'bank',
  'weights',
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
  /** Whether its weight matrices are joined into one. */
  readonly joins: boolean;
  /** Lane vectors by the node of the network that they belong to, in the order of the step. */
  readonly nodes: readonly { readonly node: string; readonly rows: number }[];
}

/** What a step has of each unit. */
export function unitsOf({
  groups,
  rows,
  rowVectors,
  tile,
  matrices,
  computed,
  lookups,
  constants,
  io,
}: MachineShape): UnitCounts {
  return {
    lanes: groups * rows,
    bank: groups * rows * rowVectors,
    weights: matrices * tile * tile * rowVectors,
    products: groups * rows,
    residuals: groups * rows,
    computed: computed * VECTOR * rowVectors,
    lookups: groups * lookups,
    constants,
    io,
  };
}

/** Multiplications that a step has room for in its sums: each lane of a tile by all the tile's numbers. */
export function productsOf({ groups, rows, rowVectors, tile }: MachineShape): number {
  return groups * rows * VECTOR * tile * rowVectors * VECTOR;
}

/** What step j of a program uses. */
export function stepUsage(program: Program, j: number): StepUsage {
  const { shape } = program;
  const { groups, rows } = shape;
  const layout = modelLayout(shape);
  const model = program.model(j);
  const { input, output, reveal, joins } = selectorsOf(layout, model);
  const set = (place: Place): number => place.indices().filter((at) => model[place.at(...at)] !== 0).length;
  const nodes = new Map<string, number>();
  let lanes = 0;
  for (let g = 0; g < groups; g++)
    for (let r = 0; r < rows; r++) {
      const [at, step] = [layout.m.at(g, r), layout.m.step[g]!];
      if (!Array.from({ length: layout.m.elements }, (_, n) => model[at + n * step]).some((m) => m !== 0)) continue;
      lanes++;
      const node = program.nodeOf(j, g, r);
      nodes.set(node, (nodes.get(node) ?? 0) + 1);
    }
  /** Addresses of Y (0) and Z (1) that are not that of the zero vector. */
  const operands = (which: number): number =>
    layout.residual.indices().filter((at) => at[0] === which && model[layout.residual.at(...at)] !== 0).length;
  const used: UnitCounts = {
    lanes,
    bank: set(layout.bank),
    // blocks of 16 by 16 weights: by vector and matrix, row that is fed and row that is read
    weights: blocks(layout.weights, model, ([v, w, to, , from]) => [v, w, to, from]),
    products: operands(1),
    residuals: operands(0),
    computed: set(layout.computed),
    lookups: set(layout.index),
    constants: blocks(layout.constants, model, ([c]) => [c]),
    io: input || output ? set(layout.io) : 0,
  };
  return {
    used,
    absorbs: input ? 'input' : output ? 'output' : undefined,
    reveals: reveal,
    joins,
    nodes: Array.from(nodes, ([node, n]) => ({ node, rows: n })),
  };
}

/** How many parts of an array, told apart by `part`, have an entry other than zero. */
function blocks(place: Place, model: Float64Array, part: (at: Indices) => readonly (number | undefined)[]): number {
  const found = new Set<string>();
  for (const at of place.indices()) if (model[place.at(...at)] !== 0) found.add(part(at).join());
  return found.size;
}
