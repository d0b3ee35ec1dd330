/**
 * The sizes of a tensor machine: what one step has of everything, and where its write slots stand. One set of sizes is one step
 * circuit, one key and one contract for every network (docs/protocol.md, the tensor machine).
 */

/** Numbers in a vector of the memory. */
export const VECTOR = 16;

/** An accumulator is 2^SHIFT y + rem, y a signed integer of VALUE_BITS bits. */
export const SHIFT = 15;
export const VALUE_BITS = 17;

/** A read shows that it goes backwards by so many bits. */
export const BACK_BITS = 24;

/** Numbers in one absorbed element: as many as fit below the field's modulus. */
export const PER_ELEMENT = 14;

/** What one step has of everything. */
export interface MachineShape {
  /** Constant vectors written in a step from the model. */
  readonly constants: number;
  /** Vectors of a step's input or output. */
  readonly io: number;
  /** Parts of a step that run one after another: each may read what those before it wrote. */
  readonly groups: number;
  /** Rows of a group's bank, and its lane vectors: one each. */
  readonly rows: number;
  /** Vectors in a row of the bank. */
  readonly rowVectors: number;
  /** Rows in a tile, a power of two that divides `rows`: all lanes of a tile are fed by all numbers of its rows. */
  readonly tile: number;
  /** Weight matrices: groups / matrices groups, a power of two, one after another share one for all their tiles. */
  readonly matrices: number;
  /** Index vectors of a group, in the last row of its bank (`indexPosition`). Each looks up VECTOR entries. */
  readonly lookups: number;
  /** Matrices, counted from the last one, that have a computed part: weights of each row by itself. */
  readonly computed: number;
  /**
   * Whether a step can join its matrices, which are four, into one of twice as many rows by twice as many numbers for all groups: quarter
   * (o, i) of it, of half o of the lanes by half i of the numbers, is matrix 2 o + i.
   */
  readonly joins: boolean;
}

/** The machine that keys are made for. */
export const STANDARD: MachineShape = {
  constants: 256,
  io: 24,
  groups: 16,
  rows: 8,
  rowVectors: 9,
  tile: 4,
  matrices: 4,
  lookups: 2,
  computed: 1,
  joins: true,
};

/** The smallest machine with everything in it, for tests. */
export const TOY: MachineShape = {
  constants: 4,
  io: 2,
  groups: 4,
  rows: 4,
  rowVectors: 2,
  tile: 2,
  matrices: 4,
  lookups: 1,
  computed: 2,
  joins: true,
};

/** Vectors that a group writes: its lane vectors, then for each index vector the values and the slopes. */
function groupSlots({ rows, lookups }: MachineShape): number {
  return rows + 2 * lookups;
}

/** A: write slots of a step. Slot s of step j writes address j A + s. */
export function slotsPerStep(shape: MachineShape): number {
  return shape.constants + shape.io + shape.groups * groupSlots(shape);
}

/** First write slot of a group: the bound of all its reads. */
export function groupStart(shape: MachineShape, group: number): number {
  return shape.constants + shape.io + group * groupSlots(shape);
}

/** Groups that share a weight matrix. */
export function groupsPerMatrix({ groups, matrices }: MachineShape): number {
  return groups / matrices;
}

/** Tiles that a weight matrix is used by in a step. */
export function tilesPerMatrix(shape: MachineShape): number {
  return (groupsPerMatrix(shape) * shape.rows) / shape.tile;
}

/** Where tile p of a weight matrix stands: its group, and its first row there. */
export function tilePlace(shape: MachineShape, matrix: number, p: number): readonly [group: number, row: number] {
  const perGroup = shape.rows / shape.tile;
  return [matrix * groupsPerMatrix(shape) + Math.floor(p / perGroup), (p % perGroup) * shape.tile];
}

/** Matrices that can be joined: two by two. */
export const JOINED = 4;

/** The sizes of a step whose matrices are joined: those of one whose tiles are a whole group, with one matrix for all of them. */
export function joinedShape(shape: MachineShape): MachineShape {
  return { ...shape, tile: 2 * shape.tile, matrices: 1, computed: 0, joins: false };
}

/** The first group of the c-th of the matrices with a computed part: what its weights are read before. */
export function firstComputedGroup(shape: MachineShape, c: number): number {
  return (shape.matrices - shape.computed + c) * groupsPerMatrix(shape);
}

/** Has this weight matrix a computed part? */
export function isComputed({ matrices, computed }: MachineShape, matrix: number): boolean {
  return matrix >= matrices - computed;
}

/**
 * Position of the first index vector: they are vectors of the last row of a bank, one after another from a multiple of their number
 * on, the last ones that do.
 */
export function indexPosition({ rowVectors, lookups }: MachineShape): number {
  const aligned = 2 ** Math.ceil(Math.log2(Math.max(1, lookups)));
  return Math.floor((rowVectors - lookups) / aligned) * aligned;
}
