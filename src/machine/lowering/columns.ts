/** Columns of a weight matrix: a tile's vectors, row after row. */
import { indexPosition, type MachineShape } from '../shape.ts';

export function columnsOf({ tile, rowVectors }: MachineShape): number {
  return tile * rowVectors;
}

/** Columns of the index vectors: of the last row of a tile. */
export function indexColumns(shape: MachineShape): number[] {
  const first = (shape.tile - 1) * shape.rowVectors + indexPosition(shape);
  return Array.from({ length: shape.lookups }, (_, v) => first + v);
}
